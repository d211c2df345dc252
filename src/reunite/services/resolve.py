"""Resolve: whom do contact details belong to, and what would identify do? Nothing is written."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from reunite.core.details import contact_details
from reunite.core.errors import NoUsableIdentifier
from reunite.core.identifiers import Kind
from reunite.core.person import Person
from reunite.core.plan import Decision
from reunite.core.replay import Replay
from reunite.services.snapshots import from_snapshot
from reunite.store import guards, policies
from reunite.store.transactions import read
from reunite.store.workspaces import DEFAULT_WORKSPACE_ID

_NEW_CONTACT_ID = 0  # No stored contact has it.


@dataclass(frozen=True, slots=True)
class Resolved:
    """What identify would do, and the person as it is now."""

    decision: Decision
    person: Person | None


def resolve(
    email: str | None,
    phone_number: str | None,
    *,
    verified: frozenset[Kind] = frozenset(),
    workspace_id: int = DEFAULT_WORKSPACE_ID,
) -> Resolved:
    """The person that identify would answer with, as it is before; None where nobody is known.

    Raises InvalidRequest for details that cannot be read, NoUsableIdentifier for those of which
    none counts, or TemporarilyUnavailable.
    """

    def imagine() -> Resolved:
        policy = policies.in_force(workspace_id=workspace_id).policy
        details = contact_details(email, phone_number, policy=policy)
        found = guards.read_concerned(read, [details], policy=policy, workspace_id=workspace_id)
        identified = Replay(found.persons, found.surroundings).identify(
            details, verified=verified, new_ids=iter([_NEW_CONTACT_ID]), at=datetime.now(UTC)
        )
        if identified is None:
            raise NoUsableIdentifier
        before = {person.id: person for person in found.persons}
        decision = replace(identified.decision, created=None)
        return Resolved(decision, before.get(identified.person.id))

    return from_snapshot(imagine)
