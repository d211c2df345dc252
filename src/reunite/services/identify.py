"""Identify: which person do these contact details belong to?"""

from dataclasses import dataclass

from reunite.conf import reunite_settings
from reunite.core.details import contact_details
from reunite.core.person import Person
from reunite.core.plan import Keep, Outcome, plan_identify
from reunite.store import contacts, plans, policies
from reunite.store.events import Told
from reunite.store.transactions import retried, transaction
from reunite.store.workspaces import DEFAULT_WORKSPACE_ID


@dataclass(frozen=True, slots=True)
class Identified:
    """Who it is, and what the request led to."""

    outcome: Outcome
    person: Person


def identify(
    email: str | None,
    phone_number: str | None,
    *,
    workspace_id: int = DEFAULT_WORKSPACE_ID,
    request_id: str | None = None,
) -> Identified:
    """Remember what is new in the details and answer with the person they belong to.

    Sending the same details again changes nothing. Raises InvalidRequest for details that cannot be
    read; TemporarilyUnavailable when a lock or the database cannot be had, and then all or nothing
    of the request is written.
    """
    settings = reunite_settings()
    policy = policies.in_force(workspace_id=workspace_id).policy
    details = contact_details(email, phone_number, policy=policy)

    told = Told(workspace_id, request_id)

    def attempt(seconds_left: float) -> Identified:
        found = contacts.look_up(details, workspace_id=workspace_id)
        plan = plan_identify(details, found.known)
        if isinstance(plan, Keep):
            return Identified(plan.outcome, found.person)
        with transaction(wait_seconds=seconds_left) as locked:
            person = plans.apply(plan, details, found.known, locked, told=told)
        return Identified(plan.outcome, person)

    return retried(attempt, timeout_seconds=settings.LOCK_TIMEOUT_SECONDS)
