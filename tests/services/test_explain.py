from datetime import UTC, datetime

import pytest

from reunite.core.errors import ContactDeleted, PersonNotFound
from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.models import Link
from reunite.services.identify.identify import identify
from reunite.services.persons.explain import explain, read_end
from reunite.services.repair.delete import delete_contact
from reunite.services.repair.retire import retire
from reunite.services.repair.split import split
from tests.builders import make_contact, set_policy
from tests.scopes import SCOPE


def chain(explained):
    return explained.steps and [step.end for step in explained.steps]


def test_a_chain_leads_over_contacts_and_links():
    first = identify(SCOPE, "a@x.example", "1").person.id
    second = identify(SCOPE, "b@x.example", "2").person.id
    identify(SCOPE, "a@x.example", "2")

    explained = explain(SCOPE, second, first)

    assert chain(explained) == [
        Identifier(Kind.PHONE, "2"),
        Identifier(Kind.EMAIL, "a@x.example"),
        first,
    ]
    assert [step.source.id for step in explained.steps] == [
        second,
        Link.objects.get().id,
        first,
    ]


def test_ends_may_be_identifiers_in_any_spelling():
    identify(SCOPE, "a@x.example", "1")
    second = identify(SCOPE, "b@x.example", "1").person.secondary_ids[0]

    steps = explain(
        SCOPE, read_end(SCOPE, email=" A@x.example"), read_end(SCOPE, phone_number="1-")
    ).steps
    assert [(step.end, step.source.given(Kind.EMAIL)) for step in steps][-1] == (
        Identifier(Kind.PHONE, "1"),
        "a@x.example",
    )
    assert chain(explain(SCOPE, read_end(SCOPE, email="b@x.example"), second)) == [second]


def test_nothing_joins_different_persons_even_if_one_is_joined_in_itself():
    first, second = make_contact("a@x.example", "1"), make_contact("b@x.example", "2")
    other = make_contact("b@x.example", "3", primary=second)

    assert chain(explain(SCOPE, first.id, second.id)) is None
    assert chain(explain(SCOPE, second.id, other.id, within=first.id)) is None
    assert chain(explain(SCOPE, second.id, other.id, within=second.id))
    assert chain(explain(SCOPE, first.id, first.id)) == []


def test_an_end_that_nobody_has_or_that_was_deleted_is_told():
    first = make_contact("a@x.example", "1")
    deleted = make_contact("b@x.example", "1", primary=first, deleted_at=datetime.now(UTC))

    for end, error in (
        (404, PersonNotFound),
        (read_end(SCOPE, email="b@x.example"), PersonNotFound),
        (deleted.id, ContactDeleted),
    ):
        with pytest.raises(error):
            explain(SCOPE, first.id, end)


def uncounted(explained):
    return [
        each and (each.standing, [found.contact_id for found in each.contacts])
        for each in explained.not_counting
    ]


def test_a_value_that_does_not_count_joins_nobody_and_says_why_and_who_holds_it():
    set_policy(blocked={"emails": ["shop@x.example"]})
    one = identify(SCOPE, "a@x.example", "800500").person.id
    two = identify(SCOPE, "shop@x.example", "7002").person.id
    retire(SCOPE, phone_number="800500")
    retired, blocked = (
        read_end(SCOPE, phone_number="800-500"),
        read_end(SCOPE, email="shop@x.example"),
    )

    explained = explain(SCOPE, retired, one)
    assert (explained.person_id, explained.steps, explained.evidence) == (one, None, None)
    assert uncounted(explained) == [("retired", [one]), None]
    explained = explain(SCOPE, read_end(SCOPE, phone_number="7002"), blocked)
    assert (explained.person_id, uncounted(explained)) == (two, [None, ("blocked", [two])])
    explained = explain(SCOPE, retired, read_end(SCOPE, email="n/a"))
    assert explained.person_id is None
    assert uncounted(explained) == [("retired", [one]), ("placeholder", [])]


def test_a_value_that_is_withheld_in_all_its_contacts_joins_nobody():
    one = identify(SCOPE, "a@x.example", "1").person.id
    two = identify(SCOPE, "b@x.example", "1").person.secondary_ids[0]
    split(SCOPE, one, [two])
    delete_contact(SCOPE, one)
    explained = explain(SCOPE, read_end(SCOPE, phone_number="1"), two)
    assert (explained.person_id, uncounted(explained)) == (two, [("withheld", [two]), None])
    with pytest.raises(PersonNotFound):
        explain(SCOPE, read_end(SCOPE, phone_number="2"), two)
