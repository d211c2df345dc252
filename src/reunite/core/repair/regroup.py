"""Regroup contacts into persons after a change of the evidence: keys, contacts, links.

Pure: the service reads what a change affects (``Affected``) and describes the change (``Change``);
``regroup`` derives the persons that result (``Regrouped``).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum, auto

from reunite.core.errors import AlreadyDecided, KeptApart, LinkDoesNotCount
from reunite.core.identifiers.kinds import Value
from reunite.core.persons.components import Components
from reunite.core.persons.derive import derive
from reunite.core.persons.evidence import LiveLink
from reunite.core.persons.person import Contact, End, Ends, Person, ends_in


class LinkState(StrEnum):
    """What a link is worth; only a live one counts.

    A live link is suspended while no contact carries one of its ends. A held link whose ends
    became one person in another way is settled: it needs no decision. Both follow from the
    evidence.
    """

    LIVE = "live"
    HELD = "held"
    REJECTED = "rejected"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    SETTLED = "settled"

    @property
    def decided(self) -> "LinkState":
        """The state without what follows from the evidence: live, held, rejected or revoked."""
        return _DECIDED.get(self, self)


_DECIDED = {LinkState.SUSPENDED: LinkState.LIVE, LinkState.SETTLED: LinkState.HELD}


class LinkDecision(Enum):
    """A decision on a link. Deciding the same again changes nothing."""

    APPROVE = auto()
    REJECT = auto()
    REVOKE = auto()
    RESTORE = auto()

    @property
    def gives_evidence(self) -> bool:
        """Whether a link may join persons by it."""
        return self in (LinkDecision.APPROVE, LinkDecision.RESTORE)


_AFTER: Mapping[LinkDecision, Mapping[LinkState, LinkState]] = {
    LinkDecision.APPROVE: dict.fromkeys(
        (LinkState.HELD, LinkState.SETTLED, LinkState.LIVE), LinkState.LIVE
    ),
    LinkDecision.REJECT: dict.fromkeys(
        (LinkState.HELD, LinkState.SETTLED, LinkState.REJECTED), LinkState.REJECTED
    ),
    LinkDecision.REVOKE: dict.fromkeys(
        (LinkState.LIVE, LinkState.SUSPENDED, LinkState.REVOKED), LinkState.REVOKED
    ),
    LinkDecision.RESTORE: {
        **{each: each for each in LinkState},
        LinkState.REVOKED: LinkState.LIVE,
        LinkState.REJECTED: LinkState.HELD,
    },
}


def state_after(decision: LinkDecision, state: LinkState) -> LinkState:
    """The state that a decision gives a link; raises AlreadyDecided or LinkDoesNotCount."""
    after = _AFTER[decision].get(state)
    if after is None:
        raise LinkDoesNotCount if decision is LinkDecision.REVOKE else AlreadyDecided
    return after


@dataclass(frozen=True, slots=True)
class KnownLink:
    """A stored link, in any state."""

    link: LiveLink
    state: LinkState

    @property
    def ends(self) -> Ends:
        """The ends that it joins."""
        return self.link.left, self.link.right


@dataclass(frozen=True, slots=True)
class Separation:
    """Two contacts, the smaller id first, that must never be one person."""

    id: int
    left_id: int
    right_id: int


@dataclass(frozen=True, slots=True)
class Affected:
    """The persons that a change touches, as they are before it; what links and separates them.

    ``links`` are in any state but revoked.
    """

    persons: Sequence[Person]
    links: Sequence[KnownLink] = ()
    separations: Sequence[Separation] = ()

    @property
    def contacts(self) -> dict[int, Contact]:
        """Their live contacts by id."""
        return {contact.id: contact for person in self.persons for contact in person.contacts}


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the evidence: keys of values, deleted contacts, states of links.

    ``values`` are the values of contacts, by contact id, with their new keys. ``deleted`` are ids
    of contacts. ``undeleted`` are contacts that come back, with their keys. ``link_ends`` are the
    new ends of links, by link id, after a change of keys. ``joined`` are the ends of new links.
    ``gone`` are ends at which no link can end again: deleted contacts, and identifiers that no
    other contact has.
    """

    values: Mapping[int, tuple[Value, ...]] = field(default_factory=dict)
    deleted: frozenset[int] = frozenset()
    undeleted: Sequence[Contact] = ()
    link_states: Mapping[int, LinkState] = field(default_factory=dict)
    link_ends: Mapping[int, Ends] = field(default_factory=dict)
    joined: Sequence[Ends] = ()
    gone: frozenset[End] = frozenset()


