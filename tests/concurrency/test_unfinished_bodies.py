"""Clients that do not send the body that they announced."""

import json
import time
from contextlib import closing

import pytest

from tests.server import request, running_server

pytestmark = pytest.mark.any_database


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("server")) as server:
        yield server


def stored(server):
    return server.database.counts()["contact"]


def test_a_body_that_ends_before_its_length_is_refused(server):
    sent = request(b'{"email": "a@x.example"}', length=30)
    answer = server.exchange(sent, half_close=True)
    assert (answer.status, json.loads(answer.body)["code"]) == (400, "incomplete_body")
    assert stored(server) == 0


def test_a_body_that_is_cut_off_is_refused(server):
    sent = request(b'{"email": "a@x.exam', length=30)
    assert server.exchange(sent, half_close=True).status == 400
    assert stored(server) == 0


def test_a_client_that_goes_away_in_the_middle_leaves_nothing(server):
    for _ in range(10):
        with closing(server.connect()) as connection:
            connection.sendall(request(b'{"email": "a@x.exam', length=30))
    assert server.exchange(request(method="GET", path="/readyz")).status == 200
    assert stored(server) == 0


def test_a_body_in_chunks_is_read_or_refused_as_such(server):
    chunk = b'{"email": "in.chunks@x.example"}'
    lines = request(headers=["Transfer-Encoding: chunked"]).replace(b"Content-Length: 0\r\n", b"")
    answer = server.exchange(b"%s%x\r\n%s\r\n0\r\n\r\n" % (lines, len(chunk), chunk))
    assert (answer.status, stored(server)) in [(200, 1), (411, 0)]


def test_an_upload_that_ends_before_its_length_leaves_nothing(server):
    how = {"path": "/imports?name=orders.csv", "content_type": "text/csv", "length": 3_000_000}
    for sent in (b"email\n", b"email\n" * 400_000):
        answer = server.exchange(request(sent, **how), half_close=True)
        assert (answer.status, json.loads(answer.body)["code"]) == (400, "incomplete_body")
    for _ in range(4):
        with closing(server.connect()) as connection:
            connection.sendall(request(b"email\n" * 400_000, **how))
    deadline = time.monotonic() + 10
    while any(server.import_folder.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list(server.import_folder.iterdir()) == []
    assert server.database.rows("SELECT count(*) FROM import") == [(0,)]
