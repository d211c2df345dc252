"""Waits for the database have an end, and only so many threads wait for locks."""

import threading
import time
from contextlib import contextmanager

import pytest
from django.db import connection

from reunite.core.errors import BeingSetUp, DatabaseUnavailable, LockTimeout
from reunite.services.health import require_ready, set_up_alone
from reunite.store.database.dialects import Lock, Statement, dialect
from reunite.store.database.dialects import base as dialects_base
from reunite.store.database.queries import outside
from reunite.store.database.transactions import retried, transaction
from reunite.store.database.waiting import Turns, limited, was_away, was_turned_away

KEY = 7
SLEEP = "SELECT pg_sleep(20)"
postgresql = pytest.mark.postgresql  # SQLite is in this process: there is nobody to wait for.


@pytest.fixture
def held(other_connection):
    """Another connection holds the lock that a transaction needs."""

    @contextmanager
    def hold():
        raw = other_connection.connection
        if connection.vendor == "sqlite":
            raw.execute("BEGIN IMMEDIATE")
        else:
            raw.execute("SELECT pg_advisory_lock(%s)", [KEY])
        yield
        raw.execute(
            "ROLLBACK" if connection.vendor == "sqlite" else "SELECT pg_advisory_unlock_all()"
        )

    return hold


def write(wait_seconds):
    with transaction(wait_seconds=wait_seconds) as locked:
        locked.lock(Lock(KEY))
        return locked.commit(Statement("SELECT 1"))


def ask(statement, how):
    match how:
        case "prepared":
            return dialect().run([Statement(statement)])
        case "pipeline":
            return dialect().run([Statement("SELECT 1"), Statement(statement)])
        case "cursor":
            return dialect().run([Statement(statement, prepared=False)])
    return list(dialect().stream(Statement(statement)))


@pytest.fixture
def ended(other_connection):
    """No statement that was given up is left when the test ends."""
    yield
    with other_connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    connection.close()


@postgresql
@pytest.mark.usefixtures("ended")
@pytest.mark.parametrize("how", ["prepared", "pipeline", "cursor", "stream"])
def test_an_answer_that_does_not_come_is_given_up(how):
    connection.ensure_connection()
    if how == "stream":
        dialect().run([Statement("BEGIN")])
    started = time.monotonic()
    with pytest.raises(DatabaseUnavailable), limited(0.1):
        ask(SLEEP, how)
    assert time.monotonic() - started < 10
    assert outside.run(Statement("SELECT 1")) == [[(1,)]]


@postgresql
def test_who_has_patience_without_end_waits():
    assert len(dialect().run([Statement("SELECT pg_sleep(0.3)")])) == 1


@postgresql
def test_the_database_gives_up_as_well(settings):
    settings.REUNITE = {"LOCK_TIMEOUT_SECONDS": 0.25}
    connection.close()
    with limited(5):
        (((lock, statement),),) = outside.run(
            Statement(
                "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')"
            )
        )
        assert (lock, statement) == ("250ms", "750ms")
        with pytest.raises(LockTimeout):
            outside.run(Statement(SLEEP))
    connection.close()


def select():
    return dialect().run([Statement("SELECT 1")])


def test_a_restart_of_the_database_is_waited_for(database_away):
    away = database_away()
    away.__enter__()
    back = threading.Timer(0.5, away.__exit__, [None, None, None])
    back.start()
    with limited(20):
        assert not was_away()
        assert retried(lambda _: select(), timeout_seconds=60) == [[(1,)]]
        assert was_away()
    back.join()


def test_a_database_that_is_away_for_long_is_told_at_once(database_away):
    def tries(patience_seconds):
        made = []

        def attempt(_):
            made.append(1)
            select()

        with pytest.raises(DatabaseUnavailable), limited(patience_seconds):
            retried(attempt, timeout_seconds=60)
        return len(made)

    for _ in range(2):
        with database_away():
            assert tries(1) > 2
            assert [tries(0.5), tries(0.5)] == [2, 2]
        assert select() == [[(1,)]]


@postgresql
def test_a_read_in_a_transaction_is_not_repeated_on_another_connection(break_connection):
    with pytest.raises(DatabaseUnavailable), limited(20), transaction(wait_seconds=20) as locked:
        locked.run(Statement("SELECT 1"))
        break_connection()
        outside.run(Statement("SELECT 1"))
        locked.commit()
    assert select() == [[(1,)]]


def test_patience_bounds_attempts():
    with pytest.raises(LockTimeout), limited(0.0):
        retried(lambda _: pytest.fail("no time is left"), timeout_seconds=60)


def test_who_has_no_turn_is_turned_away_soon(held):
    turns = Turns(0)
    with held(), limited(60, turns):
        assert not was_turned_away()
        for _ in range(2):  # Once it took a moment, the second time less.
            with pytest.raises(LockTimeout):
                write(60)
            assert was_turned_away()
    with limited(60, turns):
        assert write(60) == [[(1,)]]
        assert not was_turned_away()


def test_who_has_a_turn_waits(held):
    turns = Turns(1)
    with held(), pytest.raises(LockTimeout), limited(60, turns):
        write(0.05)
    assert not was_turned_away()
    assert turns.is_free


def test_who_may_not_wait_leaves_the_turn_to_others(held):
    turns = Turns(1)
    with held(), pytest.raises(LockTimeout), limited(60, turns, may_wait=False):
        write(60)
    assert was_turned_away()
    with limited(60, turns, may_wait=False):
        assert write(60) == [[(1,)]]


def test_who_has_no_turn_and_no_time_is_told_that_the_lock_is_held(held):
    with held(), pytest.raises(LockTimeout), limited(60, Turns(0)):
        write(0.001)
    assert not was_turned_away()


def test_a_turn_is_free_again_after_an_error():
    turns = Turns(1)
    with pytest.raises(ZeroDivisionError), limited(60, turns), transaction(wait_seconds=1):
        assert not turns.is_free
        raise ZeroDivisionError
    assert turns.is_free


def test_only_one_process_sets_up_at_a_time(monkeypatch):
    monkeypatch.setattr(dialects_base, "_SET_UP_SECONDS", 0.2)
    told = []

    def other():
        try:
            with set_up_alone():
                told.append("entered")
        except BeingSetUp:
            told.append("refused")
        connection.close()

    with set_up_alone():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert told == ["refused"]
    with set_up_alone():
        require_ready()
