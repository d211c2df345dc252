"""Any sequence of requests gives what the oracle gives: answers, rows, persons, primaries."""

from hypothesis import given
from hypothesis import strategies as st

from reunite.core.identify.plan import Outcome
from reunite.services.audit.check import check
from reunite.services.identify.identify import identify
from tests.builders import stored_rows
from tests.oracle import Oracle
from tests.scopes import SCOPE
from tests.services.histories import histories, on_a_database, persons_by_value, send


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

    again = [identify(SCOPE, email, phone) for email, phone in history[:length]]

    assert {identified.outcome for identified in again} <= {Outcome.UNCHANGED}
    assert stored_rows() == before
