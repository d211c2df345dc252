"""A first load on PostgreSQL that must wait until somebody has read the table: clients do not."""

import time
from contextlib import closing

import pytest

from tests.server import request, running_server

pytestmark = pytest.mark.postgresql  # On SQLite readers keep nobody waiting.

LOCK_TIMEOUT_SECONDS = 40
LATE_SECONDS = 10
READS = [
    request(b'{"email": "a@x.example"}', path="/resolve"),
    request(method="GET", path="/policy"),
    request(method="GET", path="/readyz"),
]
WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"


def wait_until_it_waits(database):
    deadline = time.monotonic() + 60
    with closing(database.connect()) as connection:
        while connection.execute(WAITS).fetchall() == [(0,)]:
            assert time.monotonic() < deadline
            time.sleep(0.005)


def test_clients_are_answered_while_a_first_load_waits_for_a_reader(tmp_path):
    orders = tmp_path / "orders.csv"
    orders.write_text("email,phone\na@x.example,5550101\n")
    limits = {"LOCK_TIMEOUT_SECONDS": str(LOCK_TIMEOUT_SECONDS)}
    arguments = ["import", str(orders), "--refused", str(tmp_path / "refused.csv")]
    with running_server(tmp_path, **limits) as server, closing(server.database.connect()) as reader:
        reader.execute("BEGIN")
        # Of those that a load locks, the last: clients must not wait for the others either.
        reader.execute("SELECT count(*) FROM workspace")
        with server.running(*arguments) as load:
            for sent in READS * 3:
                wait_until_it_waits(server.database)
                started = time.monotonic()
                assert server.exchange(sent).status == 200
                assert time.monotonic() - started < LATE_SECONDS
            reader.execute("COMMIT")
            _, told = load.communicate(timeout=60)
        assert load.returncode == 0, told
        assert [each.email for each in server.database.contacts()] == ["a@x.example"]
