"""Identify: which person do these contact details belong to?"""

from typing import cast

from reunite.core.errors import InvalidRequest, NoUsableIdentifier
from reunite.core.identifiers.kinds import ContactDetails, Ignored, Kind
from reunite.core.identify.plan import Decision, Keep, Merge, Plan, plan_identify
from reunite.core.identify.replay import Identified
from reunite.core.persons.person import Person, Primary
from reunite.core.policy.details import contact_details
from reunite.services.identify import apply
from reunite.services.identify.replayed import Asked, replayed
from reunite.store.database.dialects import Restart
from reunite.store.database.transactions import read, retried, transaction
from reunite.store.persons import large, suspicious
from reunite.store.tables import contacts, policies
from reunite.store.tables.contacts import LookUp
from reunite.store.tables.events import Told
from reunite.store.tables.policies import PolicyInForce
from reunite.store.tables.workspaces import DEFAULT_WORKSPACE_ID


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
            person = person_found(plan.person, details, found, workspace_id=workspace_id)
            return Identified(_decision(plan, details), person)
        with transaction(wait_seconds=seconds_left) as locked:
            applied = apply.apply(
                plan,
                details,
                found.seen,
                locked,
                policy=current.policy,
                verified=verified,
                told=told,
                has_many=found.has_many,
            )
        if applied is not None:
            suspicious.log(applied.suspicious)
            return Identified(_decision(plan, details, applied.created), applied.person)
        # A guard stops the plan; what to do instead is decided with the persons in memory.
        asked = [Asked(details, verified)]
        (identified,) = replayed(asked, current, told=told, seconds_left=seconds_left)
        # What counted when it was looked up counts at the same revision.
        return cast(Identified, identified)

    return retried(attempt)


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
    found = _seen_at(
        current,
        large.look_up(details, workspace_id=workspace_id)
        or contacts.look_up(details, has_retired=current.has_retired, workspace_id=workspace_id),
        workspace_id=workspace_id,
    )
    if found.retired:
        details = details.without(*found.retired, reason=Ignored.RETIRED)
        if not details.identifiers:
            raise NoUsableIdentifier
        found = _seen_at(
            current, contacts.look_up(details, workspace_id=workspace_id), workspace_id=workspace_id
        )
    return current, details, found


def _seen_at(current: PolicyInForce, found: LookUp, *, workspace_id: int) -> LookUp:
    """What was found, if the details were read by the policy that was in force then.

    Asked before anything follows from what was found, also a refusal. Raises Restart otherwise, and
    then the policy has been read again.
    """
    if found.seen.revision != current.revision:
        policies.in_force(workspace_id=workspace_id)
        raise Restart
    return found


def person_found(
    person: Primary, details: ContactDetails, found: LookUp, *, workspace_id: int
) -> Person:
    """The one person that was found by all the identifiers; of a large one the oldest contacts.

    Raises Restart if a large one is another person by now.
    """
    if (small := found.person) is not None:
        return small
    again = large.find(details, person.id, read, workspace_id=workspace_id)
    if again.seen != found.seen:  # pragma: no cover  # A race alone leads here.
        raise Restart
    return large.keep(again)


def _decision(plan: Plan, details: ContactDetails, created: int | None = None) -> Decision:
    absorbed = (plan.absorbed.id,) if isinstance(plan, Merge) else ()
    return Decision(plan.outcome, created, absorbed, details.ignored)
