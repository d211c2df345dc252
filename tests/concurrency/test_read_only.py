"""A PostgreSQL that takes no writes for a while, as one that became a replica."""

import time
from contextlib import closing

import pytest

from tests.server import request, running_server

pytestmark = pytest.mark.postgresql

NEW = request(b'{"email": "new@x.example"}')
READY = request(method="GET", path="/readyz")
_END_OTHERS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def wait_for(server, sent, status):
    deadline = time.monotonic() + 30
    while (answer := server.exchange(sent)).status != status:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return answer


def test_a_database_that_takes_no_writes_is_named_until_it_does(tmp_path):
    with running_server(tmp_path) as server, closing(server.database.connect()) as operator:
        ((name,),) = operator.execute("SELECT current_database()").fetchall()
        operator.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        operator.execute(_END_OTHERS)

        for sent in (NEW, READY):
            assert b'"database_read_only"' in wait_for(server, sent, 503).body
        assert "25006" in server.log
        operator.execute("SET default_transaction_read_only = off")
        operator.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')

        for sent in (NEW, READY):
            wait_for(server, sent, 200)
        assert len(server.database.contacts()) == 1
