"""A PostgreSQL that is suspended, or restarted, or behind a lost network: no wait has no end."""

import json
import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psutil
import pytest

from tests.concurrency.load import Request, send_at_once, send_until
from tests.concurrency.verification import what_is_wrong
from tests.server import Database, Server, own_postgresql, request

# Each test has a PostgreSQL of its own, for others would be suspended with it.
pytestmark = pytest.mark.postgresql

LOCK_TIMEOUT_SECONDS = 2
# One connection that is opened anew may take two seconds more.
LATE_SECONDS = 8
NEW = request(b'{"email": "new@x.example"}')
KNOWN = request(b'{"email": "known@x.example"}')
BATCH = request(b'{"requests": [{"email": "b@x.example"}]}', path="/identify/batch")
READS = [request(method="GET", path=each) for each in ("/links", "/imports", "/policy", "/readyz")]


@pytest.fixture(scope="module")
def postgresql_url():
    with own_postgresql() as url:
        # The tests' PostgreSQL forgets the last commits when one of its processes is killed.
        with closing(Database(url).connect()) as connection:
            connection.execute("ALTER DATABASE postgres SET synchronous_commit = on")
        yield url


@contextmanager
def serving(folder, url, **variables):
    """A server, and one request of each kind that it can answer with 200."""
    server = Server(Database(url), folder, **variables)
    try:
        server.start()
        known = server.exchange(KNOWN)
        assert known.status == 200
        person = json.loads(known.body)["contact"]["primaryContatctId"]
        paths = (f"/persons/{person}", f"/persons/{person}/graph")
        reads = [request(method="GET", path=path) for path in paths]
        yield server, [NEW, KNOWN, BATCH, *reads, *READS]
    finally:
        server.close()


def processes(url):
    """PostgreSQL's, the first one last."""
    with closing(Database(url).connect()) as connection:
        ((folder,),) = connection.execute("SHOW data_directory").fetchall()
    number, *_ = Path(folder, "postmaster.pid").read_text().splitlines()
    first = psutil.Process(int(number))
    return [*first.children(recursive=True), first]


@contextmanager
def suspended(url):
    found = processes(url)
    for each in found:
        with suppress(psutil.NoSuchProcess):
            each.suspend()
    try:
        yield
    finally:
        for each in reversed(found):
            with suppress(psutil.NoSuchProcess):
                each.resume()


class Network:
    """Carries bytes between TCP and PostgreSQL's socket, until it is lost."""

    def __init__(self, url):
        parts = urlsplit(url)
        (folder,) = parse_qs(parts.query)["host"]
        self._target = f"{folder}/.s.PGSQL.5432"
        self._listening = socket.create_server(("127.0.0.1", 0))
        port = self._listening.getsockname()[1]
        self.url = f"postgresql://{parts.username}@127.0.0.1:{port}{parts.path}"
        self.works = threading.Event()
        self.works.set()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._target)
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def _carry(self, source, target):
        with closing(source), closing(target), suppress(OSError):
            while carried := source.recv(65536):
                self.works.wait()
                target.sendall(carried)

    @contextmanager
    def lost(self):
        self.works.clear()
        yield
        self.works.set()

    def close(self):
        self._listening.close()


def refused(server, sent):
    started = time.monotonic()
    answer = server.exchange(sent)
    assert time.monotonic() - started < LATE_SECONDS
    return answer.status, answer.headers["Retry-After"]


def assert_bounded(server, requests):
    """Whatever is asked of a server whose database is silent, now, is answered in time."""
    with ThreadPoolExecutor(16) as senders:
        found = list(senders.map(lambda each: refused(server, each), requests))
        assert set(found) == {(503, "1")}
        asked = [NEW, READS[-1]] * 8
        assert set(senders.map(lambda each: refused(server, each), asked)) == {(503, "1")}
    assert server.exchange(request(method="GET", path="/healthz")).status == 200


def assert_serving(server, requests):
    for sent in requests:
        assert server.exchange(sent).status == 200


@pytest.mark.parametrize("is_known", [True, False], ids=["connected", "not yet connected"])
def test_a_suspended_database_is_told_in_time(tmp_path, postgresql_url, is_known):
    limits = {"LOCK_TIMEOUT_SECONDS": str(LOCK_TIMEOUT_SECONDS)}
    with serving(tmp_path, postgresql_url, **limits) as (server, requests):
        for _ in range(20 if is_known else 0):
            assert_serving(server, requests)
        with suspended(postgresql_url):
            assert_bounded(server, requests)
        assert_serving(server, requests)


def test_a_lost_network_is_told_in_time(tmp_path, postgresql_url):
    network = Network(postgresql_url)
    limits = {"LOCK_TIMEOUT_SECONDS": str(LOCK_TIMEOUT_SECONDS)}
    with closing(network), serving(tmp_path, network.url, **limits) as (server, requests):
        assert_serving(server, requests)
        with network.lost():
            assert_bounded(server, requests)
        assert_serving(server, requests)


def test_readers_of_a_table_that_is_locked_are_told_in_time(tmp_path, postgresql_url):
    with serving(tmp_path, postgresql_url, LOCK_TIMEOUT_SECONDS="1") as (server, requests):
        with closing(server.database.connect()) as holder:
            holder.execute("BEGIN")
            holder.execute("LOCK TABLE contact IN ACCESS EXCLUSIVE MODE")
            with ThreadPoolExecutor(16) as senders:
                asked = [NEW, KNOWN, requests[3]] * 4
                found = set(senders.map(lambda each: refused(server, each), asked))
            holder.execute("ROLLBACK")
        assert found == {(503, "1")}
        assert_serving(server, requests)


def test_a_database_that_restarts_under_load_loses_no_answer(tmp_path, postgresql_url):
    with serving(tmp_path, postgresql_url, LOCK_TIMEOUT_SECONDS="30") as (server, _):
        server.database.empty()

        def restart():
            # PostgreSQL starts anew when one of its processes is killed.
            (pid, *_) = server.database.rows(
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'reunite'"
            )[0]
            os.kill(pid, signal.SIGKILL)

        sent = [Request(f"{n % 9}.{n // 20}@x.example", f"7{n // 7}") for n in range(600)]
        sent = send_until(server.url, sent, restart, after_seconds=0.3)

        assert {answer.status for answer in sent} <= {200, 503}
        answers = [answer for answer in sent if answer.status == 200]
        refused = [answer.request for answer in sent if answer.status == 503]
        answers += send_at_once(server.url, refused)
        assert {answer.status for answer in answers} == {200}
        assert what_is_wrong(server, answers, answers_lost=True) == []


def test_requests_wait_while_the_database_recovers(tmp_path, postgresql_url):
    with serving(tmp_path, postgresql_url, LOCK_TIMEOUT_SECONDS="30") as (server, requests):
        for _ in range(3):
            # PostgreSQL starts anew when one of its processes is killed.
            (pid, *_) = server.database.rows(
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'reunite'"
            )[0]
            os.kill(pid, signal.SIGKILL)
            with ThreadPoolExecutor(8) as senders:
                answers = list(senders.map(server.exchange, requests * 4))
            assert {each.status for each in answers} == {200}
