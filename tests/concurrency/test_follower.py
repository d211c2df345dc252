"""A follower of the change feed ends with the persons of the server, whatever happens meanwhile."""

import ast
import asyncio
import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.commands.test_backup import PROGRAMS
from tests.concurrency.load import Request, send_at_once
from tests.effort import over_http
from tests.server import request, running_server

FOLLOWER = Path(__file__).parents[2] / "examples" / "follower.py"
STORED = """
    SELECT id, coalesce(linked_id, id), email, phone_number FROM contact
    WHERE deleted_at IS NULL ORDER BY id
"""
MIRRORED = "SELECT id, person_id, email, phone_number FROM contact ORDER BY id"
ROUNDS = over_http(2)
LOADED = 2_500  # More than a page of a snapshot.


@pytest.fixture
def server(tmp_path):
    with running_server(tmp_path, WORKERS="2", LOCK_TIMEOUT_SECONDS="30") as server:
        yield server


@pytest.fixture
def mirrors(tmp_path):
    """Files of followers by name."""
    return lambda name: tmp_path / f"{name}.sqlite3"


@contextmanager
def following(server, file):
    """A follower at work, killed in the middle of it when the block ends."""
    command = [sys.executable, "-W", "error", FOLLOWER, file, "--server", server.url]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as follower:
        try:
            yield follower
            assert follower.poll() is None, follower.stderr.read()
        finally:
            follower.kill()


