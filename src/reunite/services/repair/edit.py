"""One edit for all repairs: evidence changes, and the persons that it touches are derived anew.

Each repair is one transaction that keeps other writers out; persons that it does not touch are not
read. The answer are the persons that result.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import combinations
from typing import TypeVar

from reunite.core.errors import ContactDeleted, ContactNotFound, PersonErased
from reunite.core.events import Regrouping, Repair
from reunite.core.identifiers.kinds import Identifier, Value
from reunite.core.persons.evidence import Evidence, LiveLink, Step
from reunite.core.persons.person import End, Person, ends_in
from reunite.core.policy.keys import possible_identifiers
from reunite.core.policy.policy import Policy
from reunite.core.repair.regroup import Affected, Change, LinkState, Regrouped
from reunite.core.repair.undo import Delta, KeptSeparation
from reunite.core.scope import Scope
from reunite.store.database.dialects import Statement
from reunite.store.database.locks import gate
from reunite.store.database.queries import Reader
from reunite.store.database.transactions import Transaction, retried, transaction
from reunite.store.persons import carriers
from reunite.store.repair import affected, repairs
from reunite.store.repair.affected import Owned
from reunite.store.tables import policies, repair_log, separations

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
    """Restore what was retired: a value of a kind, as given."""

    kind: str
    given: str


@dataclass(frozen=True, slots=True)
class UndoRestore:
    """Retire again what was restored: a value of a kind, as given."""

    kind: str
    given: str


Undo = UndoRepair | UndoRetire | UndoRestore
"""The request that undoes a repair. Values that were retired or restored are not stored for it."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """The persons that result, oldest first.

    ``connected_by`` is the evidence that still joins the ends of a revoked link. ``undo`` names the
    call that undoes the repair; None if nothing was written. ``before``, only of a dry run, are the
    persons as they are, oldest first.
    """

    persons: list[Person]
    connected_by: Connection | None = None
    undo: Undo | None = field(default=None, compare=False)
    before: Sequence[Person] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Edit:
    """One repair: a transaction behind the gate of the workspace, which it commits once.

    ``at`` is its time, and ``reason`` the operator's. A dry run does all but commit.
    """

    scope: Scope
    locked: Transaction
    at: datetime
    reason: str = ""
    is_dry_run: bool = False

    def policy(self) -> Policy:
        """The policy in force."""
        return self.locked.read(policies.in_force(self.scope)).policy

    def contacts(self, contact_ids: Iterable[int]) -> list[Owned]:
        """Live contacts; raises ContactNotFound, ContactDeleted or PersonErased."""
        ids = list(contact_ids)
        found = self.locked.read(affected.owned(self.scope, ids))
        return [_live(found.get(id)) for id in ids]

    def affected(self, person_ids: Iterable[int], *, also: Iterable[End] = ()) -> Affected:
        """Persons, all that joins or separates their contacts, and links with other ends."""
        return affected.of_persons(self.scope, self.locked, person_ids, also=also)

    def affected_by_keys(
        self, changes: Mapping[int, tuple[Value, ...]], *, also: Iterable[End] = ()
    ) -> Affected:
        """The persons that new keys of contacts affect, and the owners of ``also``."""
        return affected.by_keys(self.scope, self.locked, changes, also=also)

    def keep_apart(self, pairs: Iterable[tuple[int, int]]) -> list[KeptSeparation]:
        """Keep two contacts of each pair apart; the separations that are new."""
        kept = separations.keep(self.scope, pairs, reason=self.reason, at=self.at)
        return self.locked.read(kept)

    def record(
        self,
        before: Affected,
        change: Change,
        after: Regrouped,
        *statements: Statement,
        did: Delta = NOTHING_ELSE,
        event: Repair,
        undoes: int | None = None,
    ) -> UndoRepair:
        """Write a repair, with ``statements`` for what else it ``did``; what undoes it.

        What the change does to links and contacts is added to ``did``, so that it can be undone.
        """
        was = {known.link.id: known.state.decided for known in before.links}
        decided = {
            id: (was[id], state.decided)
            for id, state in after.link_states.items()
            if state.decided is not was[id]
        }
        did = replace(
            did.with_persons(before.persons, after.persons),
            links={**did.links, **decided},
            deleted=change.deleted,
            undeleted=frozenset(contact.id for contact in change.undeleted),
        )
        id = self.locked.read(
            repair_log.record(self.scope, did, type=event.type, at=self.at, undoes=undoes)
        )
        undone = [] if undoes is None else repair_log.mark_undone(self.locked, undoes, by=id)
        self.write(
            before,
            change,
            after,
            *repair_log.name_contacts(id, did),
            *statements,
            *undone,
            event=replace(event, repair_id=id),
        )
        return UndoRepair(id)

    def write(
        self,
        before: Affected,
        change: Change,
        after: Regrouped,
        *statements: Statement,
        event: Regrouping,
    ) -> None:
        """Write a change, with ``statements`` for what else is done, and commit."""
        self.commit(
            *statements,
            *repairs.write(
                self.scope, before, change, after, event=event, at=self.at, reason=self.reason
            ),
        )

    def commit(self, *statements: Statement) -> None:
        """Run the last statements and commit, unless it is a dry run."""
        if not self.is_dry_run:
            self.locked.commit(*statements)

    def repaired(
        self,
        before: Affected,
        persons: Sequence[Person],
        *,
        connected_by: Connection | None = None,
        undo: Undo | None = None,
    ) -> Repaired:
        """The result: nothing takes back what a dry run did not write."""
        if not self.is_dry_run:
            return Repaired(list(persons), connected_by, undo)
        were = sorted(before.persons, key=lambda person: person.primary)
        return Repaired(list(persons), connected_by, before=were)


def exclusively(scope: Scope, repair: Callable[[Transaction], Result]) -> Result:
    """Do something behind the workspace's gate, in a transaction that it commits."""

    def attempt(seconds_left: float) -> Result:
        with transaction(wait_seconds=seconds_left) as locked:
            locked.lock(gate(scope, shared=False))
            return repair(locked)

    return retried(attempt)


