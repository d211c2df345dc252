from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.persons.components import Components
from reunite.core.persons.evidence import GROUP_MAX_LISTED, Edge, Evidence, LiveLink
from reunite.core.persons.person import Person
from tests.builders import NOON
from tests.core.contacts import contact_with, make_contact


def email(key):
    return Identifier(Kind.EMAIL, key)


def phone(key):
    return Identifier(Kind.PHONE, key)


def make_link(id, left, right, *, minutes=0):
    return LiveLink(id, left, right, "request", None, NOON + timedelta(minutes=minutes))


def evidence_of(*contacts, links=()):
    return Evidence(Person.of(contacts), links)


keys = st.tuples(
    st.sampled_from([None, *"abcd"]), st.sampled_from([None, *"1234"]), st.integers(0, 3)
)
identifiers = st.sampled_from([*map(email, "abcde"), *map(phone, "12345")])
pairs = st.tuples(identifiers, identifiers).filter(lambda pair: pair[0] != pair[1])


@st.composite
def evidences(draw):
    contacts = [
        contact_with(id, (e and e.upper(), p), (e, p), NOON + timedelta(minutes=minutes))
        for id, (e, p, minutes) in enumerate(draw(st.lists(keys, min_size=1, max_size=8)), 1)
    ]
    links = [
        make_link(id, *pair, minutes=id % 3) for id, pair in enumerate(draw(st.lists(pairs)), 1)
    ]
    return evidence_of(*contacts, links=links)


def groups_without(evidence, gone):
    """Who stays together without a node or an edge, among those whom it joins: by union-find."""

    def groups(gone):
        parts = Components()
        for contact in evidence.person.contacts:
            if contact.id != gone:
                parts.find(contact.id)
        for edge in evidence.edges:
            if edge is not gone and gone not in (edge.left, edge.right):
                parts.join([edge.left, edge.right])
        contacts = ({n for n in group if isinstance(n, int)} for group in parts.groups())
        return [group for group in contacts if group]

    whole = Components()
    for edge in evidence.edges:
        whole.join([edge.left, edge.right])
    of = whole.find(gone.left if isinstance(gone, Edge) else gone)
    return [g for g in groups(gone) if whole.find(next(iter(g))) == of]


@given(evidences())
def test_bridges_are_what_divides_contacts_when_it_is_taken_away(evidence):
    expected = []
    for gone in [*evidence.nodes, *evidence.edges]:
        groups = groups_without(evidence, gone)
        if len(groups) > 1:
            expected.append((gone, sorted(map(sorted, groups))))

    found = [
        (bridge.at, sorted(sorted(group.contact_ids) for group in bridge.groups))
        for bridge in evidence.bridges()
    ]

    assert sorted(found, key=repr) == sorted(expected, key=repr)
    for bridge in evidence.bridges():
        assert all(group.size == len(group.contact_ids) for group in bridge.groups)


def distances(evidence, start):
    """Steps to every node, by relaxing all edges until nothing changes."""
    far = {start: 0}
    for _ in evidence.nodes:
        for edge in evidence.edges:
            for one, other in ((edge.left, edge.right), (edge.right, edge.left)):
                if one in far:
                    far[other] = min(far.get(other, 99), far[one] + 1)
    return far


@given(evidences(), st.data())
def test_a_chain_is_connected_evidence_and_as_short_as_can_be(evidence, data):
    start, end = (data.draw(st.sampled_from(evidence.nodes)) for _ in range(2))

    chain = evidence.chain(start, end)

    assert (None if chain is None else len(chain)) == distances(evidence, start).get(end)
    if chain:
        assert (chain[0].start, chain[-1].end) == (start, end)
        assert all(one.end == next.start for one, next in pairwise(chain))
        edges = {(edge.left, edge.right, edge.source) for edge in evidence.edges}
        assert all({(s.start, s.end, s.source), (s.end, s.start, s.source)} & edges for s in chain)


def test_of_two_chains_as_short_the_oldest_evidence_is_told():
    first = make_contact(1, email="a@x.example", phone="1")
    second = make_contact(2, email="a@x.example", phone="1", minutes=1)
    evidence = evidence_of(
        first, second, links=[make_link(7, email("a@x.example"), phone("1"), minutes=-1)]
    )

    assert [step.source.id for step in evidence.chain(1, 2)] == [1, 2]
    assert [step.end for step in evidence.chain(1, 2)] == [email("a@x.example"), 2]
    assert [s.source.id for s in evidence.chain(email("a@x.example"), phone("1"))] == [7]


def test_nothing_leads_to_or_from_what_is_not_of_the_person():
    evidence = evidence_of(make_contact(1, email="a@x.example"))

    assert evidence.chain(1, 2) is None
    assert evidence.chain(2, 2) is None
    assert evidence.chain(1, email("b@x.example")) is None
    assert evidence.chain(1, 1) == []


def test_a_shared_phone_is_all_that_holds_two_contacts_together():
    evidence = evidence_of(
        make_contact(1, email="lorraine@hillvalley.edu", phone="123456"),
        make_contact(23, email="mcfly@hillvalley.edu", phone="123456", minutes=1),
    )

    bridges = evidence.bridges()

    assert [getattr(bridge.at, "left", bridge.at) for bridge in bridges] == [
        phone("123456"),
        1,
        23,
    ]
    assert {tuple(group.contact_ids for group in bridge.groups) for bridge in bridges} == {
        ((1,), (23,))
    }


@pytest.mark.parametrize("key", [None, "b@x.example"])
def test_a_contact_that_nothing_joins_is_no_group_of_what_joins_others(key):
    alone = contact_with(3, ("b@x.example", None), (key, None), NOON + timedelta(minutes=9))
    evidence = evidence_of(make_contact(1, email="a@x.example"), alone)
    assert evidence.bridges() == []


def test_values_are_shown_as_first_given():
    evidence = evidence_of(
        make_contact(2, email="A@x.example", minutes=1), make_contact(1, email=" a@X.example")
    )
    assert evidence.given == {email("a@x.example"): " a@X.example"}


def test_a_line_of_ten_thousand_contacts_takes_no_recursion():
    contacts = [
        make_contact(i, email=f"{i // 2}@x.example", phone=str((i + 1) // 2), minutes=i)
        for i in range(1, 10_001)
    ]
    evidence = evidence_of(*contacts)

    bridges = evidence.bridges()

    assert len(evidence.chain(1, 10_000)) == 2 * 9_999
    # Every contact between the ends, every shared identifier, and both edges of each.
    assert len(bridges) == 9_998 + 3 * 9_999
    assert all(len(g.contact_ids) <= GROUP_MAX_LISTED for b in bridges for g in b.groups)
    assert {sum(g.size for g in b.groups) for b in bridges} == {9_999, 10_000}
