from dataclasses import replace

import pytest

from reunite.core.identifiers.kinds import Kind, NormalizationRules, canonical_form
from reunite.core.persons.person import Listed, Person, Primary
from tests.builders import NOON
from tests.core.contacts import contact_with, make_contact


def test_the_oldest_contact_is_primary_and_the_others_follow_by_age():
    person = Person.of(
        [
            make_contact(3, email="c@x.example", minutes=5),
            make_contact(7, email="b@x.example", minutes=1),
            make_contact(2, email="a@x.example"),
        ]
    )

    assert person.primary == Primary(NOON, 2)
    assert person.id == 2
    assert person.secondary_ids == [7, 3]
    assert person.emails == ["a@x.example", "b@x.example", "c@x.example"]
    assert person.phone_numbers == []


def test_of_two_contacts_of_the_same_moment_the_lower_id_is_older():
    assert Person.of([make_contact(2, phone="2"), make_contact(1, phone="1")]).id == 1
    assert min(Primary(NOON, 2), Primary(NOON, 1)) == Primary(NOON, 1)


def test_a_value_given_twice_is_shown_once_as_it_was_given_first():
    person = Person.of(
        [
            make_contact(1, email=" Lorraine@hillvalley.edu", phone="123-456"),
            make_contact(2, email="lorraine@HILLVALLEY.edu", phone="99", minutes=1),
            make_contact(3, email="other@hillvalley.edu", phone="123456", minutes=2),
        ]
    )

    assert person.emails == [" Lorraine@hillvalley.edu", "other@hillvalley.edu"]
    assert person.phone_numbers == ["123-456", "99"]


def test_a_value_that_is_no_evidence_is_shown_all_the_same():
    contact = contact_with(1, ("n/a@x.example", "0"), (None, "0"))
    assert Person((contact, contact)).emails == ["n/a@x.example"]


@pytest.mark.parametrize("keys", [(None, None), ("5553001", None), (None, "5553001")])
def test_a_value_is_shown_once_whether_it_counts_or_not(keys):
    first, second = (
        contact_with(id, (None, given), (None, key))
        for id, given, key in zip((1, 2), ("5553001", "555-3001"), keys, strict=True)
    )
    assert Person((first, second)).phone_numbers == ["5553001"]


def test_values_that_do_not_count_are_compared_as_the_form_says():
    contacts = tuple(
        contact_with(id, (None, given), (None, None))
        for id, given in enumerate(("(415) 555-2671", "+1 415 555 2671", "none", "none"), 1)
    )
    us = NormalizationRules(default_region="US")

    listed = Person(contacts).listed(Kind.PHONE, lambda *value: canonical_form(*value, us))

    assert listed == ["(415) 555-2671", "none"]


def test_the_oldest_contacts_of_a_person_know_how_many_there_are_beside_them():
    person = Person.of([make_contact(id, minutes=id) for id in range(1, 6)], more=2)

    first = person.first(3)

    assert [contact.id for contact in first.contacts] == [1, 2, 3]
    assert (first.more, first.size) == (4, 7)
    assert first.first(3) == first
    assert person.first(9) == person


def test_lists_are_made_once_unless_they_depend_on_the_policy():
    counting = Person.of([make_contact(1, email="a@x.example", phone="1")])
    uncounted = [contact_with(1, ("a@x.example", "1"), keys) for keys in ((None, "1"), ("a", None))]

    made = counting.with_lists().made
    assert made == ({Kind.EMAIL: ["a@x.example"], Kind.PHONE: ["1"]}, [])
    assert counting.with_lists().listed(Kind.PHONE, canonical_form) == ["1"]
    assert [Person((each,)).with_lists().made for each in uncounted] == [None, None]


def test_what_was_listed_before_is_not_listed_anew():
    person = Person.of([make_contact(1, email="a@x.example")])
    kept = replace(person, made=Listed({}, [7]))
    assert kept.secondary_ids == [7]