def edited(
    scope: Scope, repair: Callable[[Edit], Result], *, reason: str = "", dry_run: bool = False
) -> Result:
    """Repair behind the workspace's gate; a dry run leaves all as it is."""

    def begin(locked: Transaction) -> Result:
        locked.run()
        return repair(Edit(scope, locked, datetime.now(UTC), reason, is_dry_run=dry_run))

    return exclusively(scope, begin)


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
    """The evidence that joins the first two ends in one of the persons, if one has two."""
    for person in persons:
        had = ends_in([person])
        for start, end in combinations(dict.fromkeys(ends), 2):
            if start in had and end in had:
                evidence = Evidence(person, links)
                return Connection(evidence.chain(start, end) or [], evidence.given)
    return None


def exclusive_identifiers(
    scope: Scope,
    reader: Reader,
    identifiers: Iterable[Identifier],
    person_id: int,
    contact_ids: Container[int],
    *,
    policy: Policy,
) -> set[Identifier]:
    """Those identifiers that no other person carries, and no other contact could carry again.

    ``contact_ids`` are the contacts of the person that go. A contact could carry its
    values if nothing were ignored or retired; withheld values do not count.
    """
    own = set(identifiers)
    owners = reader.read(affected.owners_of(scope, own))
    own = {each for each in own if owners.get(each, person_id) == person_id}
    # A carried identifier is a key in every contact with that value: the others need the scan.
    for identifier in carriers.one_of_each(own.difference(owners)):
        unused = reader.read(carriers.unused(scope, identifier))
        for contact_id, contact in unused.items():
            if contact_id not in contact_ids:
                own.difference_update(possible(identifier.kind, contact.given, policy))
    return own


def possible(kind: str, given: str, policy: Policy) -> tuple[Identifier, ...]:
    """The identifier that a value would be if nothing were ignored or retired."""
    return possible_identifiers([Value(kind, given, None)], policy=policy)


def in_state(after: Regrouped, state: LinkState) -> tuple[int, ...]:
    """The ids of the links that come into a state."""
    return tuple(id for id, now in after.link_states.items() if now is state)
