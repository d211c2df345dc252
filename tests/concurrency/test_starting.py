"""Servers that start at the same moment on a database without tables."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from tests.effort import over_http
from tests.server import Server, empty_database, request


@pytest.mark.parametrize("round", range(over_http(2)))
def test_servers_that_start_together_on_an_empty_database_all_serve(tmp_path, round):
    with empty_database(tmp_path) as database, ExitStack() as stack:
        servers = []
        for number in range(3):
            folder = tmp_path / str(number)
            folder.mkdir()
            servers.append(Server(database, folder))
            stack.callback(servers[-1].close)
        with ThreadPoolExecutor() as threads:
            list(threads.map(Server.start, servers))
        for server in servers:
            assert server.exchange(request(b'{"email": "a@x.example"}')).status == 200
            assert server.log == ""
        assert len(database.contacts()) == 1
