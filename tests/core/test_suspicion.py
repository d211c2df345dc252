import pytest

from reunite.core.identifiers.kinds import Kind
from reunite.core.persons.person import Person
from reunite.core.persons.suspicion import Counts, becomes_suspicious
from tests.core.contacts import contact_with, make_contact


def test_identifiers_are_counted_once_and_values_that_do_not_count_are_not():
    contacts = [
        make_contact(1, email="a@x.example", phone="1"),
        make_contact(2, email="b@x.example", phone="1"),
        contact_with(3, (None, "2"), (None, None)),
    ]
    assert Counts.of(Person.of(contacts)) == Counts(3, (2, 1))


@pytest.mark.parametrize(
    ("counts", "is_suspicious"),
    [
        (Counts(50, (10, 10)), False),
        (Counts(51, (1, 1)), True),
        (Counts(11, (11, 1)), True),
        (Counts(11, (1, 11)), True),
    ],
)
def test_a_person_is_suspicious_beyond_fifty_contacts_or_ten_of_a_kind(counts, is_suspicious):
    assert counts.is_suspicious == is_suspicious


def test_a_contact_adds_what_it_brings_and_a_person_all_it_has():
    counts = Counts(3, (2, 1))
    assert counts.and_contact([]) == Counts(4, (2, 1))
    assert counts.and_contact([Kind.EMAIL]) == Counts(4, (3, 1))
    assert counts.and_contact([Kind.EMAIL, Kind.PHONE]) == Counts(4, (3, 2))
    assert counts.and_person(Counts(1, (1, 1))) == Counts(4, (3, 2))


def test_only_who_was_not_suspicious_before_becomes_so():
    small, large = Counts(30, (1, 1)), Counts(51, (1, 1))
    assert becomes_suspicious([small, small], Counts(60, (1, 1)))
    assert not becomes_suspicious([small], Counts(31, (1, 1)))
    assert not becomes_suspicious([small, large], Counts(81, (1, 1)))
