"""A lock that cannot be had in time: a problem within bounded time, and nothing written."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest

from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.store.database.locks import gate, identifier_lock
from tests.concurrency.load import Request, send_at_once
from tests.concurrency.verification import what_is_wrong
from tests.scopes import SCOPE
from tests.server import running_server

KNOWN = Request("known@x.example", "7001")
NEW = Request("new@x.example", "7002")


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    with running_server(folder, WORKERS="2", LOCK_TIMEOUT_SECONDS="0.3") as server:
        yield server


def send(server, *requests):
    return send_at_once(server.url, requests)


@contextmanager
def held(database, key):
    """Another process holds a lock that a write needs; on SQLite there is only one."""
    with closing(database.connect()) as connection:
        if database.is_postgresql:
            connection.execute("BEGIN")
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [key])
        else:
            connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def lock_of(kind, key):
    return identifier_lock(SCOPE, Identifier(kind, key))


def refused(answer):
    """It was refused as a lock time-out, with the time to try again."""
    return (
        answer.status == 503
        and answer.headers["Content-Type"] == "application/problem+json"
        and int(answer.headers["Retry-After"]) > 0
        and answer.body["code"] == "lock_timeout"
    )


@pytest.mark.parametrize(
    ("kind", "key"), [(Kind.EMAIL, "new@x.example"), (Kind.PHONE, "7002")], ids=["email", "phone"]
)
def test_a_write_whose_identifier_is_locked_is_refused_in_time_and_succeeds_later(
    server, kind, key
):
    answers = send(server, KNOWN)
    before = server.database.counts()

    with held(server.database, lock_of(kind, key)):
        started = time.monotonic()
        (late,) = send(server, NEW)
        waited_seconds = time.monotonic() - started

    assert refused(late)
    assert 0.25 < waited_seconds < 3
    assert server.database.counts() == before
    answers += send(server, NEW)
    assert answers[-1].outcome == "created"
    assert what_is_wrong(server, answers) == []


def test_a_write_to_a_person_that_is_locked_is_refused_in_time_and_succeeds_later(server):
    answers = send(server, KNOWN)
    (person_id,) = answers[0].contact_ids
    arrival = Request("known@x.example", "7003")

    with held(server.database, person_id):
        (late,) = send(server, arrival)

    assert refused(late)
    answers += send(server, arrival)
    assert answers[-1].outcome == "linked"
    assert what_is_wrong(server, answers) == []


def test_a_batch_that_finds_the_gate_closed_is_refused_whole(server):
    answers = send(server, KNOWN)
    before = server.database.counts()
    batch = [NEW, Request(None, "7003")]

    with held(server.database, gate(SCOPE, shared=False).key):
        late = send(server, batch)

    assert [(answer.status, answer.body["code"]) for answer in late] == [(503, "lock_timeout")] * 2
    assert server.database.counts() == before
    answers += send(server, batch)
    assert what_is_wrong(server, answers) == []


def test_known_persons_are_answered_while_writes_wait(server):
    send(server, KNOWN)

    with held(server.database, lock_of(Kind.EMAIL, "new@x.example")):
        started = time.monotonic()
        answers = send(server, NEW, *[KNOWN] * 20, NEW, *[KNOWN] * 20)
        waited_seconds = time.monotonic() - started

    known = [answer for answer in answers if answer.request == KNOWN]
    assert {(answer.status, answer.outcome) for answer in known} == {(200, "unchanged")}
    assert [refused(answer) for answer in answers if answer.request == NEW] == [True] * 2
    assert waited_seconds < 3


def test_a_write_that_gets_its_lock_in_time_is_answered(tmp_path):
    with (
        running_server(tmp_path, LOCK_TIMEOUT_SECONDS="20") as server,
        ThreadPoolExecutor() as threads,
    ):
        answers = send(server, KNOWN)

        with held(server.database, lock_of(Kind.EMAIL, "new@x.example")):
            waiting = threads.submit(send, server, NEW)
            time.sleep(0.5)
            assert not waiting.done()

        answers += waiting.result(timeout=10)
        assert answers[-1].outcome == "created"
        assert what_is_wrong(server, answers) == []
