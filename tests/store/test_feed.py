"""Numbers of the feed when transactions meet."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connections

from reunite.models import Numbered
from reunite.services.feed.numbers import number_all
from reunite.services.feed.read import read_events
from reunite.services.identify.identify import identify
from reunite.store.database.dialects import Statement, dialect
from reunite.store.feed import numbers, pages, pruning, snapshots
from tests.scopes import SCOPE
from tests.store.plans import plan_of

EVENT = """
    INSERT INTO event (workspace_id, type, person_id, payload, created_at)
    VALUES (0, 'merge.settled', {person_id}, '{{"linkId": 1}}', '2023-04-01 12:00:00')
"""


def read(after=0):
    page = read_events(SCOPE, after=after, limit=1_000)
    return [(each.number, each.happened.person_id) for each in page.events]


def tell(cursor, person_id):
    """Write an event as all are written, in the transaction of another connection."""
    for statement in dialect().telling(Statement(EVENT.format(person_id=person_id))):
        cursor.execute(statement.sql)


@contextmanager
def unfinished(other_connection, person_id):
    """A transaction with an event, whose position is drawn, that ends with the block."""
    with other_connection.cursor() as cursor:
        cursor.execute("BEGIN")
        tell(cursor, person_id)
        yield cursor


@pytest.mark.postgresql
def test_an_event_whose_transaction_commits_late_is_not_skipped(other_connection):
    with unfinished(other_connection, 7) as late:
        person = identify(SCOPE, "a@x.example", None).person.id
        assert read() == [(1, person)]
        late.execute("COMMIT")

    assert read(after=1) == [(2, 7)]
    assert read() == [(1, person), (2, 7)]
    (first, second) = Numbered.objects.order_by("position").values_list("number", flat=True)
    assert (first, second) == (2, 1), "the smaller position was not committed last"


@pytest.mark.postgresql
def test_numbers_have_no_gap_where_a_transaction_did_not_commit(other_connection):
    with unfinished(other_connection, 7) as late:
        one = identify(SCOPE, "a@x.example", None).person.id
        assert read() == [(1, one)]
        late.execute("ROLLBACK")
    two = identify(SCOPE, "b@x.example", None).person.id

    assert read(after=1) == [(2, two)]


@pytest.mark.postgresql
def test_a_long_transaction_of_others_stops_nobody(other_connection):
    with other_connection.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_current_xact_id(), count(*) FROM event")
        person = identify(SCOPE, "a@x.example", None).person.id
        assert read() == [(1, person)]
        cursor.execute("ROLLBACK")


@pytest.mark.postgresql
def test_numbers_that_are_not_committed_are_given_again(other_connection):
    one = identify(SCOPE, "a@x.example", None).person.id
    with other_connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("INSERT INTO numbered SELECT position, workspace_id, 1 FROM unnumbered")
        cursor.execute("DELETE FROM unnumbered")
        cursor.execute("ROLLBACK")

    assert read() == [(1, one)]


def test_readers_who_give_numbers_at_once_give_each_number_once():
    def write(n):
        try:
            return [identify(SCOPE, f"{n}.{m}@x.example", None).person.id for m in range(10)]
        finally:
            connections.close_all()

    def number(_):
        try:
            return sum(number_all() for _ in range(20))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        writing = [pool.submit(write, n) for n in range(4)]
        numbering = [pool.submit(number, n) for n in range(4)]
        persons = {id for each in writing for id in each.result(timeout=120)}
        for each in numbering:
            each.result(timeout=120)

    found = read()
    assert [number for number, _ in found] == list(range(1, 41))
    assert {person for _, person in found} == persons


STATEMENTS = {
    "a page": lambda: pages.page(SCOPE, after=7, limit=10),
    "which numbers there are": lambda: numbers.kept(SCOPE),
    "the last numbers": lambda: numbers.last([0]),
    "the first events": lambda: pruning.first(SCOPE, 10),
    "a page of a snapshot": lambda: snapshots.page(SCOPE, after=7, limit=10),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_no_statement_of_a_reader_scans_a_table(many_contacts, name):
    dialect().run(
        [
            Statement(
                "INSERT INTO numbered (position, workspace_id, number) "
                "SELECT position, 0, position FROM event"
            ),
            Statement("ANALYZE"),
        ]
    )

    query = STATEMENTS[name]()
    plan = plan_of(query, generic=query.statements[0].prepared)

    for table in ("contact", "event", "numbered"):
        assert f"Seq Scan on {table}" not in plan, plan
    assert "SCAN e" not in plan, plan
    assert "SCAN contact" not in plan, plan
    assert "SCAN numbered" not in plan.replace("SEARCH", ""), plan