@dataclass(frozen=True, slots=True)
class Regrouped:
    """What follows: the persons, oldest first, and the links that change, by id.

    ``kept_apart`` are the separations that one of the persons would violate.
    """

    persons: list[Person]
    link_states: dict[int, LinkState]
    kept_apart: list[Separation]
    links: list[LiveLink]
    """Those that are live now, as they are now."""

    def require_apart(self) -> None:
        """Raise KeptApart if a separation would be violated."""
        if self.kept_apart:
            raise KeptApart(self.kept_apart[0].id)


def regroup(before: Affected, change: Change) -> Regrouped:
    """Derive the persons anew, and decide which links count.

    A live link is suspended when no contact carries one of its ends any more, and live again when
    contacts carry both ends. A held link whose ends are one person is settled, and held again
    when they part. A link with an end that is gone is revoked in any state: else it would join
    strangers if one of them sent the identifier one day.
    """
    contacts = _changed(before.contacts, change)
    carried = {end for contact in contacts for end in contact.ends}
    states: dict[int, LinkState] = {}
    live: list[LiveLink] = []
    held: list[tuple[KnownLink, Ends]] = []
    for known in before.links:
        left, right = change.link_ends.get(known.link.id, known.ends)
        state = change.link_states.get(known.link.id, known.state)
        if not change.gone.isdisjoint((left, right)):
            state = LinkState.REVOKED
        elif state in (LinkState.LIVE, LinkState.SUSPENDED):
            counts = carried.issuperset((left, right))
            state = LinkState.LIVE if counts else LinkState.SUSPENDED
        if state.decided is LinkState.HELD:
            held.append((known, (left, right)))
        elif state is not known.state:
            states[known.link.id] = state
        if state is LinkState.LIVE:
            live.append(replace(known.link, left=left, right=right))
    persons = derive(contacts, [*((link.left, link.right) for link in live), *change.joined])
    owners = {end: person.id for person in persons for end in ends_in([person])} if held else {}
    for known, (left, right) in held:
        is_one = left in owners and owners[left] == owners.get(right)
        state = LinkState.SETTLED if is_one else LinkState.HELD
        if state is not known.state:
            states[known.link.id] = state
    return Regrouped(persons, states, _violated(before.separations, persons), live)


def groups(before: Iterable[Person], after: Iterable[Person]) -> list[tuple[list[Person], ...]]:
    """Persons before and after, in groups: contacts moved only inside a group."""
    before, after = list(before), list(after)
    together: Components[int] = Components()
    for person in (*before, *after):
        together.join(contact.id for contact in person.contacts)
    by_group: dict[int, tuple[list[Person], ...]] = defaultdict(lambda: ([], []))
    for side, persons in enumerate((before, after)):
        for person in persons:
            by_group[together.find(person.id)][side].append(person)
    return list(by_group.values())


def members(persons: Iterable[Person]) -> set[tuple[int, ...]]:
    """The contacts of each person."""
    return {tuple(contact.id for contact in person.contacts) for person in persons}


def _changed(contacts: Mapping[int, Contact], change: Change) -> list[Contact]:
    kept = [
        contact if (values := change.values.get(id)) is None else contact._replace(values=values)
        for id, contact in contacts.items()
        if id not in change.deleted
    ]
    return [*kept, *change.undeleted]


def _violated(separations: Iterable[Separation], persons: Iterable[Person]) -> list[Separation]:
    person_of = {contact.id: person.id for person in persons for contact in person.contacts}
    return [
        each
        for each in separations
        if each.left_id in person_of and person_of[each.left_id] == person_of.get(each.right_id)
    ]
