"""Identify: which person do these contact details belong to?"""

from reunite.core.errors import InvalidRequest, NoUsableIdentifier
from reunite.core.identifiers.kinds import ContactDetails
from reunite.core.identify.plan import Decision, Identified, Outcome, Plan, plan_identify
from reunite.core.persons.person import Person, Primary
from reunite.core.policy.details import NO_OTHERS, Others, contact_details
from reunite.core.scope import Scope
from reunite.counting import counters
from reunite.services.identify import apply, declared
from reunite.services.identify.replayed import Asked, replayed
from reunite.store.database.dialects import Restart
from reunite.store.database.queries import Reader, outside
from reunite.store.database.transactions import retried, transaction
from reunite.store.persons import large, suspicious
from reunite.store.tables import contacts, policies
from reunite.store.tables.contacts import LookUp
from reunite.store.tables.policies import PolicyInForce


def identify(
    scope: Scope,
    email: str | None,
    phone_number: str | None,
    *,
    identifiers: Others = NO_OTHERS,
    verified: frozenset[str] = frozenset(),
) -> Identified:
    """Remember what is new in the details and answer with the person they belong to.

    Sending the same details again changes nothing. ``identifiers`` are values of kinds that the
    policy declares; ``verified`` are the kinds that are known to be the person's own. Raises
    InvalidRequest for details that cannot be read, NoUsableIdentifier if none of the values
    counts; TemporarilyUnavailable when a lock or the database cannot be had, and then all or
    nothing of the request is written.
    """

    def attempt(seconds_left: float) -> Identified:
        current, details = read_details(scope, outside, email, phone_number, identifiers)
        if identifiers and details.declared:
            found_one = declared.identified(scope, current, details, seconds_left=seconds_left)
            return found_one or _replayed(scope, current, details, verified, seconds_left)
        details, found = look_up(scope, outside, current, details)
        plan = plan_identify(found.known)
        if plan.person is not None and plan.outcome is Outcome.UNCHANGED:
            person = person_found(scope, outside, plan.person, details, found)
            return Identified(_decision(plan, details), person)
        with transaction(wait_seconds=seconds_left) as locked:
            applied = apply.apply(
                scope,
                plan,
                details,
                found.seen,
                locked,
                policy=current.policy,
                verified=verified,
                has_many=found.has_many,
            )
        if applied is not None:
            suspicious.log(applied.suspicious)
            return Identified(_decision(plan, details, applied.created), applied.person)
        # A guard stops the plan; what to do instead is decided with the persons in memory.
        return _replayed(scope, current, details, verified, seconds_left)

    return counted(retried(attempt))


def counted(identified: Identified) -> Identified:
    """The same; its outcome, and the guards that stopped merges, are counted."""
    decision = identified.decision
    counters.count("reunite_outcomes_total", decision.outcome.value)
    for review in decision.held:
        counters.count("reunite_stopped_merges_total", review.reason.value)
    return identified


def read_details(
    scope: Scope,
    reader: Reader,
    email: str | None,
    phone_number: str | None,
    identifiers: Others,
) -> tuple[PolicyInForce, ContactDetails]:
    """Read the details by the policy that this process last saw.

    Raises InvalidRequest, NoUsableIdentifier, or Restart where the policy in force is another one.
    """
    current = policies.last_seen(scope, reader)
    try:
        details = contact_details(email, phone_number, identifiers, policy=current.policy)
    except (InvalidRequest, NoUsableIdentifier):
        policies.require_current(scope, reader, current)
        raise
    return current, details


def look_up(
    scope: Scope, reader: Reader, current: PolicyInForce, details: ContactDetails
) -> tuple[ContactDetails, LookUp]:
    """The details without retired identifiers, and their owners; nothing is locked.

    Only for details without values of declared kinds. Raises NoUsableIdentifier, or Restart when
    the policy has changed since this process last read it.
    """
    found = _seen_at(
        scope,
        reader,
        current,
        large.look_up(scope, reader, details)
        or reader.read(contacts.look_up(scope, details, has_retired=current.has_retired)),
    )
    if found.retired:
        gone = [each for each in details.identifiers if each.kind in found.retired]
        details = details.without_retired(gone)
        if not details.identifiers:
            raise NoUsableIdentifier
        found = _seen_at(scope, reader, current, reader.read(contacts.look_up(scope, details)))
    return details, found


def _seen_at(scope: Scope, reader: Reader, current: PolicyInForce, found: LookUp) -> LookUp:
    """What was found, if the details were read by the policy that was in force then."""
    policies.require_revision(scope, reader, current, found.seen.revision)
    return found


def person_found(
    scope: Scope, reader: Reader, person: Primary, details: ContactDetails, found: LookUp
) -> Person:
    """The one person that was found by all the identifiers; of a large one the oldest contacts.

    Raises Restart if a large one is another person by now.
    """
    if (small := found.person) is not None:
        return small
    again = large.find(scope, reader, details, person.id)
    if again.seen != found.seen:  # pragma: no cover  # A race alone leads here.
        raise Restart
    return large.keep(again)


def _replayed(
    scope: Scope,
    current: PolicyInForce,
    details: ContactDetails,
    verified: frozenset[str],
    seconds_left: float,
) -> Identified:
    """Decide with the persons in memory; raises NoUsableIdentifier if all is retired."""
    (answer,) = replayed(
        scope,
        [Asked(details, verified)],
        current,
        seconds_left=seconds_left,
        alone=bool(current.policy.kinds),
    )
    if isinstance(answer, NoUsableIdentifier):  # pragma: no cover  # A race alone leads here.
        raise answer
    return answer


def _decision(plan: Plan, details: ContactDetails, created: int | None = None) -> Decision:
    absorbed = tuple(person.id for person in plan.absorbed)
    return Decision(plan.outcome, created, absorbed, details.ignored)
