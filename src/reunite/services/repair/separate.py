"""Separate: keep persons apart despite all requests, and lift separations."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from reunite.core.errors import SeparationNotFound, StillOnePerson
from reunite.core.events import PersonsSeparated, SeparationLifted
from reunite.core.identifiers.kinds import Mark
from reunite.core.persons.person import Person
from reunite.core.policy.keys import possible_by_mark
from reunite.core.repair.regroup import Affected, Change, regroup
from reunite.core.repair.undo import Delta
from reunite.core.scope import Scope
from reunite.services.repair.edit import Edit, Repaired, Undo, edited
from reunite.services.repair.keys import Withheld, expected
from reunite.services.snapshots import from_snapshot
from reunite.store.database.queries import Snapshot, outside
from reunite.store.persons import persons
from reunite.store.tables import retired, separations
from reunite.store.tables.separations import ListedSeparation


@dataclass(frozen=True, slots=True)
class Separated:
    """The separation, and the two persons that it keeps apart, the older first.

    ``undo`` is what takes it back, None if nothing was written.
    """

    separation_id: int
    persons: list[Person]
    undo: Undo | None = field(default=None, compare=False)


def list_separations(
    scope: Scope, *, after: int, limit: int, contact_id: int | None = None
) -> Sequence[ListedSeparation]:
    """Up to ``limit`` separations, by id, from the one after the id ``after`` on.

    With ``contact_id`` those alone of the person of this contact. Then raises PersonNotFound,
    ContactDeleted, PersonErased or TemporarilyUnavailable.
    """
    page = partial(separations.listed, scope, after=after, limit=limit)
    if contact_id is None:
        return outside.read(page())

    def read(snapshot: Snapshot) -> Sequence[ListedSeparation]:
        person = snapshot.read(persons.find(scope, contact_id)).person
        return snapshot.read(page(contact_ids=[each.id for each in person.contacts]))

    return from_snapshot(read)


def separate(
    scope: Scope, contact_id: int, other_id: int, *, reason: str = "", dry_run: bool = False
) -> Separated:
    """Keep the persons of two contacts apart, until the separation is lifted.

    Keeping the same two contacts apart again changes nothing. A dry run writes nothing. Raises
    ContactNotFound, ContactDeleted, PersonErased, StillOnePerson or TemporarilyUnavailable.
    """
    pair = tuple(sorted((contact_id, other_id)))

    def repair(edit: Edit) -> Separated:
        before = edit.affected(each.person_id for each in edit.contacts(pair))
        persons = sorted(before.persons, key=lambda person: person.primary)
        if len(persons) == 1:
            raise StillOnePerson
        for each in before.separations:
            if (each.left_id, each.right_id) == pair:
                return Separated(each.id, persons)
        kept = edit.keep_apart([(contact_id, other_id)])
        separation_id = kept[0].separation.id
        undo = edit.record(
            before,
            Change(),
            regroup(before, Change()),
            did=Delta(separations_after=tuple(kept)),
            event=PersonsSeparated(separation_id=separation_id, contact_ids=pair),
        )
        return Separated(separation_id, persons, undo)

    return edited(scope, repair, reason=reason, dry_run=dry_run)


def lift(
    scope: Scope, separation_id: int, *, give_back: bool = False, dry_run: bool = False
) -> Repaired:
    """Let two persons become one again, should evidence say so.

    Nothing is joined by it, unless ``give_back``: then what both have, and is withheld in one since
    a split, counts in both again, and joins them. A dry run writes nothing. Raises
    SeparationNotFound, KeptApart or TemporarilyUnavailable.
    """

    def repair(edit: Edit) -> Repaired:
        lifted = edit.locked.read(separations.read(scope, separation_id))
        if lifted is None:
            raise SeparationNotFound
        person_ids = {each.person_id for each in edit.contacts(lifted.pair)}
        before = edit.affected(person_ids)
        change, released = Change(), frozenset[tuple[int, Mark]]()
        if give_back:
            change, released = _giving_back(edit, before)
            before = edit.affected_by_keys(change.values, also=person_ids)
        kept = [each for each in before.separations if each != lifted.separation]
        after = regroup(replace(before, separations=kept), change)
        after.require_apart()
        undo = edit.record(
            before,
            change,
            after,
            *separations.replaced(scope, [lifted], []),
            *retired.release(released),
            did=Delta(separations_before=(lifted,), released=released),
            event=SeparationLifted(separation_id=separation_id, contact_ids=lifted.pair),
        )
        return Repaired(after.persons, undo=undo)

    return edited(scope, repair, dry_run=dry_run)


def _giving_back(edit: Edit, before: Affected) -> tuple[Change, frozenset[tuple[int, Mark]]]:
    """The keys of contacts in which what the other person has is withheld no longer."""
    policy = edit.policy()
    withheld = edit.locked.read(retired.withheld(before.contacts))
    has = {id: possible_by_mark(each.values, policy=policy) for id, each in before.contacts.items()}
    sides = [
        {each for c in person.contacts for each in has[c.id].values()} for person in before.persons
    ]
    shared = set.intersection(*sides)
    released = frozenset(
        (id, mark)
        for id, marks in withheld.items()
        for mark, each in has[id].items()
        if mark in marks and each in shared
    )
    left: Withheld = {
        id: {mark for mark in marks if (id, mark) not in released} for id, marks in withheld.items()
    }
    values = expected(
        edit.scope,
        edit.locked,
        [before.contacts[id] for id in sorted({id for id, _ in released})],
        left,
        policy=policy,
    )
    return Change(values=values), released
