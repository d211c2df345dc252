"""Separate: keep persons apart, whatever requests say, and let them meet again."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

from reunite.core.errors import SeparationNotFound, StillOnePerson
from reunite.core.events import PersonsSeparated, SeparationLifted
from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.persons.person import Person
from reunite.core.policy.keys import possible_identifiers
from reunite.core.repair.settle import Change, Touched, settle
from reunite.core.repair.undo import Delta
from reunite.services.repair.keys import Withheld, expected
from reunite.services.repair.shared import Repaired, Undo, alone, carry_out, read_contact
from reunite.services.snapshots import from_snapshot
from reunite.store.database.transactions import Transaction
from reunite.store.persons import persons
from reunite.store.repair import repairs
from reunite.store.tables import policies, retired, separations
from reunite.store.tables.events import Told
from reunite.store.tables.separations import ListedSeparation
from reunite.store.tables.workspaces import DEFAULT_WORKSPACE_ID


@dataclass(frozen=True, slots=True)
class Separated:
    """The separation, and the two persons that it keeps apart, the older first.

    ``undo`` is what takes it back, None if nothing was written.
    """

    separation_id: int
    persons: list[Person]
    undo: Undo | None = field(default=None, compare=False)


def list_separations(
    *,
    after: int,
    limit: int,
    contact_id: int | None = None,
    workspace_id: int = DEFAULT_WORKSPACE_ID,
) -> Sequence[ListedSeparation]:
    """Up to ``limit`` separations, by id, from the one after the id ``after`` on.

    With ``contact_id`` those alone of the person of this contact. Then raises PersonNotFound,
    ContactDeleted, PersonErased or TemporarilyUnavailable.
    """
    page = partial(separations.select_listed, after=after, limit=limit, workspace_id=workspace_id)
    if contact_id is None:
        return separations.listed(page())

    def read() -> Sequence[ListedSeparation]:
        person = persons.find(contact_id, workspace_id=workspace_id).person
        return separations.listed(page(contact_ids=[each.id for each in person.contacts]))

    return from_snapshot(read)


def separate(
    contact_id: int,
    other_id: int,
    *,
    reason: str = "",
    workspace_id: int = DEFAULT_WORKSPACE_ID,
    request_id: str | None = None,
) -> Separated:
    """Keep the persons of two contacts apart, for as long as nobody lifts it.

    Keeping the same two contacts apart again changes nothing. Raises ContactNotFound,
    ContactDeleted, PersonErased, StillOnePerson or TemporarilyUnavailable.
    """
    pair = tuple(sorted((contact_id, other_id)))

    def repair(locked: Transaction) -> Separated:
        person_ids = {read_contact(each, locked, workspace_id).person_id for each in pair}
        before = repairs.touched(locked, person_ids, workspace_id=workspace_id)
        persons = sorted(before.persons, key=lambda person: person.primary)
        if len(persons) == 1:
            raise StillOnePerson
        for each in before.separations:
            if (each.left_id, each.right_id) == pair:
                return Separated(each.id, persons)
        now = datetime.now(UTC)
        kept = separations.keep(
            locked, [(contact_id, other_id)], reason=reason, workspace_id=workspace_id, at=now
        )
        separation_id = kept[0].separation.id
        undo = carry_out(
            locked,
            before,
            Change(),
            settle(before, Change()),
            did=Delta(separations_after=tuple(kept)),
            event=PersonsSeparated(separation_id=separation_id, contact_ids=pair),
            told=Told(workspace_id, request_id),
            at=now,
            reason=reason,
        )
        return Separated(separation_id, persons, undo)

    return alone(repair, workspace_id)


def lift(
    separation_id: int,
    *,
    give_back: bool = False,
    workspace_id: int = DEFAULT_WORKSPACE_ID,
    request_id: str | None = None,
) -> Repaired:
    """Let two persons become one again, should evidence say so.

    Nothing is joined by it, unless ``give_back``: then what both have, and is withheld in one since
    a split, counts in both again, and joins them. Raises SeparationNotFound, KeptApart or
    TemporarilyUnavailable.
    """

    def repair(locked: Transaction) -> Repaired:
        (rows,) = locked.run(separations.select(separation_id, workspace_id=workspace_id))
        if not rows:
            raise SeparationNotFound
        (lifted,) = separations.kept_from(rows)
        person_ids = {read_contact(each, locked, workspace_id).person_id for each in lifted.pair}
        before = repairs.touched(locked, person_ids, workspace_id=workspace_id)
        change, released = Change(), frozenset[tuple[int, Kind]]()
        if give_back:
            change, released = _giving_back(before, locked, workspace_id)
            before = repairs.touched_by_keys(
                locked, change.keys, also=person_ids, workspace_id=workspace_id
            )
        kept = [each for each in before.separations if each != lifted.separation]
        settled = settle(replace(before, separations=kept), change)
        settled.require_apart()
        undo = carry_out(
            locked,
            before,
            change,
            settled,
            *separations.replaced([lifted], [], workspace_id=workspace_id),
            *retired.release(released),
            did=Delta(separations_before=(lifted,), released=released),
            event=SeparationLifted(separation_id=separation_id, contact_ids=lifted.pair),
            told=Told(workspace_id, request_id),
            at=datetime.now(UTC),
        )
        return Repaired(settled.persons, undo=undo)

    return alone(repair, workspace_id)


def _giving_back(
    before: Touched, locked: Transaction, workspace_id: int
) -> tuple[Change, frozenset[tuple[int, Kind]]]:
    """The keys of contacts in which what the other person has is withheld no longer."""
    policy = policies.in_force(workspace_id=workspace_id).policy
    (rows,) = locked.run(retired.select_withheld(before.contacts))
    withheld = retired.withheld_from(rows)
    has: dict[int, set[Identifier]] = {
        id: {*possible_identifiers(each.email, each.phone_number, policy=policy)}
        for id, each in before.contacts.items()
    }
    sides = [{each for c in person.contacts for each in has[c.id]} for person in before.persons]
    shared = set.intersection(*sides)
    released = frozenset(
        (id, each.kind)
        for id, kinds in withheld.items()
        for each in has[id] & shared
        if each.kind in kinds
    )
    left: Withheld = {
        id: {kind for kind in kinds if (id, kind) not in released} for id, kinds in withheld.items()
    }
    keys = expected(
        [before.contacts[id] for id in sorted({id for id, _ in released})],
        left,
        locked=locked,
        policy=policy,
        workspace_id=workspace_id,
    )
    return Change(keys=keys), released
