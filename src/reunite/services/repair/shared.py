"""What all repairs share: evidence changes, and the persons that it touches are derived anew.

Each repair is one transaction that keeps other writers out; persons that it does not touch are not
read. The answer are the persons that result.
"""

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from reunite.core.errors import ContactDeleted, ContactNotFound, PersonErased
from reunite.core.events import Repair
from reunite.core.identifiers.kinds import Identifier, Kind, Value
from reunite.core.persons.evidence import Evidence, LiveLink, Step
from reunite.core.persons.person import End, Person, ends_in
from reunite.core.policy.keys import possible_identifiers
from reunite.core.policy.policy import Policy
from reunite.core.repair.settle import Change, LinkState, Settled, Touched
from reunite.core.repair.undo import Delta
from reunite.core.scope import Scope
from reunite.store.database.dialects import Statement
from reunite.store.database.transactions import Transaction, retried, transaction
from reunite.store.persons import carriers
from reunite.store.repair import repairs
from reunite.store.repair.repairs import Owned
from reunite.store.tables import repair_log

Result = TypeVar("Result")

NOTHING_ELSE = Delta()


@dataclass(frozen=True, slots=True)
class Connection:
    """The shortest chain of evidence between two ends, and the values as given along it."""

    steps: list[Step]
    given: dict[Identifier, str | None]


@dataclass(frozen=True, slots=True)
class UndoRepair:
    """Undo a repair by its id."""

    repair_id: int


@dataclass(frozen=True, slots=True)
class UndoRetire:
    """Restore what was retired: an email or a phone number, as given."""

    email: str | None
    phone_number: str | None


@dataclass(frozen=True, slots=True)
class UndoRestore:
    """Retire again what was restored: an email or a phone number, as given."""

    email: str | None
    phone_number: str | None


Undo = UndoRepair | UndoRetire | UndoRestore
"""What takes a repair back. Values that were retired or restored are not kept to undo it."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """The persons that result, oldest first.

    ``connected_by`` is what still joins those whom the evidence joined that was taken back.
    ``undo`` is what takes it back, None if nothing was written.
    """

    persons: list[Person]
    connected_by: Connection | None = None
    undo: Undo | None = field(default=None, compare=False)


def alone(scope: Scope, repair: Callable[[Transaction], Result]) -> Result:
    """Repair behind the workspace's gate."""

    def attempt(seconds_left: float) -> Result:
        with transaction(wait_seconds=seconds_left) as locked:
            repairs.lock(scope, locked)
            return repair(locked)

    return retried(attempt)


def carry_out(
    scope: Scope,
    locked: Transaction,
    before: Touched,
    change: Change,
    settled: Settled,
    *statements: Statement,
    did: Delta = NOTHING_ELSE,
    event: Repair,
    at: datetime,
    reason: str = "",
    undoes: int | None = None,
) -> UndoRepair:
    """Write a repair, with ``statements`` for what else it ``did``, and commit; what undoes it.

    What it did to links and contacts is added to that, so that it can be undone.
    """
    was = {known.link.id: known.state.decided for known in before.links}
    decided = {
        id: (was[id], state.decided)
        for id, state in settled.link_states.items()
        if state.decided is not was[id]
    }
    did = replace(
        did.with_persons(before.persons, settled.persons),
        links={**did.links, **decided},
        deleted=change.deleted,
        undeleted=frozenset(contact.id for contact in change.undeleted),
    )
    id = repair_log.record(scope, locked, did, type=event.type, at=at, undoes=undoes)
    locked.commit(
        *statements,
        *repairs.write(
            scope, before, change, settled, event=replace(event, repair_id=id), at=at, reason=reason
        ),
        *(repair_log.mark_undone(locked, undoes, by=id) if undoes is not None else []),
    )
    return UndoRepair(id)


def read_contacts(scope: Scope, contact_ids: Iterable[int], locked: Transaction) -> list[Owned]:
    """Live contacts; raises as read_contact does for the first that is none."""
    ids = list(contact_ids)
    found = repairs.owners_by_id(scope, locked, ids)
    return [_live(found.get(id)) for id in ids]


def read_contact(scope: Scope, contact_id: int, locked: Transaction) -> Owned:
    """A live contact; raises ContactNotFound, ContactDeleted or PersonErased."""
    return _live(repairs.owner_of(scope, locked, contact_id))


def _live(found: Owned | None) -> Owned:
    if found is None:
        raise ContactNotFound
    if found.is_erased:
        raise PersonErased
    if found.is_deleted:
        raise ContactDeleted
    return found


def connection(
    persons: Iterable[Person], links: Sequence[LiveLink], ends: tuple[End, ...]
) -> Connection | None:
    """What joins two ends, if there are two and one of the persons has both."""
    for person in persons:
        if len(set(ends)) > 1 and ends_in([person]) >= set(ends):
            evidence = Evidence(person, links)
            return Connection(evidence.chain(*ends) or [], evidence.given)
    return None


def had_by_nobody_else(
    scope: Scope,
    identifiers: Iterable[Identifier],
    person_id: int,
    contact_ids: Container[int],
    *,
    locked: Transaction,
    policy: Policy,
) -> set[Identifier]:
    """Those identifiers that no other person carries, and no other contact could carry again.

    ``contact_ids`` are the contacts of the person that go. What a contact could carry are its
    values where nothing is ignored or retired; but not what is withheld.
    """
    alone = set(identifiers)
    owners = repairs.owners_of(scope, locked, alone)
    alone = {each for each in alone if owners.get(each, person_id) == person_id}
    # What is carried counts in every contact that has it, so only of the rest others may have more.
    for kind in {each.kind for each in alone if each not in owners}:
        unused = carriers.unused(scope, locked, kind)
        for contact_id, contact in unused.items():
            if contact_id not in contact_ids:
                alone.difference_update(possible(kind, contact.given, policy))
    return alone


def possible(kind: Kind, given: str, policy: Policy) -> tuple[Identifier, ...]:
    """What a value could be known by if nothing were ignored or retired."""
    return possible_identifiers([Value(kind, given, None)], policy=policy)


def in_state(settled: Settled, state: LinkState) -> tuple[int, ...]:
    """The ids of the links that come into a state."""
    return tuple(id for id, now in settled.link_states.items() if now is state)
