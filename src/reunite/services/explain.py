"""Explain: which evidence joins two contacts or identifiers?"""

from dataclasses import dataclass

from reunite.core.details import contact_details
from reunite.core.errors import PersonNotFound
from reunite.core.evidence import Evidence, Node, Step
from reunite.core.identifiers import ContactDetails
from reunite.core.person import Person
from reunite.services.snapshots import from_snapshot
from reunite.store import contacts, persons, policies
from reunite.store.workspaces import DEFAULT_WORKSPACE_ID

End = int | ContactDetails
"""One end of a chain: a contact's id, or details with one identifier."""


@dataclass(frozen=True, slots=True)
class Explained:
    """The steps from one end to the other, None if they are not joined; and where to look."""

    evidence: Evidence
    steps: list[Step] | None


def read_end(
    *,
    email: str | None = None,
    phone_number: str | None = None,
    workspace_id: int = DEFAULT_WORKSPACE_ID,
) -> ContactDetails:
    """An end that is an identifier; raises InvalidRequest if it cannot be read."""
    policy = policies.in_force(workspace_id=workspace_id).policy
    return contact_details(email, phone_number, policy=policy)


def explain(
    start: End,
    end: End,
    *,
    within: int | None = None,
    workspace_id: int = DEFAULT_WORKSPACE_ID,
) -> Explained:
    """The shortest chain of evidence between two ends.

    It is sought among the evidence of ``within``'s person, or else of the start's. Raises
    PersonNotFound, ContactDeleted or TemporarilyUnavailable.
    """

    def read() -> Explained:
        owners = [_person_of(each, workspace_id) for each in (start, end)]
        person = owners[0] if within is None else _person_of(within, workspace_id)
        evidence = Evidence(person, persons.links_of(person, workspace_id=workspace_id))
        return Explained(evidence, evidence.chain(_node(start), _node(end)))

    return from_snapshot(read)


def _person_of(end: End, workspace_id: int) -> Person:
    if isinstance(end, int):
        return persons.find(end, workspace_id=workspace_id).person
    found = contacts.look_up(end, workspace_id=workspace_id)
    if not found.known.persons:
        raise PersonNotFound
    return found.person


def _node(end: End) -> Node:
    return end if isinstance(end, int) else end.identifiers[0]
