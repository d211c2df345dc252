"""Show a person: its contacts, its evidence, and what happened to it."""

from dataclasses import dataclass

from reunite.core.evidence import Evidence
from reunite.services.snapshots import from_snapshot
from reunite.store import persons
from reunite.store.persons import Happened, ShownPerson
from reunite.store.workspaces import DEFAULT_WORKSPACE_ID

Event = Happened
"""What happened once."""


@dataclass(frozen=True, slots=True)
class History:
    """A page of what happened to a person; the next begins after ``next``, None at the end."""

    person_id: int
    events: list[Happened]
    next: int | None


def show_person(contact_id: int, *, workspace_id: int = DEFAULT_WORKSPACE_ID) -> ShownPerson:
    """The person that a contact belongs to.

    Raises PersonNotFound, ContactDeleted or TemporarilyUnavailable, as all here do.
    """
    return from_snapshot(lambda: persons.find(contact_id, workspace_id=workspace_id))


def show_evidence(contact_id: int, *, workspace_id: int = DEFAULT_WORKSPACE_ID) -> Evidence:
    """What joins the contacts of the person that a contact belongs to."""

    def read() -> Evidence:
        person = persons.find(contact_id, workspace_id=workspace_id).person
        return Evidence(person, persons.links_of(person, workspace_id=workspace_id))

    return from_snapshot(read)


def show_history(
    contact_id: int, *, after: int, limit: int, workspace_id: int = DEFAULT_WORKSPACE_ID
) -> History:
    """Up to ``limit`` events of a contact's person, those after the position ``after``.

    Those of persons that were absorbed into it are among them.
    """

    def read() -> History:
        person_id, events = persons.history_of(
            contact_id, after=after, limit=limit + 1, workspace_id=workspace_id
        )
        page = events[:limit]
        return History(person_id, page, page[-1].position if len(events) > limit else None)

    return from_snapshot(read)
