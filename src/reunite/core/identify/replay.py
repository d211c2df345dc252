"""Many requests, one after the other, against persons in memory.

Each request passes the planner and the guards of a single request, so a batch decides as its
requests would decide alone. The results are a decision for each request, and the changes in order.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import reduce
from types import MappingProxyType

from reunite.core.identifiers.kinds import ContactDetails, Identifier
from reunite.core.identify.guards import GuardContext, RetireHub, needs_facts
from reunite.core.identify.happenings import Held
from reunite.core.identify.meeting import Meeting, meet
from reunite.core.identify.members import carries_new
from reunite.core.identify.plan import (
    Decision,
    Identified,
    Known,
    Outcome,
    Party,
    Plan,
    parties_of,
    plan_identify,
)
from reunite.core.identify.replay_persons import ReplayPersons
from reunite.core.persons.person import Contact, Person, Primary
from reunite.core.persons.suspicion import Counts


def list_all(size: int) -> int:
    """List all contacts of a person in its answer."""
    return size


def list_one(_size: int) -> int:
    """List one contact; for callers that do not read answers."""
    return 1


_NO_CONTEXT = GuardContext()


class Replay:
    """The persons as they are after the requests so far.

    ``persons`` must hold the owners of all identifiers of the requests. ``happenings`` are the
    changes in order. The oldest contacts of a large person are enough if no guard asks about
    persons (see ``needs_facts``); ``owners`` then are the persons of the identifiers of all other
    contacts. The cost of a request grows with the number of contacts that its answer lists.
    """

    def __init__(
        self,
        persons: Iterable[Person],
        context: GuardContext = _NO_CONTEXT,
        owners: Mapping[Identifier, Primary] = MappingProxyType({}),
    ) -> None:
        self._policy = context.policy
        self._newcomers_may_be_stopped = needs_facts(self._policy)
        self._persons = ReplayPersons(persons, context, owners)
        self.happenings = self._persons.happenings

    @property
    def persons(self) -> list[Person]:
        """All persons, as they are now."""
        return self._persons.whole()

    def identify(
        self,
        details: ContactDetails,
        *,
        new_ids: Iterator[int],
        at: datetime,
        verified: frozenset[str] = frozenset(),
        listed: Callable[[int], int] = list_all,
    ) -> Identified | None:
        """Apply the next request, made at ``at``; a contact that it creates takes the next id.

        ``listed`` takes the number of contacts of the person and returns how many of them, the
        oldest first, the answer holds. None if all identifiers of the request are retired. Raises
        NotWhole if the request needs more contacts of a large person.
        """
        details = self._persons.without_retired(details)
        if not details.identifiers:
            return None
        known = Known.of(details.identifiers, self._persons.owner_of)
        is_new = bool(details.ignored) and carries_new(
            details, [self._persons[each] for each in known.persons]
        )
        plan = plan_identify(known, carries_new=is_new)
        if plan.absorbed or (plan.outcome is Outcome.LINKED and self._newcomers_may_be_stopped):
            parties = parties_of(details.identifiers, known, carries_new=is_new)
            meeting = self._meet(parties, details, verified)
            if isinstance(meeting, RetireHub):
                self._persons.retire(meeting.identifier, at)
                return self.identify(
                    details, new_ids=new_ids, at=at, verified=verified, listed=listed
                )
            decision, primary = self._met(meeting, details, new_ids, at)
        else:
            decision, primary = self._unopposed(plan, details, new_ids, at)
        members = self._persons[primary]
        return Identified(decision, members.first(listed(members.size)))

    def _unopposed(
        self, plan: Plan, details: ContactDetails, new_ids: Iterator[int], at: datetime
    ) -> tuple[Decision, Primary]:
        """Apply a plan that no guard looks at: a plan of one person, or a new person."""
        if plan.person is not None and not plan.adds_contact:
            return Decision(plan.outcome, ignored=details.ignored), plan.person
        id = next(new_ids)
        person = self._persons.create(details, plan.person, id, at)
        return Decision(plan.outcome, id, (), details.ignored), person

    def _meet(
        self, parties: Sequence[Party], details: ContactDetails, verified: frozenset[str]
    ) -> Meeting | RetireHub:
        meeting = meet(parties, self._persons.facts, policy=self._policy, verified=verified)
        if isinstance(meeting, RetireHub):
            return meeting
        hub = self._hub_of_meeting(meeting, details)
        return meeting if hub is None else RetireHub(hub)

    def _hub_of_meeting(self, meeting: Meeting, details: ContactDetails) -> Identifier | None:
        """The hub that the joined parties would have together."""
        if len(meeting.joined) == 1:
            return None
        persons = [self._persons[each] for each in meeting.persons]
        counts = reduce(Counts.and_person, (each.counts for each in persons))
        links = list(meeting.links.values())
        if meeting.newcomer is None or meeting.is_apart:
            return self._persons.hub_of(persons, counts, links=links)
        counts = counts.and_contact([each.kind for each in meeting.newcomer.identifiers])
        at = meeting.persons[0].created_at  # Its age does not matter here.
        newcomer = Contact.of(meeting.details(details), id=0, created_at=at)
        return self._persons.hub_of(persons, counts, newcomers=[newcomer])

    def _met(
        self, meeting: Meeting, details: ContactDetails, new_ids: Iterator[int], at: datetime
    ) -> tuple[Decision, Primary]:
        """Apply a meeting: create the new contact, merge the joined persons, hold the others."""
        persons, created = meeting.persons, None
        if meeting.newcomer is not None:
            created = next(new_ids)
            joins = persons[0] if persons and not meeting.is_apart else None
            newcomer = self._persons.create(
                meeting.details(details), joins, created, at, meeting.withheld
            )
            persons = persons or [newcomer]
        person, *absorbed = persons
        links = meeting.links
        for each in absorbed:
            self._persons.merge(person, each, links.get(each), details, at)
        for party, review in meeting.held:
            other = newcomer if party.person is None else party.person
            given = details.given_of(review.left, review.right)
            self._persons.hold(Held(person, other, review, at, given))
        decision = Decision(
            meeting.outcome,
            created,
            tuple(each.id for each in absorbed),
            details.ignored,
            tuple(review for _, review in meeting.held),
            tuple(links.values()),
        )
        return decision, person


def contacts_to_come(requests: Iterable[ContactDetails], known: Iterable[Identifier]) -> int:
    """An upper bound of the contacts that the requests create; exact if no guard steps in.

    A request creates a contact if and only if it is the first with one of its identifiers. Merges
    do not change this: an identifier stays known. Contacts that only bring values which are stored
    without counting are not among them.
    """
    said = set(known)
    count = 0
    for details in requests:
        count += not said.issuperset(details.identifiers)
        said.update(details.identifiers)
    return count
