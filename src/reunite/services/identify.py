"""Identify: which person do these contact details belong to?"""

from typing import cast

from reunite.conf import reunite_settings
from reunite.core.details import contact_details
from reunite.core.errors import InvalidRequest, NoUsableIdentifier
from reunite.core.identifiers import ContactDetails, Ignored, Kind
from reunite.core.person import Person
from reunite.core.plan import Create, Decision, Keep, Link, Merge, Plan, plan_identify
from reunite.core.replay import Identified
from reunite.services.replayed import Asked, replayed
from reunite.store import contacts, plans, policies
from reunite.store.contacts import LookUp
from reunite.store.dialects import Restart
from reunite.store.events import Told
from reunite.store.policies import PolicyInForce
from reunite.store.transactions import retried, transaction
from reunite.store.workspaces import DEFAULT_WORKSPACE_ID


def identify(
    email: str | None,
    phone_number: str | None,
    *,
    verified: frozenset[Kind] = frozenset(),
    workspace_id: int = DEFAULT_WORKSPACE_ID,
    request_id: str | None = None,
) -> Identified:
    """Remember what is new in the details and answer with the person they belong to.

    Sending the same details again changes nothing. ``verified`` are the kinds that are known to be
    the person's own. Raises InvalidRequest for details that cannot be read, NoUsableIdentifier for
    those of which none counts; TemporarilyUnavailable when a lock or the database cannot be had,
    and then all or nothing of the request is written.
    """
    told = Told(workspace_id, request_id)

    def attempt(seconds_left: float) -> Identified:
        current, details, found = look_up(email, phone_number, workspace_id=workspace_id)
        plan = plan_identify(details, found.known)
        if isinstance(plan, Keep):
            return Identified(_decision(plan, details, found.person), found.person)
        with transaction(wait_seconds=seconds_left) as locked:
            person = plans.apply(
                plan,
                details,
                found.seen,
                locked,
                policy=current.policy,
                verified=verified,
                told=told,
            )
        if person is not None:
            return Identified(_decision(plan, details, person), person)
        # A guard stops the plan; what to do instead is decided with the persons in memory.
        asked = [Asked(details, verified)]
        (identified,) = replayed(asked, current, told=told, seconds_left=seconds_left)
        # What counted when it was looked up counts at the same revision.
        return cast(Identified, identified)

    return retried(attempt, timeout_seconds=reunite_settings().LOCK_TIMEOUT_SECONDS)


def look_up(
    email: str | None, phone_number: str | None, *, workspace_id: int
) -> tuple[PolicyInForce, ContactDetails, LookUp]:
    """Read the details by the policy in force, and whom they belong to; nothing is locked.

    Raises InvalidRequest, NoUsableIdentifier, or Restart when the policy has changed since this
    process last read it.
    """
    current = policies.last_seen(workspace_id=workspace_id)
    try:
        details = contact_details(email, phone_number, policy=current.policy)
    except (InvalidRequest, NoUsableIdentifier):
        policies.require_current(current, workspace_id=workspace_id)
        raise
    found = contacts.look_up(details, workspace_id=workspace_id)
    if found.retired:
        details = details.without(*found.retired, reason=Ignored.RETIRED)
        if not details.identifiers:
            raise NoUsableIdentifier
        found = contacts.look_up(details, workspace_id=workspace_id)
    if found.seen.revision != current.revision:
        policies.in_force(workspace_id=workspace_id)
        raise Restart
    return current, details, found


def _decision(plan: Plan, details: ContactDetails, person: Person) -> Decision:
    created = max(c.id for c in person.contacts) if isinstance(plan, Create | Link) else None
    absorbed = (plan.absorbed.id,) if isinstance(plan, Merge) else ()
    return Decision(plan.outcome, created, absorbed, details.ignored)
