from datetime import UTC, datetime

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from reunite.core.errors import InvalidRequest, LockTimeout
from reunite.core.identify.plan import Outcome
from reunite.models import Contact, Event, Link
from reunite.services.audit.check import check
from reunite.services.identify.batch import identify_batch
from reunite.services.identify.identify import identify
from reunite.store.database.locks import gate
from tests.builders import make_contact, stored_rows
from tests.emptying import empty_tables
from tests.oracle import Oracle
from tests.scopes import SCOPE
from tests.services.histories import histories, on_a_database


@on_a_database
@given(histories, st.lists(st.integers(1, 6), min_size=16, max_size=16))
def test_any_cut_into_batches_gives_the_answers_and_rows_of_single_requests(history, cuts):
    empty_tables()
    oracle = Oracle()
    expected = [oracle.identify(email, phone) for email, phone in history]

    answers, rest = [], list(history)
    for size in cuts:
        batch, rest = rest[:size], rest[size:]
        if size == 1:
            answers += [identify(SCOPE, *request) for request in batch]
        else:
            answers += identify_batch(SCOPE, batch)

    rows = stored_rows()
    number = {id: number for number, (id, *_) in enumerate(rows)}
    assert [(email, phone) for _, email, phone, *_ in rows] == oracle.rows
    assert [
        (
            number[answer.person.id],
            answer.person.emails,
            answer.person.phone_numbers,
            [number[id] for id in answer.person.secondary_ids],
        )
        for answer in answers
    ] == expected
    assert list(check()) == []


@on_a_database
@given(histories)
def test_a_batch_leaves_the_events_links_and_outcomes_of_single_requests(history):
    empty_tables()
    one_by_one = [identify(SCOPE, *request).outcome for request in history], events(), links()
    empty_tables()

    at_once = [each.outcome for each in identify_batch(SCOPE, history)], events(), links()

    assert at_once == one_by_one


def numbers():
    ids = Contact.objects.order_by("id").values_list("id", flat=True)
    return {id: number for number, id in enumerate(ids)}


def events():
    number = numbers()
    return [
        (
            event.type,
            number[event.person_id],
            number.get(event.payload.get("contactId")),
            number.get(event.payload.get("absorbedId")),
            sorted(number[id] for id in event.payload.get("contactIds", [])),
        )
        for event in Event.objects.order_by("position")
    ]


def links():
    columns = ("left_kind", "left_key", "right_kind", "right_key", "origin", "state")
    return list(Link.objects.order_by("id").values_list(*columns))


def test_a_request_that_cannot_be_read_has_its_error_in_its_place_and_hinders_no_other():
    first, wrong, last = identify_batch(
        SCOPE, [("a@x.example", "1"), ("no at sign", "2"), (None, "1")]
    )

    assert first.outcome is Outcome.CREATED
    assert isinstance(wrong, InvalidRequest)
    assert last.person == first.person
    assert Contact.objects.count() == 1


def test_a_batch_of_errors_or_of_nothing_asks_no_database():
    assert identify_batch(SCOPE, []) == []
    assert [type(each) for each in identify_batch(SCOPE, [(None, None)])] == [InvalidRequest]


def test_a_known_batch_writes_nothing():
    identify_batch(SCOPE, [("a@x.example", "1"), ("b@x.example", "2")])
    before = stored_rows(), Event.objects.count()

    again = identify_batch(SCOPE, [("b@x.example", "2"), ("a@x.example", None)])

    assert [each.outcome for each in again] == [Outcome.UNCHANGED] * 2
    assert (stored_rows(), Event.objects.count()) == before


def test_deleted_contacts_of_an_absorbed_person_follow_it():
    older = make_contact("a@x.example", "1")
    younger = make_contact("b@x.example", "2")
    deleted = make_contact("gone@x.example", "2", primary=younger, deleted_at=datetime.now(UTC))

    identify_batch(SCOPE, [("a@x.example", "2")])

    deleted.refresh_from_db()
    younger.refresh_from_db()
    assert deleted.linked_id == younger.linked_id == older.id
    assert younger.updated_at == deleted.updated_at > younger.created_at


def test_everybody_moved_and_surviving_carries_the_time_of_the_last_merge():
    contacts = [make_contact(f"{name}@x.example", name) for name in "123"]

    identify_batch(SCOPE, [("2@x.example", "3"), ("1@x.example", "3")])

    first, second, third = (Contact.objects.get(id=contact.id) for contact in contacts)
    assert first.updated_at == second.updated_at == third.updated_at > first.created_at
    assert second.linked_id == third.linked_id == first.id


def test_ids_continue_after_a_batch():
    (last,) = identify_batch(SCOPE, [("a@x.example", "1")])
    assert identify(SCOPE, "b@x.example", "2").person.id > last.person.id
    assert identify_batch(SCOPE, [("c@x.example", "3")])[0].person.id > last.person.id + 1


@pytest.mark.postgresql  # On SQLite the one writer is the gate.
def test_a_batch_and_a_single_write_wait_for_each_other(settings):
    settings.REUNITE = {"LOCK_TIMEOUT_SECONDS": 0.1}
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [gate(SCOPE, shared=True).key])
        with pytest.raises(LockTimeout):
            identify_batch(SCOPE, [("a@x.example", "1")])
        assert identify(SCOPE, "b@x.example", "2").outcome is Outcome.CREATED
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [gate(SCOPE, shared=False).key])
        with pytest.raises(LockTimeout):
            identify(SCOPE, "c@x.example", "3")
        assert identify_batch(SCOPE, [("b@x.example", "2")])[0].outcome is Outcome.UNCHANGED
        cursor.execute("ROLLBACK")
    other.close()
