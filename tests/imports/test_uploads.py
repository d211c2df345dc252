"""Files sent to a real server become the persons that their rows, sent in order, would become."""

import gzip
import json
import os
import signal
import time
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.server import request, running_server

pytestmark = pytest.mark.any_database

PATIENCE_SECONDS = 180


@pytest.fixture
def server(tmp_path):
    with running_server(tmp_path, IMPORT_WORKER="1") as server:
        yield server


def ask(server, method, path, body=None, *, content_type="application/octet-stream"):
    connection = HTTPConnection(*server.address, timeout=30)
    with closing(connection):
        headers = {"Content-Type": content_type} if body is not None else {}
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.headers, response.read()


def upload(server, path, body, **how):
    status, headers, content = ask(server, "POST", path, body, **how)
    return status, headers, json.loads(content)


def until(server, id, fact):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = json.loads(ask(server, "GET", f"/imports/{id}")[2])
        if fact(found):
            return found
        time.sleep(0.05)
    raise AssertionError(f"{found}\n{server.log}")


def is_over(found):
    return found["state"] in ("done", "failed")


def csv_of(rows):
    lines = [f"{email or ''},{phone or ''}" for email, phone in rows]
    return "\n".join(["mail,tel", *lines, ""]).encode()


def persons(server):
    """What is known of each person, whatever its ids."""
    found = {}
    for contact in server.database.contacts():
        found.setdefault(contact.linked_id or contact.id, []).append(
            (contact.email or "", contact.phone_number or "")
        )
    return sorted(sorted(each) for each in found.values())


ROWS = [
    ("george@hillvalley.edu", "919191"),
    ("biffsucks@hillvalley.edu", "717171"),
    ("George@HillValley.edu", "717171"),
    ("mcfly", "5"),
    (None, None),
    ("lorraine@hillvalley.edu", None),
]


def test_a_file_that_is_sent_becomes_the_persons_of_its_rows(server, tmp_path):
    path = "/imports?name=orders.csv.gz&email=mail&phone=tel"

    status, headers, waiting = upload(server, path, gzip.compress(csv_of(ROWS)))

    assert (status, headers["Location"]) == (202, f"/imports/{waiting['id']}")
    assert (waiting["name"], waiting["state"]) == ("orders.csv.gz", "waiting")
    done = until(server, waiting["id"], is_over)
    counts = ("state", "rows", "refused", "contacts", "merges", "reason")
    assert [done[each] for each in counts] == ["done", 6, 1, 4, 1, ""]
    reasons = done["refusedByReason"], done["leftOutByReason"]
    assert reasons == ({"no_identifier": 1}, {"invalid_email": 1})
    status, headers, refused = ask(server, "GET", f"/imports/{done['id']}/refused")
    assert (status, headers["Content-Type"]) == (200, "text/csv")
    assert refused.decode().splitlines() == [
        "file,line,reason,column",
        "orders.csv.gz,5,invalid_email,mail",
        "orders.csv.gz,6,no_identifier,",
    ]
    # What is done with is removed after the import has said that it is done.
    kept = [f"{done['id']}.refused.csv"]
    until_true(lambda: [each.name for each in (tmp_path / "imports").iterdir()] == kept)
    by_file = persons(server)
    with running_server(tmp_path_of(tmp_path, "other")) as other:
        for email, phone in [*ROWS, (None, "5")]:
            body = json.dumps({"email": email, "phoneNumber": phone}).encode()
            other.exchange(request(body))
        assert persons(other) == by_file
    assert server.check().returncode == 0


def tmp_path_of(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    return folder


def workers(server):
    """The processes that import for a server: those in its group which say so."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            pid = int(process.name)
            if os.getpgid(pid) == server.group and b"spawn_main" in (
                (process / "cmdline").read_bytes()
            ):
                found.append(pid)
    return found


def test_a_worker_that_is_killed_loses_nothing(server):
    # Into a workspace with contacts a file goes in chunks of 2,500.
    server.exchange(request(b'{"email": "c7@x.example", "phoneNumber": "400079"}'))
    rows = [(f"c{n}@x.example", f"4{n % 9_000:04}9") for n in range(30_000)]
    path = "/imports?name=orders.csv&email=mail&phone=tel"
    id = upload(server, path, csv_of(rows))[2]["id"]

    killed = 0
    while not is_over(until(server, id, lambda found: found["position"] > 0)) and killed < 2:
        for pid in workers(server):
            os.kill(pid, signal.SIGKILL)
            killed += 1
        time.sleep(3)  # A new one starts after a pause.

    done = until(server, id, is_over)
    assert killed
    assert (done["state"], done["rows"], done["contacts"]) == ("done", 30_000, 29_999)
    assert len(persons(server)) == 9_000
    assert server.check().returncode == 0


def test_a_file_that_cannot_be_read_says_what_to_do(server, tmp_path):
    sent = {
        "?name=orders.csv": (b"a,b\n1,2\n", "name them with ?email= and ?phone="),
        "?name=orders.csv&email=mail": (b"a,b\n1,2\n", "no column of the name that ?email= gives"),
        "?name=orders.parquet": (b"no Parquet", "orders.parquet cannot be read"),
        "?name=orders.csv.gz": (b"no gzip", "orders.csv.gz cannot be read"),
    }
    for query, (content, reason) in sent.items():
        id = upload(server, f"/imports{query}", content)[2]["id"]
        failed = until(server, id, is_over)
        assert failed["state"] == "failed"
        assert reason in failed["reason"]
        assert str(tmp_path) not in failed["reason"]
        assert ask(server, "GET", f"/imports/{id}/refused")[0] == 404
    until_true(lambda: not list((tmp_path / "imports").glob("*.upload")))


def test_a_server_that_is_stopped_or_killed_takes_its_worker_along(server):
    until_true(lambda: workers(server))
    server.kill_first()
    until_true(lambda: not workers(server))
    server.stop()


def until_true(fact):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_worker_that_is_told_to_stop_does_and_the_next_goes_on(tmp_path):
    rows = [(f"c {n}@x.example", f"(4){n:06}9") for n in range(150_000)]
    with running_server(tmp_path) as server:
        path = "/imports?name=orders.csv&email=mail&phone=tel"
        id = upload(server, path, csv_of([*rows, ("d@x.example", "400079")]))[2]["id"]
        with server.running("worker") as worker:
            until(server, id, lambda found: found["stage"] == "reading")
            time.sleep(2)  # Its processes have started, and are far from done.
            worker.send_signal(signal.SIGTERM)
            stopped = time.monotonic()
            assert worker.communicate(timeout=PATIENCE_SECONDS) == ("", "")
            assert (worker.returncode, time.monotonic() - stopped < 60) == (0, True)

        with server.running("worker", "--once") as worker:
            told = worker.communicate(timeout=PATIENCE_SECONDS)

        assert told == (f"import {id}: done, 150,001 rows\n", "")
        assert until(server, id, is_over)["refused"] == 0
