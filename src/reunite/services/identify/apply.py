"""A plan becomes rows in one transaction: lock, look again, ask the guards, write."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter

from reunite.core.identifiers.kinds import ContactDetails
from reunite.core.identify.guards import GuardFacts, guard, needs_facts
from reunite.core.identify.happenings import BecameSuspicious
from reunite.core.identify.hubs import may_hold_hub
from reunite.core.identify.plan import Plan, brought, earliest_contact_time, parties_of
from reunite.core.persons.person import Person, Primary
from reunite.core.persons.suspicion import MAX_CONTACTS, Counts, becomes_suspicious
from reunite.core.policy.policy import Policy
from reunite.core.scope import Scope
from reunite.store.database.dialects import Restart, Row, Statement
from reunite.store.database.locks import locks_of
from reunite.store.database.queries import Query
from reunite.store.database.transactions import Transaction
from reunite.store.identify import guards
from reunite.store.persons import large, suspicious
from reunite.store.tables import clock, contacts, events, links
from reunite.store.tables.contacts import Observed


@dataclass(frozen=True, slots=True)
class Applied:
    """The person as it is then, and the id of the contact that was created, if one was.

    ``suspicious`` tells, if the plan made the person suspicious.
    """

    person: Person
    created: int | None = None
    suspicious: Sequence[BecameSuspicious] = ()


def apply(
    scope: Scope,
    plan: Plan,
    details: ContactDetails,
    seen: Observed,
    transaction: Transaction,
    *,
    policy: Policy,
    verified: frozenset[str],
    has_many: bool = False,
) -> Applied | None:
    """Write the plan and its event, commit, and return the person as it is then.

    A person that ``has_many`` contacts is looked at before one more joins it. None, and nothing is
    written, if a guard stops the plan or may stop it: that is found out with the person whole.
    Raises Restart, and nothing is written, if under the locks an identifier has another owner than
    the one that was ``seen`` and planned for, if other values count, or if the person has many
    contacts by now.
    """
    writing = _Writing(scope, details, seen, transaction, policy)
    if plan.absorbed:
        # Declared kinds may keep the two apart, whichever identifiers the request names.
        return None if policy.kinds else writing.merge(verified)
    if plan.person is not None and (needs_facts(policy) or has_many):
        return writing.link(plan.person)
    return writing.create(plan.person)


@dataclass(frozen=True, slots=True)
class _Writing:
    """The one transaction of a plan."""

    scope: Scope
    details: ContactDetails
    seen: Observed
    transaction: Transaction
    policy: Policy

    def create(self, joined: Primary | None) -> Applied:
        """Add a contact, as a new person or to a person of few contacts, in one round trip."""
        insert = contacts.insert(self.scope, self.details, joined, seen=self.seen)
        self._lock()
        done = self.transaction.commit(*insert, *clock.move(self.scope))
        if not (rows := done[len(insert) - 1]):
            raise Restart
        return created_from(self.scope, rows, joined)

    def link(self, person: Primary) -> Applied | None:
        """Add a contact to a person that must be looked at first."""
        known = self.seen.known
        first, other = parties_of(self.details.identifiers, known)
        led_by = (other if first.person is None else first).lead
        facts = self._locked(
            guards.link_facts(person, self.details, led_by=led_by, policy=self.policy)
        )
        (before,) = facts.counts
        after = before.and_contact([each.kind for each in brought(self.details, known)])
        stopped = guard([first], other, facts, policy=self.policy)
        if stopped is not None or may_hold_hub(after, self.policy.limits):
            return None
        is_large = after.contacts > MAX_CONTACTS
        insert = contacts.insert(
            self.scope,
            self.details,
            person,
            seen=self.seen,
            into_few=False,
            read_person=not is_large,
        )
        became, telling = suspicion(self.scope, facts.counts, after, person)
        write = self.transaction.run if is_large else self.transaction.commit
        done = write(*insert, *clock.move(self.scope), *telling)
        applied = created_from(self.scope, done[len(insert) - 1], person)
        found = self._commit_large(person) if is_large else applied.person
        return Applied(found, applied.created, became)

    def merge(self, verified: frozenset[str]) -> Applied | None:
        """Make two persons one."""
        survivor, absorbed = self.seen.known.persons
        facts = self._locked(guards.merge_facts(self.scope, survivor, absorbed, policy=self.policy))
        first, other = parties_of(self.details.identifiers, self.seen.known)
        stopped = guard([first], other, facts, policy=self.policy, verified=verified)
        after = Counts.and_person(*facts.counts)
        if stopped is not None or may_hold_hub(after, self.policy.limits):
            return None
        became, telling = suspicion(self.scope, facts.counts, after, survivor)
        now = datetime.now(UTC)
        writes = [
            *links.insert(
                self.scope,
                *self.details.identifiers,
                at=now,
                given=self.details.given_of(*self.details.identifiers),
            ).statements,
            # The event lists who moves, so it comes before they do.
            *events.person_merged(self.scope, survivor, absorbed, at=now),
            *contacts.absorb(absorbed, survivor=survivor, now=now),
            *telling,
        ]
        if after.contacts > MAX_CONTACTS:
            self.transaction.run(*writes)
            return Applied(self._commit_large(survivor), suspicious=became)
        *_, rows = self.transaction.commit(*writes, contacts.select_person(survivor))
        return Applied(contacts.person_from(rows), suspicious=became)

    def _locked(self, facts: Query[GuardFacts]) -> GuardFacts:
        """What is found under the locks; raises Restart if what was seen is over."""
        self._lock()
        seen, found = self.transaction.read(contacts.seen(self.scope, self.details), facts)
        if seen != self.seen:
            raise Restart
        return found

    def _lock(self) -> None:
        self.transaction.lock(*locks_of(self.scope, self.details, self.seen.known))

    def _commit_large(self, person: Primary) -> Person:
        """Read the first contacts of the person, which others cannot change now, and commit."""
        found = large.find(self.scope, self.transaction, self.details, person.id)
        self.transaction.commit()
        return large.keep(found)


def suspicion(
    scope: Scope, before: Sequence[Counts], after: Counts, person: Primary
) -> tuple[Sequence[BecameSuspicious], Sequence[Statement]]:
    """What tells that a person becomes suspicious, if it does.

    ``before`` are the counts of the persons that it is made of.
    """
    if not becomes_suspicious(before, after):
        return [], []
    found = [BecameSuspicious(person.id, after, datetime.now(UTC))]
    return found, suspicious.tell(scope, found)


def created_from(scope: Scope, rows: Sequence[Row], joined: Primary | None) -> Applied:
    """The person with its new contact, from rows of both; ``joined`` is None for a new person."""
    person = contacts.person_from(rows)
    contact = max(person.contacts, key=attrgetter("id"))
    # A person may be of a time to come, and only its own contacts are.
    if joined is None or contact.created_at > earliest_contact_time(joined):
        clock.note(scope, contact.created_at)
    return Applied(person, created=contact.id)
