"""Explain: which evidence joins two contacts or identifiers?"""

from dataclasses import dataclass

from reunite.core.errors import PersonNotFound, PersonTooLarge
from reunite.core.identifiers.kinds import ContactDetails
from reunite.core.persons.evidence import Evidence, Node, Step
from reunite.core.policy.details import contact_details
from reunite.services.persons.show import Orders, evidence_of
from reunite.services.snapshots import from_snapshot
from reunite.store.persons import persons
from reunite.store.tables import policies
from reunite.store.tables.workspaces import DEFAULT_WORKSPACE_ID

MAX_CONTACTS = 5_000
"""So many contacts are looked at."""

End = int | ContactDetails
"""One end of a chain: a contact's id, or details with one identifier."""


@dataclass(frozen=True, slots=True)
class Explained:
    """The steps from one end to the other, None if they are not joined; and where to look."""

    evidence: Evidence
    orders: Orders
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

    It is sought among the evidence of ``within``'s person, or else of the start's. Of a person of
    more than MAX_CONTACTS contacts these are the oldest, and those of the ends: there may be a
    shorter chain. Raises PersonNotFound, ContactDeleted, PersonTooLarge where such a part does not
    tell, or TemporarilyUnavailable.
    """

    def read() -> Explained:
        ends = [_contact_of(each, workspace_id) for each in (start, end)]
        asked = ends[0] if within is None else within
        shown = persons.find(asked, max_contacts=MAX_CONTACTS, workspace_id=workspace_id)
        evidence, orders = evidence_of(persons.extended(shown, ends), workspace_id=workspace_id)
        person = evidence.person
        steps = evidence.chain(_node(start), _node(end))
        if steps is None and person.more and _node(start) in evidence and _node(end) in evidence:
            raise PersonTooLarge
        return Explained(evidence, orders, steps)

    return from_snapshot(read)


def _contact_of(end: End, workspace_id: int) -> int:
    """The id of a contact that is the end, or that carries it."""
    if isinstance(end, int):
        persons.find(end, max_contacts=1, workspace_id=workspace_id)
        return end
    carrier_id = persons.carrier_of(end.identifiers[0], workspace_id=workspace_id)
    if carrier_id is None:
        raise PersonNotFound
    return carrier_id


def _node(end: End) -> Node:
    return end if isinstance(end, int) else end.identifiers[0]
