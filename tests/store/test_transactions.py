import os

import pytest
from django.db import DatabaseError, IntegrityError, connection
from django.db import transaction as django_transaction

from reunite.core.errors import DatabaseUnavailable, LockTimeout, ReuniteError
from reunite.core.identify.plan import Outcome
from reunite.models import Workspace
from reunite.services.identify.identify import identify
from reunite.store.database.dialects import Restart, Statement, dialect
from reunite.store.database.transactions import retried, transaction
from tests.scopes import SCOPE

INSERT = Statement("INSERT INTO workspace (name, created_at) VALUES ('new', '2023-04-01')")


def names():
    return set(Workspace.objects.values_list("name", flat=True)) - {"default"}


def test_what_is_committed_stays():
    with transaction(wait_seconds=1) as current:
        current.run(Statement("SELECT 1"))
        assert current.commit(INSERT, Statement("SELECT 2")) == [[], [(2,)]]

    assert names() == {"new"}


def test_what_is_not_committed_is_gone_when_the_block_ends():
    with transaction(wait_seconds=1) as current:
        current.run(INSERT)

    assert names() == set()


def test_what_fails_is_gone():
    with pytest.raises(ZeroDivisionError), transaction(wait_seconds=1) as current:
        current.run(INSERT)
        raise ZeroDivisionError

    assert names() == set()
    assert identify(SCOPE, "a@x.example", "1")


def test_a_transaction_refuses_to_run_inside_the_callers():
    with (
        django_transaction.atomic(),
        pytest.raises(RuntimeError, match="atomic"),
        transaction(wait_seconds=1),
    ):
        pass


def test_an_attempt_is_made_again_when_another_transaction_got_in_between():
    tries = iter([Restart(), Restart(), "done"])

    def attempt(seconds_left):
        assert 0 < seconds_left <= 5
        result = next(tries)
        if isinstance(result, Exception):
            raise result
        return result

    assert retried(attempt, timeout_seconds=5) == "done"


def test_attempts_end_with_the_time():
    def attempt(seconds_left):
        raise Restart

    with pytest.raises(LockTimeout):
        retried(attempt, timeout_seconds=0.01)


def test_a_lost_connection_is_opened_again_once():
    attempts = []

    def attempt(seconds_left):
        attempts.append(seconds_left)
        raise DatabaseUnavailable

    with pytest.raises(DatabaseUnavailable):
        retried(attempt, timeout_seconds=5)
    assert len(attempts) == 2


def test_a_connection_that_broke_between_requests_is_not_noticed_by_the_caller(break_connection):
    first = identify(SCOPE, "a@x.example", "1").person
    break_connection()

    assert identify(SCOPE, "a@x.example", "1").person == first


def test_a_transaction_that_cannot_begin_leaves_nothing_to_undo(database_away):
    with (
        database_away(),
        pytest.raises(DatabaseUnavailable),
        transaction(wait_seconds=1) as current,
    ):
        current.run(Statement("SELECT 1"))


@pytest.mark.postgresql  # SQLite's driver keeps its statements to itself.
def test_statements_that_somebody_deallocated_are_prepared_again():
    first = identify(SCOPE, "a@x.example", "1").person
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")

    assert identify(SCOPE, "a@x.example", "1").person == first
    assert identify(SCOPE, "a@x.example", "2").outcome is Outcome.LINKED


def test_a_mistake_of_ours_is_not_told_as_a_database_that_is_away():
    with pytest.raises(DatabaseError) as raised:
        dialect().run([Statement("SELECT nonsense")])
    assert not isinstance(raised.value, ReuniteError)


@pytest.mark.postgresql
def test_after_an_error_in_a_pipeline_nothing_more_is_run():
    with pytest.raises(IntegrityError), transaction(wait_seconds=1) as current:
        current.commit(INSERT, INSERT, Statement("SELECT 1"))

    assert names() == set()


@pytest.mark.postgresql
def test_more_than_a_socket_takes_at_once_is_sent_and_read():
    long = "x" * 20_000_000
    read = Statement("SELECT %s || ''", [long])

    assert dialect().run([read, read]) == [[(long,)], [(long,)]]


@pytest.mark.postgresql
def test_a_connection_lost_inside_a_pipeline_is_told(other_connection):
    with pytest.raises(DatabaseUnavailable):
        dialect().run(
            [
                Statement("SELECT pg_terminate_backend(pg_backend_pid())"),
                Statement("SELECT 1"),
                Statement("SELECT 2"),
            ]
        )
    connection.close()
    assert identify(SCOPE, "a@x.example", "1")


def test_a_database_that_is_away_is_told_as_such_and_found_again(database_away):
    with database_away(), pytest.raises(DatabaseUnavailable):
        identify(SCOPE, "a@x.example", "1")

    assert identify(SCOPE, "a@x.example", "1")
    assert connection.is_usable()


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="about the file of SQLite")
def test_where_the_folder_of_the_file_is_missing_nothing_is_locked(monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "NAME", "/no/such/folder/reunite.sqlite3")
    with dialect().set_up_alone():
        pass
