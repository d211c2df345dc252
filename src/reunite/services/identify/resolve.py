"""Resolve: whom do contact details belong to, and what would identify do? Nothing is written."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import cast

from reunite.core.identifiers.kinds import Ignored, Kind
from reunite.core.identify.guards import needs_facts
from reunite.core.identify.plan import Decision, Outcome, brought, plan_identify
from reunite.core.identify.replay import Identified, NotWhole, Replay
from reunite.core.persons.person import Person
from reunite.core.policy.details import contact_details
from reunite.core.scope import Scope
from reunite.services.identify.identify import look_up, person_found
from reunite.services.snapshots import from_snapshot
from reunite.store.database.queries import Reader, Snapshot
from reunite.store.identify import guards
from reunite.store.persons import large
from reunite.store.tables import contacts, policies

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
    verified: frozenset[Kind] = frozenset(),
) -> Resolved:
    """The person that identify would answer with, as it is before; None where nobody is known.

    Raises InvalidRequest for details that cannot be read, NoUsableIdentifier for those of which
    none counts, or TemporarilyUnavailable.
    """

    def imagine(snapshot: Snapshot, max_contacts: int | None) -> Resolved:
        resolved = _looked_up(scope, snapshot, email, phone_number)
        if resolved is not None:
            return resolved
        policy = snapshot.read(policies.in_force(scope)).policy
        details = contact_details(email, phone_number, policy=policy)
        found = guards.read_concerned(
            scope, snapshot, [details], policy=policy, max_contacts=max_contacts
        )
        replay = Replay(found.persons, found.surroundings, found.owners)
        answer = replay.identify(
            details, verified=verified, new_ids=iter([_NEW_CONTACT_ID]), at=datetime.now(UTC)
        )
        # What counted in the look-up counts in the same snapshot.
        identified = cast(Identified, answer)
        before = {person.id: person for person in found.persons}
        decision = replace(identified.decision, created=None)
        return Resolved(decision, before.get(identified.person.id))

    try:
        return from_snapshot(lambda snapshot: imagine(snapshot, large.max_listed()))
    except NotWhole:
        return from_snapshot(lambda snapshot: imagine(snapshot, None))


def _looked_up(
    scope: Scope, reader: Reader, email: str | None, phone_number: str | None
) -> Resolved | None:
    """The answer where a look-up tells it: it reads few contacts, whatever the person's size."""
    current, details, found = look_up(scope, reader, email, phone_number)
    plan = plan_identify(found.known)
    if plan.person is None:
        return None
    if plan.outcome is Outcome.UNCHANGED:
        known, again = details, found
    elif plan.outcome is Outcome.LINKED and found.has_many and not needs_facts(current.policy):
        # Whatever the reason, the new ones do not count in this look-up.
        known = details.without(*brought(details, found.known), reason=Ignored.RETIRED)
        again = reader.read(contacts.look_up(scope, known))
    else:
        return None
    decision = Decision(plan.outcome, ignored=details.ignored)
    return Resolved(decision, person_found(scope, reader, plan.person, known, again))
