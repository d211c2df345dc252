"""Show a person: its contacts, its evidence, and what happened to it."""

from dataclasses import dataclass

from reunite.conf import reunite_settings
from reunite.core.evidence import Evidence
from reunite.services.snapshots import from_snapshot
from reunite.store import persons
from reunite.store.persons import Happened, ShownContact, ShownPerson
from reunite.store.workspaces import DEFAULT_WORKSPACE_ID

Event = Happened
"""What happened once."""


@dataclass(frozen=True, slots=True)
class History:
    """A page of what happened to a person; the next begins after ``next``, None at the end."""

    person_id: int
    events: list[Happened]
    next: int | None


@dataclass(frozen=True, slots=True)
class Contacts:
    """A page of a person's contacts; the next begins after ``next``, None at the end."""

    person_id: int
    contacts: list[ShownContact]
    next: int | None


def show_person(contact_id: int, *, workspace_id: int = DEFAULT_WORKSPACE_ID) -> ShownPerson:
    """The person that a contact belongs to, with as many contacts as answers list at most.

    Raises PersonNotFound, ContactDeleted or TemporarilyUnavailable, as all here do.
    """
    return from_snapshot(lambda: _find(contact_id, workspace_id))


def show_contacts(
    contact_id: int, *, after: int, limit: int, workspace_id: int = DEFAULT_WORKSPACE_ID
) -> Contacts:
    """Up to ``limit`` contacts of a contact's person, oldest first, those after ``after``."""

    def read() -> Contacts:
        person_id, found = persons.contacts_of(
            contact_id, after=after, limit=limit + 1, workspace_id=workspace_id
        )
        page = found[:limit]
        return Contacts(person_id, page, page[-1].contact.id if len(found) > limit else None)

    return from_snapshot(read)


def show_evidence(contact_id: int, *, workspace_id: int = DEFAULT_WORKSPACE_ID) -> Evidence:
    """What joins the contacts of the person that a contact belongs to.

    Of a person of more contacts than answers list, what joins the oldest of them.
    """

    def read() -> Evidence:
        person = _find(contact_id, workspace_id).person
        return Evidence(person, persons.links_of(person, workspace_id=workspace_id))

    return from_snapshot(read)


def show_history(
    contact_id: int, *, after: int, limit: int, workspace_id: int = DEFAULT_WORKSPACE_ID
) -> History:
    """Up to ``limit`` events of a contact's person, those after the position ``after``.

    Those of persons that were absorbed into it are among them. Of events that say much there are
    fewer on a page.
    """

    def read() -> History:
        person_id, events, is_more = persons.history_of(
            contact_id, after=after, limit=limit, workspace_id=workspace_id
        )
        return History(person_id, events, events[-1].position if is_more else None)

    return from_snapshot(read)


def _find(contact_id: int, workspace_id: int) -> ShownPerson:
    max_contacts = reunite_settings().ANSWER_MAX_CONTACTS
    return persons.find(contact_id, max_contacts=max_contacts, workspace_id=workspace_id)
