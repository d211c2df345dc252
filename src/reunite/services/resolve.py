"""Resolve: whom do contact details belong to, and what would identify do? Nothing is written."""

from dataclasses import dataclass

from reunite.core.details import contact_details
from reunite.core.person import Person
from reunite.core.plan import Create, Merge, Outcome, plan_identify
from reunite.services.snapshots import from_snapshot
from reunite.store import contacts, policies
from reunite.store.workspaces import DEFAULT_WORKSPACE_ID


@dataclass(frozen=True, slots=True)
class Resolved:
    """What identify would do, the person as it is now, and the ids of those it would absorb."""

    outcome: Outcome
    person: Person | None
    absorbed_ids: list[int]


def resolve(
    email: str | None, phone_number: str | None, *, workspace_id: int = DEFAULT_WORKSPACE_ID
) -> Resolved:
    """The person that identify would answer with, as it is before; None where nobody is known.

    Raises InvalidRequest for details that cannot be read, or TemporarilyUnavailable.
    """
    policy = policies.in_force(workspace_id=workspace_id).policy
    details = contact_details(email, phone_number, policy=policy)

    def read() -> Resolved:
        known = contacts.look_up(details, workspace_id=workspace_id).known
        plan = plan_identify(details, known)
        if isinstance(plan, Create):
            return Resolved(plan.outcome, None, [])
        absorbed = [plan.absorbed.id] if isinstance(plan, Merge) else []
        return Resolved(plan.outcome, contacts.read_person(plan.person), absorbed)

    return from_snapshot(read)
