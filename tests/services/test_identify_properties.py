"""Any sequence of requests gives what the oracle gives: answers, rows, persons, primaries."""

from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reunite.core.components import Components
from reunite.core.plan import Outcome
from reunite.services.check import check
from reunite.services.identify import identify
from tests.builders import changed, stored_rows
from tests.effort import EFFORT
from tests.oracle import Oracle

emails = st.sampled_from([None, *(f"{name}@x.example" for name in "abcde")])
phones = st.sampled_from([None, "1", "2", "3", "4", "5"])
requests = st.tuples(emails, phones).filter(any)
histories = st.lists(requests, min_size=1, max_size=16)
on_a_database = settings(
    deadline=None,
    max_examples=50 * EFFORT,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def empty_tables():
    changed()
    with connection.cursor() as cursor:
        for table in (
            "event",
            "link",
            "separation",
            "withheld",
            "retired",
            "tombstone",
            "policy",
            "contact",
        ):
            if table == "contact":
                cursor.execute("UPDATE contact SET linked_id = NULL, link_precedence = 'primary'")
            cursor.execute(f"DELETE FROM {table}")


def send(history):
    empty_tables()
    return [identify(email, phone) for email, phone in history]


def persons_by_value():
    """Who is one person, as sets of values: independent of ids and order."""
    persons = Components()
    values = {}
    for id, email, phone, linked_id, _, _ in stored_rows():
        persons.join([id, linked_id or id])
        values[id] = {value for value in (email, phone) if value}
    return {frozenset().union(*(values[id] for id in group)) for group in persons.groups()}


@on_a_database
@given(histories)
def test_any_history_gives_the_answers_rows_and_primaries_of_the_oracle(history):
    oracle = Oracle()
    expected = [oracle.identify(email, phone) for email, phone in history]

    answers = [identified.person for identified in send(history)]

    rows = stored_rows()
    number = {id: number for number, (id, *_) in enumerate(rows)}
    assert [(email, phone) for _, email, phone, *_ in rows] == oracle.rows
    assert [
        (number[p.id], p.emails, p.phone_numbers, [number[id] for id in p.secondary_ids])
        for p in answers
    ] == expected
    for person in oracle.persons():
        primary, *secondaries = (rows[position] for position in person)
        assert primary[3:5] == (None, "primary")
        assert {row[3:5] for row in secondaries} <= {(primary[0], "secondary")}
    assert list(check()) == []


@on_a_database
@given(histories, st.randoms())
def test_the_order_of_requests_never_changes_who_is_one_person(history, random):
    send(history)
    persons = persons_by_value()
    shuffled = random.sample(history, len(history))

    send(shuffled)

    assert persons_by_value() == persons


@on_a_database
@given(histories, st.integers(0, 16))
def test_sending_any_prefix_again_changes_nothing(history, length):
    send(history)
    before = stored_rows()

    again = [identify(email, phone) for email, phone in history[:length]]

    assert {identified.outcome for identified in again} <= {Outcome.UNCHANGED}
    assert stored_rows() == before
