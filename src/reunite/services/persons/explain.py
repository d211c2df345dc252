"""Explain: which evidence joins two contacts or identifiers?"""

from collections.abc import Sequence
from dataclasses import dataclass

from reunite.core.errors import PersonNotFound, PersonTooLarge
from reunite.core.identifiers.kinds import Standing
from reunite.core.persons.evidence import Evidence, Node, Step
from reunite.core.policy.details import NO_OTHERS, Others
from reunite.core.scope import Scope
from reunite.services.persons.search import FoundContact, holders
from reunite.services.persons.show import Orders, evidence_of
from reunite.services.persons.standing import Asked, read_asked
from reunite.services.snapshots import from_snapshot
from reunite.store.database.queries import Snapshot, outside
from reunite.store.persons import persons
from reunite.store.tables import policies

MAX_CONTACTS = 5_000
"""The most contacts that are looked at."""

End = int | Asked
"""One end of a chain: a contact's id, or a value."""


@dataclass(frozen=True, slots=True)
class NotCounting:
    """An end that does not count and joins no persons: why, and which contacts hold it."""

    standing: Standing
    contacts: Sequence[FoundContact]


@dataclass(frozen=True, slots=True)
class Explained:
    """The steps from one end to the other, None if they are not joined; and where to look.

    If an end does not count, there is no evidence, and ``person_id`` is the person of the other
    end, or None. ``not_counting`` has a place for each end, the start's first.
    """

    person_id: int | None
    evidence: Evidence | None
    orders: Orders
    steps: list[Step] | None
    not_counting: tuple[NotCounting | None, NotCounting | None] = (None, None)


def read_end(
    scope: Scope,
    *,
    email: str | None = None,
    phone_number: str | None = None,
    identifiers: Others = NO_OTHERS,
) -> Asked:
    """An end that is a value, also one that does not count; raises InvalidRequest."""
    policy = outside.read(policies.in_force(scope)).policy
    return read_asked(email, phone_number, identifiers, policy)


def explain(scope: Scope, start: End, end: End, *, within: int | None = None) -> Explained:
    """The shortest chain of evidence between two ends.

    It is sought among the evidence of ``within``'s person, or else of the start's. Of a person of
    more than MAX_CONTACTS contacts these are the oldest, and those of the ends: there may be a
    shorter chain. Raises PersonNotFound, ContactDeleted, PersonTooLarge where such a part does not
    tell, or TemporarilyUnavailable.
    """

    def read(snapshot: Snapshot) -> Explained:
        found = _find(scope, snapshot, start), _find(scope, snapshot, end)
        ids = [each for each in found if isinstance(each, int)]
        if len(ids) < len(found):
            known = [snapshot.read(persons.find(scope, id, max_contacts=1)) for id in ids]
            left, right = (each if isinstance(each, NotCounting) else None for each in found)
            person_id = known[0].person.id if known else None
            return Explained(person_id, None, {}, None, (left, right))
        asked = ids[0] if within is None else within
        shown = snapshot.read(persons.find(scope, asked, max_contacts=MAX_CONTACTS))
        shown = snapshot.read(persons.extended(shown, ids))
        evidence, orders = evidence_of(scope, snapshot, shown)
        person = evidence.person
        steps = evidence.chain(_node(start), _node(end))
        if steps is None and person.more and _node(start) in evidence and _node(end) in evidence:
            raise PersonTooLarge
        return Explained(person.id, evidence, orders, steps)

    return from_snapshot(read)


def _find(scope: Scope, snapshot: Snapshot, end: End) -> int | NotCounting:
    """The id of a contact that is the end, or in which it counts; else why it counts in none."""
    if isinstance(end, int):
        snapshot.read(persons.find(scope, end, max_contacts=1))
        return end
    carrier_id = snapshot.read(persons.carrier_of(scope, end.identifier))
    if carrier_id is not None:
        return carrier_id
    policy = snapshot.read(policies.in_force(scope)).policy
    standing, contacts = holders(scope, snapshot, end, policy)
    if standing is Standing.COUNTS:
        if not contacts:
            raise PersonNotFound
        standing = Standing.WITHHELD
    return NotCounting(standing, contacts)


def _node(end: End) -> Node:
    return end if isinstance(end, int) else end.identifier
