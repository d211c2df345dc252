"""Requests with any number of identifiers, of kinds that no column holds, against an oracle."""

from datetime import timedelta
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from reunite.core.identifiers.kinds import ContactDetails, Value
from reunite.core.identify.happenings import Merged
from reunite.core.identify.owners import OwnersReplay
from reunite.core.identify.plan import Outcome
from reunite.core.identify.replay import Replay
from reunite.core.persons.derive import derive
from tests.builders import NOON

KINDS = ("customerNumber", "email", "whatsapp", "phone")
values = st.tuples(st.sampled_from(KINDS), st.sampled_from("abc"))
requests = st.lists(st.lists(values, min_size=1, max_size=8, unique=True), max_size=9)


def details_of(request):
    """In the order of strength."""
    in_order = sorted(request, key=lambda value: KINDS.index(value[0]))
    return ContactDetails(tuple(Value(kind, key.upper(), key) for kind, key in in_order))


def replayed(replay, requests):
    ids = count(1)
    return [
        replay.identify(details_of(request), new_ids=ids, at=NOON + timedelta(minutes=minute))
        for minute, request in enumerate(requests)
    ]


def identifiers_of(person):
    return {identifier for contact in person.contacts for identifier in contact.identifiers}


def outcome_of(persons, is_new):
    if persons > 1:
        return Outcome.MERGED
    if persons == 1:
        return Outcome.LINKED if is_new else Outcome.UNCHANGED
    return Outcome.CREATED


@given(requests)
def test_persons_are_the_components_of_what_came_together_in_requests(requests):
    replay, expected = Replay([]), []

    for request, answer in zip(requests, replayed(replay, requests), strict=True):
        asked = set(request)
        met = [each for each in expected if each & asked]
        is_new = not asked <= set().union(*met)
        expected = [each for each in expected if each not in met] + [asked.union(*met)]

        decision = answer.decision
        assert answer.outcome is outcome_of(len(met), is_new)
        assert (decision.created is not None) == is_new
        assert len(decision.absorbed) == max(len(met) - 1, 0)
        assert len(decision.links) == (0 if is_new else len(decision.absorbed))
        assert answer.person.id == min(each.id for each in answer.person.contacts)
        assert identifiers_of(answer.person) == expected[-1]
    assert sorted(map(sorted, map(identifiers_of, replay.persons))) == sorted(map(sorted, expected))


@given(requests)
def test_evidence_alone_makes_the_same_persons(requests):
    replay = Replay([])
    replayed(replay, requests)

    contacts = [contact for person in replay.persons for contact in person.contacts]
    links = [each.link for each in replay.happenings if isinstance(each, Merged) and each.link]

    found = sorted(replay.persons, key=lambda person: person.primary)
    assert [p.contacts for p in derive(contacts, links)] == [p.contacts for p in found]


@given(requests)
def test_to_know_the_owners_is_enough(requests):
    whole, owners = Replay([]), OwnersReplay()

    decisions = [each.decision for each in replayed(whole, requests)]
    found = replayed(owners, requests)

    assert [(contact and contact.id, tuple(links)) for contact, links in found] == [
        (each.created, each.links) for each in decisions
    ]
    merges = [each for each in whole.happenings if isinstance(each, Merged)]
    known = [each for each in owners.happenings({}) if isinstance(each, Merged)]
    assert [(e.person, e.absorbed, e.link, e.given, set(e.contact_ids)) for e in known] == [
        (e.person, e.absorbed, e.link, e.given, set(e.contact_ids)) for e in merges
    ]
