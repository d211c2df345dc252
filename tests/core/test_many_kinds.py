"""Requests with any number of identifiers, of kinds that no column holds, against an oracle."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from reunite.core.identifiers.kinds import ContactDetails, Value
from reunite.core.identify.guards import GuardContext
from reunite.core.identify.happenings import Merged
from reunite.core.identify.owners import OwnersReplay
from reunite.core.identify.plan import Outcome
from reunite.core.identify.replay import Replay
from reunite.core.persons.derive import derive
from reunite.core.policy.declared import DeclaredKind
from reunite.core.policy.details import contact_details
from reunite.core.policy.policy import SPEC
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


POLICY = replace(
    SPEC,
    kinds=(
        ("customerNumber", DeclaredKind(per_person=1)),
        ("email", DeclaredKind()),
        ("whatsapp", DeclaredKind()),
        ("note", DeclaredKind(links=False)),
    ),
)
FIELDS = ("customerNumber", "email", "whatsapp", "phone", "note")
said = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from("1234"), min_size=1, max_size=5)


class Someone(NamedTuple):
    """A person of the slow account: what it is known by, and its notes."""

    values: set
    notes: set


class Exclusive:
    """A slow account of requests of which one kind is exclusive, and one only carried."""

    def __init__(self):
        self.persons = []

    def identify(self, request):
        """The outcome, and the person of the strongest identifier."""
        newcomer, parties = self.parties(request)
        known = [each for each in parties if each is not newcomer]
        note = {request[FIELDS[-1]]} if FIELDS[-1] in request else set()
        is_new = bool(newcomer.values) or not note <= set().union(*(each.notes for each in known))
        joined = joining(parties)
        apart = newcomer.values and not any(each is newcomer for each in joined)
        whole = Someone(*(set().union(*each) for each in zip(*joined, strict=True)))
        if is_new:
            (newcomer if apart else whole).notes.update(note)
        self.persons = [each for each in self.persons if not any(each is one for one in joined)]
        self.persons += [whole, newcomer] if apart else [whole]
        if len(joined) < len(parties):
            return Outcome.HELD, whole
        return outcome_of(len(known), is_new), whole

    def parties(self, request):
        """The newcomer, and those who meet, the one with the strongest identifier first."""
        newcomer, parties = Someone(set(), set()), []
        for kind in FIELDS[:-1]:
            if (value := (kind, request.get(kind)))[1] is None:
                continue
            owner = next((each for each in self.persons if value in each.values), newcomer)
            if not any(owner is each for each in parties):
                parties.append(owner)
            if owner is newcomer:
                newcomer.values.add(value)
        return newcomer, parties


def joining(parties):
    """Those who become one: no two of them have different customer numbers."""
    joined = []
    for party in parties:
        values = set().union(*(each.values for each in [*joined, party]))
        if sum(kind == FIELDS[0] for kind, _ in values) <= 1:
            joined.append(party)
    return joined


def known_by(person):
    return {(kind, key.removesuffix("@x.example")) for kind, key in identifiers_of(person)}


@given(st.lists(said.filter(lambda request: request.keys() != {"note"}), max_size=12))
def test_exclusive_and_carried_kinds_decide_as_a_slow_account_does(requests):
    replay, account = Replay([], GuardContext(policy=POLICY)), Exclusive()
    ids = count(1)
    for minute, request in enumerate(requests):
        others = {kind: [each] for kind, each in request.items() if kind not in ("email", "phone")}
        email = f"{request['email']}@x.example" if "email" in request else None
        details = contact_details(email, request.get("phone"), others, policy=POLICY)
        answer = replay.identify(details, new_ids=ids, at=NOON + timedelta(minutes=minute))

        outcome, person = account.identify(request)

        assert answer.outcome is outcome
        assert known_by(answer.person) == person.values
        assert set(answer.person.others.get("note", [])) == person.notes
    found = map(known_by, replay.persons)
    assert sorted(map(sorted, found)) == sorted(sorted(each.values) for each in account.persons)
