"""Resolve: which person has these contact details, and what would identify do? Writes nothing."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from reunite.core.errors import NoUsableIdentifier
from reunite.core.identifiers.kinds import ContactDetails, without
from reunite.core.identify.guards import needs_facts
from reunite.core.identify.members import NotWhole
from reunite.core.identify.plan import Decision, Outcome, brought, plan_identify
from reunite.core.identify.replay import Replay
from reunite.core.persons.person import Person
from reunite.core.policy.details import NO_OTHERS, Others, contact_details
from reunite.core.scope import Scope
from reunite.services.identify import declared
from reunite.services.identify.identify import look_up, person_found, read_details
from reunite.services.snapshots import from_snapshot
from reunite.store.database.queries import Reader, Snapshot
from reunite.store.identify import guards
from reunite.store.persons import large
from reunite.store.tables import contacts, policies
from reunite.store.tables.policies import PolicyInForce

_NEW_CONTACT_ID = 0  # No stored contact has it.


@dataclass(frozen=True, slots=True)
class Resolved:
    """What identify would do, and the person as it is now."""

    decision: Decision
    person: Person | None


def resolve(
    scope: Scope,
    email: str | None,
    phone_number: str | None,
    *,
    identifiers: Others = NO_OTHERS,
    verified: frozenset[str] = frozenset(),
) -> Resolved:
    """The person that identify would answer with, as it is now; None if no person has the details.

    Raises InvalidRequest for details that cannot be read, NoUsableIdentifier if none of the values
    counts, or TemporarilyUnavailable.
    """

    def imagine(snapshot: Snapshot, max_contacts: int | None) -> Resolved:
        current, details = read_details(scope, snapshot, email, phone_number, identifiers)
        has_declared = identifiers and details.declared
        look_up = _planned if has_declared else _looked_up
        resolved = look_up(scope, snapshot, current, details)
        if resolved is not None:
            return resolved
        policy = snapshot.read(policies.in_force(scope)).policy
        details = contact_details(email, phone_number, identifiers, policy=policy)
        found = guards.read_replay_input(
            scope, snapshot, [details], policy=policy, max_contacts=max_contacts
        )
        replay = Replay(found.persons, found.context, found.owners)
        answer = replay.identify(
            details, verified=verified, new_ids=iter([_NEW_CONTACT_ID]), at=datetime.now(UTC)
        )
        if answer is None:  # pragma: no cover  # The look-up of the same moment raises first.
            raise NoUsableIdentifier
        before = {person.id: person for person in found.persons}
        decision = replace(answer.decision, created=None)
        return Resolved(decision, before.get(answer.person.id))

    try:
        return from_snapshot(lambda snapshot: imagine(snapshot, large.max_listed()))
    except NotWhole:
        return from_snapshot(lambda snapshot: imagine(snapshot, None))


def _planned(
    scope: Scope, reader: Reader, current: PolicyInForce, details: ContactDetails
) -> Resolved | None:
    """As ``_looked_up``, for details with values of declared kinds."""
    request = declared.planned(scope, reader, current, details)
    if request is None or (request.plan.outcome is Outcome.LINKED and needs_facts(current.policy)):
        return None
    return Resolved(request.decision, request.person)


def _looked_up(
    scope: Scope, reader: Reader, current: PolicyInForce, details: ContactDetails
) -> Resolved | None:
    """The answer if a look-up is enough, which reads few contacts of persons of any size."""
    details, found = look_up(scope, reader, current, details)
    plan = plan_identify(found.known)
    if plan.person is None:
        return None
    if plan.outcome is Outcome.UNCHANGED:
        known, again = details, found
    elif plan.outcome is Outcome.LINKED and found.has_many and not needs_facts(current.policy):
        # The new identifiers lead to no person, so this look-up leaves them out.
        known = replace(details, values=without(details.values, brought(details, found.known)))
        again = reader.read(contacts.look_up(scope, known))
    else:
        return None
    decision = Decision(plan.outcome, ignored=details.ignored)
    return Resolved(decision, person_found(scope, reader, plan.person, known, again))
