"""Clients that are silent, slow, or do not read: they keep nobody else waiting."""

import json
import socket
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPResponse
from importlib import resources

import psutil
import pytest

from tests.server import request, running_server

pytestmark = pytest.mark.any_database

MANY = 20
KNOWN = request(b'{"email": "known@x.example"}')
UPLOAD = {"path": "/imports?name=orders.csv", "content_type": "text/csv"}
STATIC = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    limits = {
        "BODY_TIMEOUT_SECONDS": "2",
        "BODY_BYTES_PER_SECOND": "1000",
        "ANSWER_TIMEOUT_SECONDS": "1",
    }
    with running_server(tmp_path_factory.mktemp("server"), **limits) as server:
        yield server


@contextmanager
def open_connections(server, sent, *, count=MANY):
    """Connections that have sent this, and then nothing more."""
    with ExitStack() as stack:
        found = [stack.enter_context(closing(server.connect())) for _ in range(count)]
        for connection in found:
            connection.sendall(sent)
        yield found


def answers(server):
    """The statuses of a live process, a ready one, and a request."""
    sent = [request(method="GET", path=path) for path in ("/healthz", "/readyz")]
    return [server.exchange(each).status for each in (*sent, KNOWN)]


def answer_of(connection):
    response = HTTPResponse(connection)
    response.begin()
    body = json.loads(response.read())
    return response.status, body.get("code")


def test_bodies_that_do_not_come_keep_nobody_waiting_and_are_given_up(server):
    with open_connections(server, request(b'{"em', length=200)) as silent:
        assert answers(server) == [200] * 3
        assert [answer_of(each) for each in silent] == [(408, "body_too_slow")] * MANY
        assert [each.recv(1) for each in silent] == [b""] * MANY


def kept(server):
    """The files of uploads, and how many imports there are."""
    return set(server.import_folder.glob("*")), server.database.rows("SELECT count(*) FROM import")


def test_uploads_that_do_not_come_keep_nobody_waiting_and_leave_nothing(server):
    before = kept(server)
    with open_connections(server, request(b"email\n", length=3_000_000, **UPLOAD)) as silent:
        assert answers(server) == [200] * 3
        found = [answer_of(each) for each in silent]
    assert set(found) == {(408, "body_too_slow"), (503, "server_busy")}
    assert kept(server) == before


def test_large_bodies_that_do_not_come_fill_no_memory(server):
    with open_connections(server, request(b'{"em', length=1_000_000), count=80) as silent:
        assert answers(server) == [200] * 3
        found = [answer_of(each) for each in silent]
    assert set(found) == {(408, "body_too_slow"), (503, "server_busy")}
    batch = json.dumps({"requests": [{"email": "a@x.example"}] * 1_000}).encode()
    answer = server.exchange(request(batch + b" " * 500_000, path="/identify/batch"))
    assert answer.status == 200


def kept_alive(sent):
    """The request of a client that would send more requests on the same connection."""
    return sent.replace(b"Connection: close\r\n", b"")


SLOW = {
    "small": request(length=5_000),
    "large": request(length=100_000),
    "upload": request(length=3_000_000, **UPLOAD),
    # Nobody waits for these bodies, so nobody finds out that they are slow.
    "too large": request(length=3_000_000),
    "not wanted": request(length=5_000, path="/healthz"),
    "in chunks": request(headers=["Transfer-Encoding: chunked"]).replace(
        b"Content-Length: 0\r\n", b""
    ),
}


def test_a_connection_ends_when_its_slow_body_is_given_up(server):
    with ExitStack() as stack:
        left = [
            (kind, connection)
            for kind, sent in SLOW.items()
            for connection in stack.enter_context(open_connections(server, kept_alive(sent)))
        ]
        deadline = time.monotonic() + 30
        while left:
            assert time.monotonic() < deadline, Counter(kind for kind, _ in left)
            time.sleep(0.05)
            # A part of a body, which is a chunk, too.
            left = [each for each in left if is_taken(each[1], b"1\r\n \r\n")]


def is_taken(connection, part):
    """Whether the server keeps the connection open for one more part of a body."""
    try:
        connection.sendall(part)
    except (BrokenPipeError, ConnectionResetError):
        return False
    return True


@pytest.mark.parametrize("sent", [KNOWN[:-1], request(b"e", length=3_000_000, **UPLOAD)])
def test_an_answer_without_the_whole_body_says_that_the_connection_ends(server, sent):
    with closing(server.connect()) as connection:
        connection.sendall(kept_alive(sent))
        response = HTTPResponse(connection)
        response.begin()
        assert (response.status, response.headers["Connection"]) == (408, "close")
        assert json.loads(response.read())["code"] == "body_too_slow"
        assert connection.recv(1) == b""


def test_a_body_that_pauses_is_read(server):
    first, second = KNOWN[:-10], KNOWN[-10:]
    with closing(server.connect()) as connection:
        connection.sendall(first)
        time.sleep(0.5)
        connection.sendall(second)
        assert answer_of(connection)[0] == 200


def test_an_upload_that_pauses_is_kept(server):
    rows = b"email,created_at\n" + b"a@x.example,2023-04-01T00:00:00Z\n" * 40_000
    with closing(server.connect()) as connection:
        connection.sendall(request(rows, **UPLOAD)[:1_000_000])
        time.sleep(0.5)
        connection.sendall(request(rows, **UPLOAD)[1_000_000:])
        assert answer_of(connection)[0] == 202


def test_connections_that_say_nothing_keep_nobody_waiting(server):
    with open_connections(server, b"", count=200), open_connections(server, b"GET /he", count=200):
        assert answers(server) == [200] * 3


def test_requests_follow_each_other_on_a_connection(server):
    with closing(server.connect()) as connection:
        for _ in range(3):
            connection.sendall(kept_alive(KNOWN))
            assert answer_of(connection)[0] == 200


def test_a_long_answer_comes_whole(server):
    package = resources.files("drf_spectacular_sidecar")
    expected = (package / STATIC.removeprefix("/")).read_bytes()
    with ThreadPoolExecutor() as threads:
        asked = [request(method="GET", path=STATIC)] * 8
        found = list(threads.map(server.exchange, asked))
    assert [each.body == expected for each in found] == [True] * 8


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends such a connection by itself")
def test_answers_that_are_not_read_keep_nobody_waiting_and_are_given_up(server):
    asked = kept_alive(request(method="GET", path=STATIC))
    with ExitStack() as stack:
        unread = []
        for _ in range(MANY):
            connection = stack.enter_context(closing(socket.socket()))
            # Little of the answer finds room in the client's socket.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(server.address)
            connection.sendall(asked * 3)
            unread.append(connection)
        assert answers(server) == [200] * 3
        clients = {connection.getsockname()[1] for connection in unread}
        deadline = time.monotonic() + 30
        while clients & open_on(server):
            assert time.monotonic() < deadline, "the server gives them up"
            time.sleep(0.1)


def open_on(server):
    """The clients' ports of the connections that the server holds open."""
    found = psutil.net_connections("tcp4")
    return {each.raddr.port for each in found if each.raddr and each.laddr == server.address}


def test_everybody_who_asks_first_gets_the_openapi_document(tmp_path):
    with running_server(tmp_path, THREADS="4") as server, ThreadPoolExecutor() as threads:
        asked = [request(method="GET", path="/openapi.json")] * 8
        assert [each.status for each in threads.map(server.exchange, asked)] == [200] * 8
