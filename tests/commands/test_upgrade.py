"""A database of the first schema, full of rows, goes on under the program of now."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import pytest

from tests.commands.old_rows import ROWS
from tests.commands.test_cli import run
from tests.server import Server, empty_database, request

_ROOT = Path(__file__).parents[2]
# The key that the erased person's identifiers were hashed with.
_KEY = "k" * 40


@pytest.fixture
def upgraded(tmp_path):
    """A server on what was a database of the first schema."""
    with empty_database(tmp_path) as database:
        variables = {"DATABASE_URL": database.url, "ERASURE_KEY": _KEY}
        settings = {"DJANGO_SETTINGS_MODULE": "reunite_service.settings"}
        subprocess.run(
            [sys.executable, "-m", "tests.commands.old_rows"],
            env={**os.environ, **settings, **variables},
            cwd=_ROOT,
            check=True,
            timeout=60,
        )
        migrated = run("migrate", tmp_path=tmp_path, **variables)
        assert migrated.returncode == 0, migrated
        checked = run("check", tmp_path=tmp_path, **variables)
        assert checked.stdout == "no violations in 17 contacts\n"
        server = Server(database, tmp_path, ERASURE_KEY=_KEY)
        try:
            server.start()
            yield server
        finally:
            server.close()


def stored(table):
    return json.loads(ROWS.read_text())[table]


def ask(server, method, path, body=None, status=200):
    sent = b"" if body is None else json.dumps(body).encode()
    answer = server.exchange(request(sent, method=method, path=path))
    assert answer.status == status, answer.body
    return json.loads(answer.body)


def identify(server, email=None, phone_number=None, status=200):
    return ask(server, "POST", "/identify", {"email": email, "phoneNumber": phone_number}, status)


def persons(rows):
    found = defaultdict(set)
    for row in rows:
        if row["deleted_at"] is None:
            found[row["linked_id"] or row["id"]].add(row["id"])
    return dict(found)


def test_persons_stay(upgraded):
    now = [each._asdict() for each in upgraded.database.contacts()]
    assert persons(now) == persons(stored("contact"))
    for id, members in persons(now).items():
        person = ask(upgraded, "GET", f"/persons/{id}")["contact"]
        assert {person["primaryContactId"], *person["secondaryContactIds"]} == members
    joined = ask(upgraded, "GET", "/persons/4")["contact"]
    assert {"george@hillvalley.edu", "biff@hillvalley.edu", "jennifer@hillvalley.edu"} <= set(
        joined["emails"]
    )


@pytest.mark.thorough
def test_the_history_of_before_is_shown(upgraded):
    told = set()
    for id in persons(stored("contact")):
        events = ask(upgraded, "GET", f"/persons/{id}/history")["events"]
        told |= {each["type"] for each in events}
    assert told == {row["type"] for row in stored("event")} - {"person.erased"}


@pytest.mark.thorough
def test_decisions_of_before_hold(upgraded):
    states = dict(upgraded.database.rows("SELECT id, state FROM link"))
    assert states == {row["id"]: row["state"] for row in stored("link")}

    # Rejected, though the email is another spelling of the same by now.
    assert (
        identify(upgraded, "needles@hillvalley.edu", "5550102")["contact"]["primaryContactId"] == 9
    )
    # Kept apart.
    identify(upgraded, "marvin2@hillvalley.edu", "6010")
    assert ask(upgraded, "GET", "/persons/14")["contact"]["primaryContactId"] == 14
    # Held, and approved only now.
    (held,) = (id for id, state in states.items() if state == "held")
    (person,) = ask(upgraded, "POST", f"/links/{held}/approve", {})["persons"]
    assert {"clara@hillvalley.edu", "doc@hillvalley.edu"} <= set(person["emails"])


@pytest.mark.thorough
def test_what_was_retired_before_does_not_count_until_it_is_restored(upgraded):
    identify(upgraded, phone_number="800500", status=422)
    ask(upgraded, "POST", "/identifiers/restore", {"phoneNumber": "800-500"})
    assert identify(upgraded, phone_number="800500")["contact"]["primaryContactId"] == 9


@pytest.mark.thorough
def test_rules_that_change_find_what_links_of_before_join(upgraded):
    ask(upgraded, "PUT", "/policy", {"normalization": {"foldGmail": False, "defaultRegion": "US"}})
    assert upgraded.check().stdout.startswith("no violations in 17 contacts")
    assert ask(upgraded, "GET", "/persons/7")["contact"]["primaryContactId"] == 6
    assert ask(upgraded, "GET", "/persons/8")["contact"]["primaryContactId"] == 8


@pytest.mark.thorough
def test_who_was_erased_before_stays_so_in_files(upgraded, tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("email,phone\ngone@hillvalley.edu,6020\n")
    run(
        "import", str(file), tmp_path=tmp_path, DATABASE_URL=upgraded.database.url, ERASURE_KEY=_KEY
    )
    assert len(upgraded.database.contacts()) == len(stored("contact"))


@pytest.mark.postgresql
def test_a_migration_goes_on_where_it_was_interrupted(tmp_path):
    with empty_database(tmp_path) as database:
        variables = {"DATABASE_URL": database.url}
        before = run("django", "migrate", "reunite", "0027", tmp_path=tmp_path, **variables)
        assert before.returncode == 0, before
        # What is left of steps that are no part of a transaction, for requests write meanwhile.
        with closing(database.connect()) as connection:
            connection.execute("CREATE INDEX link_external_id ON link (external_id)")
            connection.execute(
                "ALTER TABLE contact ADD CONSTRAINT contact_live_has_identifier"
                " CHECK (email IS NOT NULL) NOT VALID"
            )
        migrated = run("migrate", tmp_path=tmp_path, **variables)
        assert migrated.returncode == 0, migrated
        assert database.rows(
            "SELECT indisvalid, pg_get_indexdef(indexrelid) LIKE '%workspace_id%' FROM pg_index"
            " WHERE indexrelid = 'link_external_id'::regclass"
        ) == [(True, True)]
        assert database.rows(
            "SELECT convalidated, pg_get_constraintdef(oid) LIKE '%others%' FROM pg_constraint"
            " WHERE conname = 'contact_live_has_identifier'"
        ) == [(True, True)]
