import pytest
from django.db import connection
from django.db import transaction as django_transaction

from reunite.core.errors import DatabaseUnavailable, LockTimeout
from reunite.models import Workspace
from reunite.services.identify import identify
from reunite.store.dialects import Restart, Statement
from reunite.store.transactions import retried, transaction

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
    assert identify("a@x.example", "1")


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
    first = identify("a@x.example", "1").person
    break_connection()

    assert identify("a@x.example", "1").person == first


def test_a_transaction_that_cannot_begin_leaves_nothing_to_undo(database_away):
    with (
        database_away(),
        pytest.raises(DatabaseUnavailable),
        transaction(wait_seconds=1) as current,
    ):
        current.run(Statement("SELECT 1"))


def test_a_database_that_is_away_is_told_as_such_and_found_again(database_away):
    with database_away(), pytest.raises(DatabaseUnavailable):
        identify("a@x.example", "1")

    assert identify("a@x.example", "1")
    assert connection.is_usable()
