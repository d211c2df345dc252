"""A policy is prepared while requests come, and its job is killed in the middle."""

import json
import os
import subprocess
import time
from contextlib import closing

import pytest

from tests.concurrency.load import Request, send_at_once
from tests.server import REUNITE, running_server

CONTACTS = 9_000
REGION = {"normalization": {"defaultRegion": "US"}}


@pytest.fixture
def server(tmp_path):
    with running_server(tmp_path, WORKERS="2") as server:
        yield server


@pytest.fixture
def job(server, tmp_path):
    """Start ``reunite policy apply``."""
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(REGION))
    settings = {"DJANGO_SETTINGS_MODULE": "reunite_service.settings"}

    def start():
        return subprocess.Popen(
            [*REUNITE, "policy", "apply", file],
            env={**os.environ, **settings, "DATABASE_URL": server.database.url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def national(n):
    return f"(415) 5{n // 100_000:02}-{n // 10 % 10_000:04} x{n % 10}"


def insert_contacts(database):
    """Contacts of a time without a region, past the server."""
    rows = [
        (
            f"{n}@x.example",
            phone,
            f"{''.join(c for c in phone[:-2] if c.isdigit())};ext={phone[-1]}",
        )
        for n, phone in ((n, national(n)) for n in range(CONTACTS))
    ]
    mark = "%s" if database.is_postgresql else "?"
    with closing(database.connect()) as connection:
        cursor = connection.cursor()
        cursor.execute("BEGIN")
        cursor.executemany(
            "INSERT INTO contact (workspace_id, email, email_key, phone_number, phone_key,"
            " link_precedence, created_at, updated_at)"
            f" VALUES (0, {mark}, {mark}, {mark}, {mark}, 'primary', '2023-04-01', '2023-04-01')",
            [(email, email, phone, key) for email, phone, key in rows],
        )
        cursor.execute("COMMIT")


def value(database, statement):
    ((found,),) = database.rows(statement)
    return found


def test_a_job_that_was_killed_goes_on_where_it_was_while_requests_come(server, job):
    database = server.database
    insert_contacts(database)
    first = job()
    while not value(database, "SELECT coalesce(max(staged_up_to), 0) FROM policy"):
        assert first.poll() is None, first.communicate()
        time.sleep(0.01)
    first.kill()
    first.communicate()

    staged = value(database, "SELECT count(*) FROM rekeyed")
    assert 0 < staged < CONTACTS
    assert value(database, "SELECT count(*) FROM contact WHERE phone_key LIKE '+%'") == 0
    assert server.check().returncode == 0

    second = job()
    requests = [Request(f"new{n}@x.example", f"+1 {national(n)}") for n in range(40)]
    answers = send_at_once(server.url, requests)
    output, errors = second.communicate(timeout=120)

    assert {answer.status for answer in answers} == {200}
    assert second.returncode == 0, errors
    assert output.startswith("version 1 is in force\n")
    assert value(database, "SELECT count(*) FROM rekeyed") == 0
    # Each newcomer has the number of a contact that was there, in international form.
    assert value(database, "SELECT count(*) FROM contact WHERE linked_id IS NULL") == CONTACTS
    assert server.check().returncode == 0
