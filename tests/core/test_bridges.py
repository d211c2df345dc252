"""Bridges are told in the order in which somebody should look at them, each way to part once."""

from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.persons.bridges import parted, ranked
from reunite.core.persons.evidence import Edge, Evidence, LiveLink
from reunite.core.persons.person import Person
from tests.builders import NOON
from tests.core.contacts import make_contact


def contact(id, email, phone):
    return make_contact(id, email=email, phone=phone, minutes=id)


def evidence(*contacts, links=()):
    return Evidence(Person.of(contacts), links)


def link(left, right, id=1):
    return LiveLink(id, left, right, "request", None, NOON)


def ends(bridge):
    at = bridge.at
    return (at.left, at.right) if isinstance(at, Edge) else at


PHONE = Identifier(Kind.PHONE, "555")


def test_an_identifier_is_told_rather_than_the_edges_to_it():
    bridges = evidence(contact(1, "a@x.example", "555"), contact(2, "b@x.example", "555")).bridges()
    assert len(bridges) > 1
    assert [ends(each) for each in ranked(bridges)] == [PHONE]


def test_what_parts_most_comes_first():
    found = ranked(
        evidence(
            contact(1, "a@x.example", "555"),
            contact(2, "a@x.example", None),
            contact(3, "b@x.example", "555"),
            contact(4, "b@x.example", None),
            contact(5, "b@x.example", None),
        ).bridges()
    )
    assert ends(found[0]) == PHONE
    assert [parted(each) for each in found] == sorted(map(parted, found), reverse=True)
    assert parted(found[0]) == 2


def test_a_link_is_told_rather_than_its_ends():
    email = Identifier(Kind.EMAIL, "a@x.example")
    found = ranked(
        evidence(
            contact(1, "a@x.example", None), contact(2, None, "555"), links=[link(email, PHONE)]
        ).bridges()
    )
    assert [ends(each) for each in found] == [(email, PHONE)]


def test_a_contact_is_told_where_nothing_else_parts_the_same():
    found = ranked(
        evidence(
            contact(1, "a@x.example", None),
            contact(2, "a@x.example", "555"),
            contact(3, None, "555"),
        ).bridges()
    )
    assert ends(found[-1]) == 2
