"""Export: everything that is kept about a person."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from reunite.core.errors import ContactDeleted
from reunite.core.persons.person import End
from reunite.core.repair.undo import KeptSeparation
from reunite.core.scope import Scope
from reunite.services.repair.erase import identifiers_in, read_contacts
from reunite.services.repair.shared import had_by_nobody_else
from reunite.services.snapshots import from_snapshot
from reunite.store.persons import dossiers
from reunite.store.persons.dossiers import KeptContact
from reunite.store.persons.persons import Happened
from reunite.store.policy.rekeying import Reading
from reunite.store.tables import links, policies, retired, separations
from reunite.store.tables.links import KeptLink
from reunite.store.tables.retired import KeptWithheld, ListedRetired

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Exported:
    """A person's contacts, deleted ones too, and all that refers to them, each in order.

    ``own`` are its contacts, and those of their identifiers that nobody else has. ``events`` come
    from the database while they are asked for, once.
    """

    person_id: int
    contacts: list[KeptContact]
    own: set[End]
    links: list[KeptLink]
    separations: list[KeptSeparation]
    withheld: list[KeptWithheld]
    retired: list[ListedRetired]
    events: Iterator[Happened]

    def shown(self, end: End) -> End | None:
        """An end of a link, unless it is somebody else's."""
        return end if end in self.own else None


def export(scope: Scope, contact_id: int, use: Callable[[Exported], Result]) -> Result:
    """What ``use`` makes of everything that is kept about the person of a contact.

    All of it is as of one moment, and nobody waits. ``use`` is called again, from the beginning, if
    the database was lost meanwhile. Raises PersonNotFound, ContactDeleted, PersonErased or
    TemporarilyUnavailable.
    """

    def read() -> Result:
        reading = Reading()
        policy = policies.in_force(scope).policy
        person_id, contacts = read_contacts(scope, contact_id, reading)
        if all(contact.deleted_at for contact in contacts):
            raise ContactDeleted
        ids = {contact.id for contact in contacts}
        could_be = {each for contact in contacts for each in identifiers_in(contact, policy)}
        found = had_by_nobody_else(scope, could_be, person_id, ids, locked=reading, policy=policy)
        own: set[End] = {*ids, *found}
        link_rows, separation_rows, withheld_rows, retired_rows = reading.run(
            links.select_with_ends(scope, own),
            separations.select_of(ids),
            retired.select_withheld(ids),
            retired.select_those(scope, could_be),
        )
        return use(
            Exported(
                person_id,
                contacts,
                own,
                links.kept_from(link_rows),
                separations.kept_from(separation_rows),
                retired.kept_from(withheld_rows),
                retired.listed_from(retired_rows),
                dossiers.stream_events(ids),
            )
        )

    return from_snapshot(read)
