"""A request that names declared kinds, where it concerns one person or none.

It is looked up, and its contact written, as other requests are: each in one statement, for values
of any kinds. What concerns several persons, and what a guard may stop, is replayed in memory.
"""

from dataclasses import dataclass, replace

from reunite.core.errors import NoUsableIdentifier
from reunite.core.identifiers.kinds import ContactDetails
from reunite.core.identify.guards import GuardFacts, guard, needs_facts
from reunite.core.identify.hubs import may_hold_hub
from reunite.core.identify.members import Members, carries_new
from reunite.core.identify.plan import (
    Decision,
    Identified,
    Outcome,
    Plan,
    brought,
    parties_of,
    plan_identify,
)
from reunite.core.persons.person import Person
from reunite.core.persons.suspicion import MAX_CONTACTS, MAX_OF_A_KIND
from reunite.core.policy.policy import Policy
from reunite.core.scope import Scope
from reunite.services.identify.apply import Applied, created_from, suspicion
from reunite.store.database.dialects import Restart
from reunite.store.database.locks import locks_of
from reunite.store.database.queries import Reader, outside
from reunite.store.database.transactions import Transaction, transaction
from reunite.store.identify import declared
from reunite.store.identify.declared import LookUp
from reunite.store.persons import suspicious
from reunite.store.tables import clock, policies
from reunite.store.tables.contacts import Observed
from reunite.store.tables.policies import PolicyInForce


@dataclass(frozen=True, slots=True)
class Planned:
    """The details, less what is retired; who was seen; and what is to change.

    ``person`` is the one that is known, with all its contacts.
    """

    details: ContactDetails
    seen: Observed
    person: Person | None
    plan: Plan

    @property
    def what(self) -> tuple[Observed, Plan]:
        """What another request may have changed by the time that the locks are held."""
        return self.seen, self.plan

    @property
    def brings_new(self) -> bool:
        """Whether an identifier is new, not just a value that is only stored."""
        return None in self.seen.known.owners

    def is_unopposed(self, policy: Policy) -> bool:
        """Whether its contact may be written without another look at the person."""
        return self.person is None or (
            self.brings_new and self.person.size < MAX_OF_A_KIND and not needs_facts(policy)
        )

    @property
    def decision(self) -> Decision:
        """What the request leads to; the contact has no id yet."""
        return Decision(self.plan.outcome, ignored=self.details.ignored)


def planned(
    scope: Scope, reader: Reader, current: PolicyInForce, details: ContactDetails
) -> Planned | None:
    """Plan the request; nothing is locked. None where several persons, or a large one, are known.

    Raises NoUsableIdentifier, or Restart when the policy has changed since this process last read
    it.
    """
    found = _look_up(scope, reader, current, details)
    if found.retired:
        details = details.without_retired(found.retired)
        if not details.identifiers:
            raise NoUsableIdentifier
        found = _look_up(scope, reader, current, details)
    return _planned(details, found)


def identified(
    scope: Scope, current: PolicyInForce, details: ContactDetails, *, seconds_left: float
) -> Identified | None:
    """Identify; None, and nothing is written, where the request is to be replayed.

    Raises as ``planned`` does, and Restart where another request got in between.
    """
    request = planned(scope, outside, current, details)
    if request is None:
        return None
    if request.person is not None and request.plan.outcome is Outcome.UNCHANGED:
        return Identified(request.decision, request.person)
    with transaction(wait_seconds=seconds_left) as locked:
        applied = apply(scope, request, locked, policy=current.policy)
    if applied is None:
        return None
    suspicious.log(applied.suspicious)
    return Identified(replace(request.decision, created=applied.created), applied.person)


def apply(scope: Scope, request: Planned, locked: Transaction, *, policy: Policy) -> Applied | None:
    """Write the contact of the request, commit, and return the person as it is then.

    None, and nothing is written, if a guard may stop it. Raises Restart, and nothing is written, if
    under the locks anything is not as it was when the request was planned.
    """
    locked.lock(*locks_of(scope, request.details, request.seen.known))
    if not request.is_unopposed(policy):
        return _link(scope, request, locked, policy)
    person = request.plan.person
    insert = declared.insert(scope, request.details, person, request.seen)
    rows = locked.commit(*insert, *clock.move(scope))[len(insert) - 1]
    if not rows:
        raise Restart
    return created_from(scope, rows, person)


def _link(scope: Scope, request: Planned, locked: Transaction, policy: Policy) -> Applied | None:
    """Add a contact to a person that must be looked at first."""
    details, known = request.details, request.seen.known
    again = _planned(details, locked.read(declared.look_up(scope, details, has_retired=False)))
    if again is None or again.person is None or again.what != request.what:
        raise Restart
    members = Members(again.person)
    facts = GuardFacts(counts=[members.counts], carriers=members.carriers)
    first, other = parties_of(details.identifiers, known, carries_new=not request.brings_new)
    after = members.counts.and_contact([each.kind for each in brought(details, known)])
    if (
        guard([first], other, facts, policy=policy) is not None
        or may_hold_hub(after, policy.limits)
        or after.contacts > MAX_CONTACTS
    ):
        return None
    person = again.person.primary
    insert = declared.insert(
        scope, details, person, request.seen, into_few=False, read_person=False
    )
    became, telling = suspicion(scope, facts.counts, after, person)
    done = locked.commit(*insert, *clock.move(scope), *telling)
    applied = created_from(scope, done[len(insert) - 1], person)
    joined = Person.of([*again.person.contacts, *applied.person.contacts])
    return Applied(joined, applied.created, became)


def _look_up(
    scope: Scope, reader: Reader, current: PolicyInForce, details: ContactDetails
) -> LookUp:
    found = reader.read(declared.look_up(scope, details, has_retired=current.has_retired))
    policies.require_revision(scope, reader, current, found.revision)
    return found


def _planned(details: ContactDetails, found: LookUp) -> Planned | None:
    if found.seen is None:
        return None
    is_new = (
        bool(details.ignored)
        and found.person is not None
        and carries_new(details, [Members(found.person)])
    )
    plan = plan_identify(found.seen.known, carries_new=is_new)
    return Planned(details, found.seen, found.person, plan)
