"""What becomes of persons and links when keys change: nothing is lost on the way and back."""

from datetime import timedelta

import pytest

from reunite.core.errors import KeptApart
from reunite.core.identifiers.kinds import Identifier, Kind, Value, key_columns, values_of
from reunite.core.persons.evidence import LiveLink
from reunite.core.persons.person import Contact, Person
from reunite.core.policy.keys import expected_values, possible_identifiers
from reunite.core.policy.policy import SPEC
from reunite.core.repair.regroup import (
    Affected,
    Change,
    KnownLink,
    LinkState,
    Separation,
    groups,
    regroup,
)
from tests.builders import NOON, details_of

A, B = Identifier(Kind.EMAIL, "a@x.example"), Identifier(Kind.EMAIL, "b@x.example")
ONE, TWO = Identifier(Kind.PHONE, "1"), Identifier(Kind.PHONE, "2")


def contact(id, email=None, phone=None):
    return Contact.of(details_of(email, phone), id=id, created_at=NOON + timedelta(minutes=id))


def link(left, right, state=LinkState.LIVE, id=1):
    return KnownLink(LiveLink(id, left, right, "request", None, NOON), state)


def ids(persons):
    return [[each.id for each in person.contacts] for person in persons]


def phone_value(key):
    return (Value(Kind.PHONE, "2", key),)


JOINED = Affected([Person.of([contact(1, "a@x.example"), contact(2, None, "2")])], [link(A, TWO)])
PARTED = Affected(
    [Person.of([contact(1, "a@x.example")]), Person.of([contact(2, None, "2")])],
    [link(A, TWO, LinkState.SUSPENDED)],
)


def test_a_link_is_suspended_when_an_end_stops_counting_and_counts_again_when_it_is_back():
    retired = regroup(JOINED, Change(values={2: phone_value(None)}))
    assert ids(retired.persons) == [[1], [2]]
    assert retired.link_states == {1: LinkState.SUSPENDED}

    restored = regroup(PARTED, Change(values={2: phone_value("2")}))
    assert ids(restored.persons) == [[1, 2]]
    assert restored.link_states == {1: LinkState.LIVE}


def test_a_link_with_an_end_that_is_gone_is_revoked_in_any_state():
    change = Change(deleted=frozenset([2]), gone=frozenset([TWO]))

    assert regroup(JOINED, change).link_states == {1: LinkState.REVOKED}
    assert regroup(PARTED, change).link_states == {1: LinkState.REVOKED}


def test_a_link_ends_at_what_its_values_are_called_now():
    named = (A, Identifier(Kind.PHONE, "+12"))
    after = regroup(JOINED, Change(values={2: phone_value("+12")}, link_ends={1: named}))

    assert ids(after.persons) == [[1, 2]]
    assert after.link_states == {}
    assert [(each.left, each.right) for each in after.links] == [named]


def test_a_link_whose_ends_become_one_still_stands():
    before = Affected(
        [Person.of([contact(1, "a@x.example"), contact(2, "b@x.example")])], [link(A, B)]
    )

    after = regroup(
        before,
        Change(
            values={2: (Value(Kind.EMAIL, "b@x.example", "a@x.example"),)}, link_ends={1: (A, A)}
        ),
    )

    assert after.link_states == {}
    assert ids(after.persons) == [[1, 2]]


def test_separations_that_would_be_violated_are_told():
    before = Affected(PARTED.persons, [], [Separation(7, 1, 2), Separation(8, 1, 3)])

    with pytest.raises(KeptApart) as error:
        regroup(before, Change(joined=[(A, TWO)])).require_apart()

    assert error.value.separation_id == 7
    assert "7" in str(error.value)
    regroup(before, Change()).require_apart()


def test_persons_are_grouped_by_the_contacts_that_went_between_them():
    one, two, three = (Person.of([contact(id, f"{id}@x.example")]) for id in (1, 2, 3))
    both = Person.of([*one.contacts, *two.contacts])

    assert groups([both, three], [one, two, three]) == [([both], [one, two]), ([three], [three])]


def test_expected_keys_leave_out_what_does_not_count():
    def keys(email, phone, **rules):
        values = values_of((email, phone), (None, None))
        return key_columns(expected_values(values, policy=SPEC, **rules))

    assert keys("A@x.example", " 1 ") == ("a@x.example", "1")
    assert keys("A@x.example", "000") == ("a@x.example", None)
    assert keys("none", "no digit") == (None, None)
    assert keys("A@x.example", "1", retired={A}) == (None, "1")
    assert keys("A@x.example", "1", withheld={Kind.PHONE}) == ("a@x.example", None)


def test_possible_identifiers_are_there_whatever_does_not_count():
    def possible(email, phone, **rules):
        return possible_identifiers(values_of((email, phone), (None, None)), policy=SPEC, **rules)

    assert possible("A@x.example", "000") == (A, Identifier(Kind.PHONE, "000"))
    assert possible("none", None) == (Identifier(Kind.EMAIL, "none"),)
    assert possible("A@x.example", "1", withheld={Kind.EMAIL}) == (ONE,)