def follow_to_the_end(server, file):
    followed = subprocess.run(
        [sys.executable, "-W", "error", FOLLOWER, file, "--server", server.url, "--once"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert followed.returncode == 0, followed.stderr


def mirrored(file):
    with closing(sqlite3.connect(file)) as mirror:
        return mirror.execute(MIRRORED).fetchall()


def require_equal(server, file):
    follow_to_the_end(server, file)
    assert mirrored(file) == server.database.rows(STORED)


def wait_until_equal(server, file):
    """Wait until a follower at work has all that there is."""
    deadline = time.monotonic() + 60
    while mirrored(file) != server.database.rows(STORED):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def ask(server, method, path, body=None):
    sent = b"" if body is None else json.dumps(body).encode()
    answer = server.exchange(request(sent, method=method, path=path))
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def import_rows(server, folder, rows):
    file = folder / "orders.csv"
    file.write_text("".join(f"{email},{phone}\n" for email, phone in [("email", "phone"), *rows]))
    with server.running("import", str(file), "--no-created-at") as command:
        _, told = command.communicate(timeout=120)
        assert command.returncode == 0, told


def history(round):
    """Requests that bring persons, and merge them again and again."""
    numbers = range(8)
    return [Request(f"{n}.{round}@r.example", f"7{round}{m:03}") for n in numbers for m in numbers]


async def race(url, requests, contact_ids, link_ids):
    """Send requests, batches and repairs at once; how many succeeded."""
    async with aiohttp.ClientSession(url) as session:

        async def status(method, path, body):
            async with session.request(method, path, json=body) as response:
                return response.status

        sent = [
            *(("POST", "/identify", each.body) for each in requests),
            *(
                ("POST", "/identify/batch", {"requests": [each.body for each in requests[n::5]]})
                for n in range(5)
            ),
            *(("DELETE", f"/contacts/{id}", {}) for id in contact_ids[::3]),
            *(("POST", f"/persons/{id}/split", {"contactIds": [id]}) for id in contact_ids[1::3]),
            *(("POST", f"/persons/{id}/erase", {}) for id in contact_ids[2::9]),
            *(("POST", f"/links/{id}/revoke", {"keepApart": id % 2 == 0}) for id in link_ids),
            *(("POST", f"/repairs/{n}/undo", {}) for n in range(1, 9)),
            *(
                ("POST", f"/identifiers/{what}", {"phoneNumber": requests[n].phone})
                for n in range(3)
                for what in ("retire", "restore")
            ),
        ]
        random.shuffle(sent)
        statuses = await asyncio.gather(*(status(*each) for each in sent))
        assert set(statuses) <= {200, 404, 409, 410, 422}, statuses
        return statuses.count(200)


def test_followers_end_with_the_persons_of_the_server(server, mirrors, tmp_path):
    early, late, killed = map(mirrors, ("early", "late", "killed"))
    follow_to_the_end(server, early)
    assert mirrored(early) == []
    with following(server, early):
        # A first load has one event for all its rows.
        import_rows(server, tmp_path, ((f"{n}@l.example", f"8{n // 2}") for n in range(LOADED)))
        loads = server.database.rows("SELECT count(*) FROM event WHERE type = 'import.loaded'")
        assert loads == [(1,)]
        for round in range(ROUNDS):
            requests = history(round)
            answers = send_at_once(server.url, requests)
            ids = sorted({id for answer in answers for id in answer.contact_ids})
            links = [link["id"] for link in ask(server, "GET", "/links?state=live")["links"]]
            with following(server, killed), following(server, late):
                assert asyncio.run(race(server.url, requests, ids, links)) > len(requests)
            late.unlink(missing_ok=True)  # It begins anew in the middle of the next round.
        # Under other rules the two are one person, and then two again.
        for email in ("mar.ty@gmail.com", "marty@gmail.com"):
            ask(server, "POST", "/identify", {"email": email})
        for fold in (True, False, True):
            ask(server, "PUT", "/policy", {"normalization": {"foldGmail": fold}})
        # Rows of a file beside what is there have events of their own.
        rows = [(f"{n}@l.example", f"9{n % 7}") for n in range(30)]
        import_rows(server, tmp_path, rows)
        wait_until_equal(server, early)
    for file in (early, late, killed, mirrors("new")):
        require_equal(server, file)
    assert server.check().returncode == 0


def test_who_was_erased_is_not_in_the_copy_any_more(server, mirrors):
    copy = mirrors("copy")
    answers = send_at_once(server.url, [Request("marked@erased.example", "5550199")])
    send_at_once(server.url, [Request("stays@x.example", "5550200")])
    require_equal(server, copy)
    assert b"marked@erased" in copy.read_bytes()

    ask(server, "POST", f"/persons/{answers[0].contact_ids[0]}/erase", {})
    require_equal(server, copy)

    assert b"marked@erased" not in copy.read_bytes()
    assert len(mirrored(copy)) == 1


def test_values_of_declared_kinds_are_in_the_copy_until_they_are_erased(server, mirrors):
    ask(server, "PUT", "/policy", {"kinds": {"customerNumber": {}, "whatsapp": {}}})
    early, late = mirrors("early"), mirrors("late")
    follow_to_the_end(server, early)
    details = {"customerNumber": ["10023"], "whatsapp": ["IN.1", "IN.2"]}
    ask(server, "POST", "/identify", {"identifiers": details})
    ask(server, "POST", "/identify", {"email": "a@x.example", "identifiers": details})

    for mirror in (early, late):
        require_equal(server, mirror)
        assert identifiers_in(mirror) == [
            (id, kind, value)
            for id in (1, 2)
            for kind, values in details.items()
            for value in values
        ]

    ask(server, "POST", "/persons/1/erase", {})
    for mirror in (early, late):
        follow_to_the_end(server, mirror)
        assert identifiers_in(mirror) == []


def identifiers_in(file):
    with closing(sqlite3.connect(file)) as mirror:
        sql = "SELECT contact_id, kind, value FROM identifier ORDER BY contact_id, kind, value"
        return mirror.execute(sql).fetchall()


def test_a_follower_that_comes_too_late_takes_a_snapshot(mirrors, tmp_path):
    copy = mirrors("copy")
    with running_server(tmp_path, EVENT_RETENTION_DAYS="1") as server:
        follow_to_the_end(server, copy)
        send_at_once(server.url, history(0))
        with closing(server.database.connect()) as connection:
            connection.execute("UPDATE event SET created_at = '2023-04-01 12:00:00'")
        with server.running("prune") as command:
            told, _ = command.communicate(timeout=60)
        assert "older than 1 days deleted" in told
        answer = server.exchange(request(method="GET", path="/events"))
        assert json.loads(answer.body)["code"] == "events_pruned"

        require_equal(server, copy)


def test_a_follower_of_a_database_that_was_restored_takes_a_snapshot(mirrors, tmp_path):
    copy, backup = mirrors("copy"), tmp_path / "backup"
    path = f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"
    with running_server(tmp_path, PATH=path) as server:
        send_at_once(server.url, [Request("kept@x.example", "5550199")])
        command(server, "backup", str(backup))
        send_at_once(server.url, [Request("lost@x.example", "5550200")])
        require_equal(server, copy)
        with following(server, copy):
            server.stop()
            command(server, "restore", str(backup), "--replace")
            # The feed comes to the number that the follower has, with another event.
            server.start()
            send_at_once(server.url, [Request("new@x.example", "5550201")])
            wait_until_equal(server, copy)
        assert b"lost@x.example" not in copy.read_bytes()


def command(server, *arguments):
    with server.running(*arguments) as started:
        told = started.communicate(timeout=60)
        assert started.returncode == 0, told


def test_a_follower_sends_its_key(server, mirrors, monkeypatch):
    copy = mirrors("copy")
    with server.running("keys", "create", "follower", "--scope", "feed") as created:
        key, _ = created.communicate(timeout=60)
    refused = subprocess.run(
        [sys.executable, FOLLOWER, copy, "--server", server.url, "--once"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (refused.returncode, "key_missing" in refused.stderr) == (2, True)
    monkeypatch.setenv("REUNITE_KEY", key)
    follow_to_the_end(server, copy)


def test_a_follower_gives_up_only_when_its_patience_is_over(mirrors):
    started = time.monotonic()
    ended = subprocess.run(
        [
            sys.executable,
            FOLLOWER,
            mirrors("copy"),
            "--server",
            "http://[::1]:9",
            "--patience",
            "3",
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "no answer for 3 s" in ended.stderr
    assert time.monotonic() - started > 1


def test_the_follower_needs_nothing_but_python():
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(FOLLOWER.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [node.names[0].name])
    }
    assert imported <= sys.stdlib_module_names
