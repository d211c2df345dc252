"""Separate: keep persons apart, whatever requests say, and let them meet again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from reunite.core.errors import SeparationNotFound, StillOnePerson
from reunite.core.person import Person
from reunite.services.repair import Repaired, alone, read_contact
from reunite.services.snapshots import from_snapshot
from reunite.store import persons, repairs, separations
from reunite.store.events import Told
from reunite.store.separations import ListedSeparation
from reunite.store.transactions import Transaction
from reunite.store.workspaces import DEFAULT_WORKSPACE_ID


@dataclass(frozen=True, slots=True)
class Separated:
    """The separation, and the two persons that it keeps apart, the older first."""

    separation_id: int
    persons: list[Person]


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
        (separation_id,) = separations.keep(
            locked, [(contact_id, other_id)], reason=reason, workspace_id=workspace_id, at=now
        )
        locked.commit(
            *repairs.tell(
                persons,
                persons,
                type="persons.separated",
                payload={"separationId": separation_id, "contactIds": pair},
                told=Told(workspace_id, request_id),
                at=now,
            )
        )
        return Separated(separation_id, persons)

    return alone(repair, workspace_id)


def lift(
    separation_id: int,
    *,
    workspace_id: int = DEFAULT_WORKSPACE_ID,
    request_id: str | None = None,
) -> Repaired:
    """Let two persons become one again, should evidence say so; nothing is joined by it.

    Raises SeparationNotFound or TemporarilyUnavailable.
    """

    def repair(locked: Transaction) -> Repaired:
        (rows,) = locked.run(separations.select(separation_id, workspace_id=workspace_id))
        if not rows:
            raise SeparationNotFound
        pair = rows[0][1:]
        person_ids = {read_contact(each, locked, workspace_id).person_id for each in pair}
        before = repairs.touched(locked, person_ids, workspace_id=workspace_id)
        persons = sorted(before.persons, key=lambda person: person.primary)
        locked.commit(
            *separations.delete([separation_id]),
            *repairs.tell(
                persons,
                persons,
                type="separation.lifted",
                payload={"separationId": separation_id, "contactIds": pair},
                told=Told(workspace_id, request_id),
                at=datetime.now(UTC),
            ),
        )
        return Repaired(persons)

    return alone(repair, workspace_id)
