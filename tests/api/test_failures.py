"""What operators see of a request that failed: the cause and the request's id, and no values."""

import errno
import logging
import os
import re
import sqlite3
from contextlib import closing

import psycopg
import pytest
from django.db import connection

from reunite.causes import causes
from reunite.core.errors import DatabaseUnavailable, UploadNotKept
from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.store.database.locks import identifier_lock
from tests.scopes import SCOPE
from tests.server import request, running_server

MARKED = b'{"email": "marked-value@x.example", "phoneNumber": "4155550199"}'


@pytest.fixture
def server(tmp_path):
    with running_server(tmp_path, LOCK_TIMEOUT_SECONDS="0.3") as server:
        yield server


def post(server, name):
    return server.exchange(request(MARKED, headers=[f"X-Request-Id: {name}"]))


def lines(server, name):
    """What the log says about a request; and no word of what was in it."""
    assert "marked-value" not in server.log
    assert "4155550199" not in server.log
    return [line for line in server.log.splitlines() if name in line]


def test_a_lock_that_is_held_for_too_long_is_logged_with_the_request_that_waited(server):
    with closing(server.database.connect()) as other:
        if server.database.is_postgresql:
            other.execute("BEGIN")
            key = identifier_lock(SCOPE, Identifier(Kind.PHONE, "4155550199"))
            other.execute("SELECT pg_advisory_xact_lock(%s)", [key])
            code = "55P03"
        else:
            other.execute("BEGIN IMMEDIATE")
            code = "SQLITE_BUSY"
        assert post(server, "waited-1").status == 503
    (line,) = lines(server, "waited-1")
    assert "503" in line
    assert "LockTimeout" in line
    assert code in line


def test_a_table_that_is_gone_is_logged_with_the_request_that_needed_it(server):
    with closing(server.database.connect()) as other:
        other.execute("ALTER TABLE contact RENAME TO elsewhere")
    assert post(server, "failed-1").status == 500
    (line,) = lines(server, "failed-1")
    assert "/identify" in line
    code = r"UndefinedTable \(42P01\)" if server.database.is_postgresql else r"\(SQLITE_ERROR\)"
    assert re.search(code, server.log)


def test_a_cause_is_a_type_and_a_code_and_no_message():
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/home/marty/orders.csv")
    error = UploadNotKept()
    error.__cause__ = full
    assert causes(error) == "reunite.core.errors.UploadNotKept < builtins.OSError (ENOSPC)"
    gone = DatabaseUnavailable()
    gone.__cause__ = psycopg.errors.AdminShutdown("marty@hillvalley.edu")
    assert causes(gone).endswith("DatabaseUnavailable < psycopg.errors.AdminShutdown (57P01)")
    with closing(sqlite3.connect(":memory:")) as memory, pytest.raises(sqlite3.Error) as failed:
        memory.execute("SELECT * FROM marty")
    assert causes(failed.value) == "sqlite3.OperationalError (SQLITE_ERROR)"


def test_a_refusal_is_not_logged(client, caplog):
    caplog.set_level(logging.INFO)
    client.post("/identify", b"{", content_type="application/json")
    client.get("/nowhere")
    assert caplog.text == ""


def test_an_unready_database_is_logged(client, caplog):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE django_migrations RENAME TO elsewhere")
    try:
        assert client.get("/readyz", headers={"X-Request-Id": "probe-1"}).status_code == 503
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO django_migrations")
    (record,) = caplog.records
    assert record.getMessage() == "503 at /readyz: reunite.core.errors.NotMigrated"
    assert record.request.META["HTTP_X_REQUEST_ID"] == "probe-1"
