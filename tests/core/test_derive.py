from datetime import timedelta

from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.persons.derive import derive
from reunite.core.persons.person import Contact
from tests.builders import NOON, details_of


def contact(id, email=None, phone=None, *, minutes=0):
    at = NOON + timedelta(minutes=minutes)
    return Contact.of(details_of(email, phone), id=id, created_at=at)


def ids(persons):
    return [[each.id for each in person.contacts] for person in persons]


def test_contacts_with_the_same_identifier_are_one_person_and_the_oldest_comes_first():
    persons = derive(
        [
            contact(3, "c@x.example", minutes=1),
            contact(1, "a@x.example", "1", minutes=5),
            contact(2, "b@x.example", "1", minutes=4),
        ],
        [],
    )

    assert ids(persons) == [[3], [2, 1]]


def test_a_link_joins_those_who_carry_its_ends():
    contacts = [contact(1, "a@x.example"), contact(2, None, "2")]
    link = (Identifier(Kind.EMAIL, "a@x.example"), Identifier(Kind.PHONE, "2"))

    assert ids(derive(contacts, [link])) == [[1, 2]]


def test_links_over_an_identifier_that_nobody_carries_join_nothing():
    contacts = [contact(1, "a@x.example"), contact(2, None, "2")]
    between = Identifier(Kind.EMAIL, "gone@x.example")
    links = [
        (Identifier(Kind.EMAIL, "a@x.example"), between),
        (between, Identifier(Kind.PHONE, "2")),
    ]

    assert ids(derive(contacts, links)) == [[1], [2]]
