"""Export: everything that is kept about a person."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from reunite.core.errors import ContactDeleted
from reunite.core.persons.person import End
from reunite.core.repair.undo import KeptSeparation
from reunite.core.scope import Scope
from reunite.services.repair.edit import exclusive_identifiers
from reunite.services.repair.erase import identifiers_in, read_contacts
from reunite.services.snapshots import from_snapshot
from reunite.store.database.queries import Snapshot
from reunite.store.persons import dossiers
from reunite.store.persons.dossiers import KeptContact
from reunite.store.persons.persons import Happened
from reunite.store.tables import links, policies, retired, separations
from reunite.store.tables.links import KeptLink
from reunite.store.tables.retired import KeptWithheld, ListedRetired

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Exported:
    """A person's contacts, deleted ones too, and all that refers to them, each in order.

    ``own`` are its contacts, and the identifiers that only these contacts have. ``events`` come
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
        """An end of a link, unless it belongs to another person."""
        return end if end in self.own else None


def export(scope: Scope, contact_id: int, use: Callable[[Exported], Result]) -> Result:
    """What ``use`` makes of everything that is kept about the person of a contact.

    All rows are of one moment, and no writer waits. If the database was lost, ``use`` is called
    again from the beginning. Raises PersonNotFound, ContactDeleted, PersonErased or
    TemporarilyUnavailable.
    """

    def read(snapshot: Snapshot) -> Result:
        policy = snapshot.read(policies.in_force(scope)).policy
        person_id, contacts = read_contacts(scope, snapshot, contact_id)
        if all(contact.deleted_at for contact in contacts):
            raise ContactDeleted
        ids = {contact.id for contact in contacts}
        could_be = {each for contact in contacts for each in identifiers_in(contact, policy)}
        found = exclusive_identifiers(scope, snapshot, could_be, person_id, ids, policy=policy)
        own: set[End] = {*ids, *found}
        kept = snapshot.read(
            links.with_ends(scope, own),
            separations.of(ids),
            retired.kept_withheld(ids),
            retired.those(scope, could_be),
        )
        return use(Exported(person_id, contacts, own, *kept, dossiers.events(snapshot, ids)))

    return from_snapshot(read)
