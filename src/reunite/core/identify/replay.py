"""Many requests, one after the other, against persons held in memory.

Each request goes through the planner and the guards of a single one, so a batch decides as its
requests would have decided alone. What comes out is a decision for each, and what changed, in
order.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from itertools import chain
from types import MappingProxyType

from reunite.core.identifiers.kinds import (
    ContactDetails,
    Identifier,
    Ignored,
)
from reunite.core.identify.guards import GuardFacts, RetireHub, needs_facts
from reunite.core.identify.happenings import (
    BecameSuspicious,
    Created,
    Given,
    Happening,
    Held,
    Merged,
    Retired,
)
from reunite.core.identify.hubs import find_hubs, may_hold_hub
from reunite.core.identify.meeting import Meeting, meet
from reunite.core.identify.members import Members
from reunite.core.identify.plan import (
    Decision,
    Known,
    Outcome,
    Party,
    Plan,
    Review,
    earliest_contact_time,
    parties_of,
    plan_identify,
)
from reunite.core.identify.replay_links import ReplayLinks
from reunite.core.persons.derive import derive
from reunite.core.persons.person import Contact, Ends, Person, Primary
from reunite.core.persons.suspicion import Counts, becomes_suspicious
from reunite.core.policy.policy import SPEC, Policy


@dataclass(frozen=True, slots=True)
class Identified:
    """Who it is, and what the request led to."""

    decision: Decision
    person: Person

    @property
    def outcome(self) -> Outcome:
        """What the request led to, in a word."""
        return self.decision.outcome


class NotWhole(Exception):
    """All contacts of a person must be known to go on, and some are not."""


def list_all(size: int) -> int:
    """List all contacts of a person in its answer."""
    return size


def list_one(_size: int) -> int:
    """List one contact; for callers that do not read answers."""
    return 1


@dataclass(frozen=True, slots=True)
class GuardContext:
    """What guards ask for beyond the persons themselves; nothing of it for the specification.

    ``separations`` are pairs of contacts, ``links`` the live links of the persons by id.
    """

    policy: Policy = SPEC
    retired: frozenset[Identifier] = frozenset()
    separations: Sequence[tuple[int, int]] = ()
    reviews: Sequence[Review] = ()
    links: Mapping[int, Ends] = field(default_factory=dict)


class Replay:
    """The persons as they are after the requests so far.

    ``persons`` must hold the owners of all identifiers of the requests; ``happenings`` are the
    changes in order. Of a large person the oldest contacts are enough where nothing is
    asked about persons (``needs_facts`` of the policy, and the context); ``owners`` then
    are the persons of identifiers that other contacts carry. A request costs as much as contacts
    are listed in its answer.
    """

    def __init__(
        self,
        persons: Iterable[Person],
        context: GuardContext = GuardContext(),
        owners: Mapping[Identifier, Primary] = MappingProxyType({}),
    ) -> None:
        self.happenings: list[Happening] = []
        self._policy = context.policy
        self._newcomers_may_be_stopped = needs_facts(self._policy)
        self._retired = set(context.retired)
        self._links = ReplayLinks(context.links)
        self._kept_from: defaultdict[int, list[int]] = defaultdict(list)
        for left, right in context.separations:
            self._kept_from[left].append(right)
            self._kept_from[right].append(left)
        self._reviews: defaultdict[Identifier, list[Review]] = defaultdict(list)
        for review in context.reviews:
            self._reviews[review.left].append(review)
        self._persons = {person.primary: Members(person) for person in persons}
        self._owners = dict(owners)
        for primary, members in self._persons.items():
            self._owners.update(dict.fromkeys(members.carriers, primary))

    @property
    def persons(self) -> list[Person]:
        """Everybody, as they are now."""
        return [members.whole() for members in self._persons.values()]

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

        ``listed`` says of how many contacts the answer holds how many, the oldest. None if nothing
        in the request counts, because what it says was retired. Raises NotWhole if more must be
        known of a large person.
        """
        if self._retired:
            gone = [each for each in details.identifiers if each in self._retired]
            details = details.without(*gone, reason=Ignored.RETIRED) if gone else details
        if not details.identifiers:
            return None
        known = Known.of(details.identifiers, self._owners.get)
        carries_new = bool(details.ignored) and self._carries_new(details, known)
        plan = plan_identify(known, carries_new=carries_new)
        if plan.absorbed or (plan.outcome is Outcome.LINKED and self._newcomers_may_be_stopped):
            parties = parties_of(details.identifiers, known, carries_new=carries_new)
            meeting = self._meet(parties, details, verified)
            if isinstance(meeting, RetireHub):
                self._retire(meeting.identifier, at)
                return self.identify(
                    details, new_ids=new_ids, at=at, verified=verified, listed=listed
                )
            decision, primary = self._met(meeting, details, new_ids, at)
        else:
            decision, primary = self._unopposed(plan, details, new_ids, at)
        members = self._persons[primary]
        return Identified(decision, members.first(listed(members.size)))

    def _carries_new(self, details: ContactDetails, known: Known) -> bool:
        """Whether a value that is only stored is new to the persons that are known."""
        carried = set(details.carried)
        persons = [self._persons[each] for each in known.persons] if carried else []
        if any(each.more for each in persons):
            raise NotWhole
        for person in persons:
            carried -= person.declared
        return bool(carried and persons)

    def _unopposed(
        self, plan: Plan, details: ContactDetails, new_ids: Iterator[int], at: datetime
    ) -> tuple[Decision, Primary]:
        """Write down a plan that no guard asks about: of one person, or of none."""
        if plan.person is not None and not plan.adds_contact:
            return Decision(plan.outcome, ignored=details.ignored), plan.person
        id = next(new_ids)
        person = self._create(details, plan.person, id, at)
        return Decision(plan.outcome, id, (), details.ignored), person

    def _meet(
        self, parties: Sequence[Party], details: ContactDetails, verified: frozenset[str]
    ) -> Meeting | RetireHub:
        meeting = meet(parties, self._facts, policy=self._policy, verified=verified)
        if isinstance(meeting, RetireHub):
            return meeting
        hub = self._hub_of_meeting(meeting, details)
        return meeting if hub is None else RetireHub(hub)

    def _hub_of_meeting(self, meeting: Meeting, details: ContactDetails) -> Identifier | None:
        """The hub that those who are joined would have together."""
        if len(meeting.joined) == 1:
            return None
        persons = [self._persons[each] for each in meeting.persons]
        counts = reduce(Counts.and_person, (each.counts for each in persons))
        links = list(meeting.links.values())
        if meeting.newcomer is None or meeting.is_apart:
            return self._hub_of(persons, counts, links=links)
        counts = counts.and_contact([each.kind for each in meeting.newcomer.identifiers])
        at = meeting.persons[0].created_at  # Its age does not matter here.
        newcomer = Contact.of(meeting.details(details), id=0, created_at=at)
        return self._hub_of(persons, counts, newcomers=[newcomer])

    def _met(
        self, meeting: Meeting, details: ContactDetails, new_ids: Iterator[int], at: datetime
    ) -> tuple[Decision, Primary]:
        """Write down what a meeting leads to."""
        persons, created = meeting.persons, None
        if meeting.newcomer is not None:
            created = next(new_ids)
            joins = persons[0] if persons and not meeting.is_apart else None
            newcomer = self._create(meeting.details(details), joins, created, at, meeting.withheld)
            persons = persons or [newcomer]
        person, *absorbed = persons
        links = meeting.links
        for each in absorbed:
            self._merge(person, each, links.get(each), details, at)
        for party, review in meeting.held:
            other = newcomer if party.person is None else party.person
            if review not in self._reviews[review.left]:
                given = details.given_of(review.left, review.right)
                self._hold(Held(person, other, review, at, given))
        decision = Decision(
            meeting.outcome,
            created,
            tuple(each.id for each in absorbed),
            details.ignored,
            tuple(review for _, review in meeting.held),
            tuple(links.values()),
        )
        return decision, person

    def _hub_of(
        self,
        persons: Sequence[Members],
        counts: Counts,
        *,
        newcomers: Sequence[Contact] = (),
        links: Sequence[Ends] = (),
    ) -> Identifier | None:
        """The hub that persons would have together, with a newcomer or a link more."""
        if not may_hold_hub(counts, self._policy.limits):
            return None
        contacts = [*chain.from_iterable(each.contacts for each in persons), *newcomers]
        links = [*self._links.among(contacts), *links]
        return next(iter(find_hubs(contacts, links, policy=self._policy)), None)

    def _facts(self, joined: Sequence[Party], party: Party) -> GuardFacts:
        together = [one for one in (*joined, party) if one.person is not None]
        persons = [self._persons[one.person] for one in together if one.person is not None]
        *others, last = persons
        is_merge = party.person is not None and bool(others)
        return GuardFacts(
            kept_apart=is_merge and self._are_kept_apart(last, *others),
            review=self._review_of(last, *others) if is_merge else None,
            counts=[person.counts for person in persons],
            carriers={
                identifier: person.carriers[identifier]
                for one, person in zip(together, persons, strict=True)
                for identifier in one.identifiers
            },
        )

    def _are_kept_apart(self, one: Members, *others: Members) -> bool:
        if not self._kept_from:
            return False
        ids = {contact.id for other in others for contact in other.contacts}
        return any(not ids.isdisjoint(self._kept_from.get(c.id, ())) for c in one.contacts)

    def _review_of(self, one: Members, *others: Members) -> Review | None:
        """The review of a merge of one with any of the others."""
        if not self._reviews:
            return None
        pairs = [{one.primary, other.primary} for other in others]
        for identifier in chain.from_iterable(each.carriers for each in (*others, one)):
            for review in self._reviews.get(identifier, ()):
                if {self._owners.get(review.left), self._owners.get(review.right)} in pairs:
                    return review
        return None

    def _create(
        self,
        details: ContactDetails,
        joins: Primary | None,
        id: int,
        at: datetime,
        withheld: tuple[Identifier, ...] = (),
    ) -> Primary:
        """Add a contact to a person, or let it start one; the person."""
        if joins is None:
            members, before = Members(Person((Contact.of(details, id=id, created_at=at),))), []
            (contact,) = members.contacts
        else:
            at = max(at, earliest_contact_time(joins))
            contact = Contact.of(details, id=id, created_at=at)
            members = self._persons[joins]
            before = [members.counts]
            members.add(contact)
        person = members.primary
        self._put(person, members, contact.identifiers)
        self.happenings.append(Created(contact, person, at, details.ignored, withheld))
        self._note_suspicion(person, before, at)
        return person

    def _hold(self, held: Held) -> None:
        self._reviews[held.review.left].append(held.review)
        self.happenings.append(held)

    def _merge(
        self,
        person: Primary,
        absorbed: Primary,
        link: tuple[Identifier, Identifier] | None,
        details: ContactDetails,
        at: datetime,
    ) -> None:
        """Let a person absorb another; a contact is the evidence where there is no link."""
        survivor, gone = self._persons[person], self._persons[absorbed]
        if gone.more:
            raise NotWhole
        before = [survivor.counts, gone.counts]
        del self._persons[absorbed]
        survivor.absorb(gone)
        self._put(person, survivor, gone.carriers)
        given: Given = (None, None)
        if link is not None:
            self._links.add(link)
            given = details.given_of(*link)
        contact_ids = tuple(contact.id for contact in gone.contacts)
        self.happenings.append(Merged(person, absorbed, contact_ids, link, at, given))
        self._note_suspicion(person, before, at)

    def _note_suspicion(self, person: Primary, before: Sequence[Counts], at: datetime) -> None:
        counts = self._persons[person].counts
        if becomes_suspicious(before, counts):
            self.happenings.append(BecameSuspicious(person.id, counts, at))

    def _retire(self, hub: Identifier, at: datetime) -> None:
        """Let a hub no longer count, and derive anew the person that it held together."""
        before = self._persons.pop(self._owners.pop(hub)).whole()
        contacts = [contact.without(hub) for contact in before.contacts]
        suspended, dropped = self._links.drop(hub)
        after = derive(contacts, self._links)
        for person in after:
            members = Members(person)
            self._put(person.primary, members, members.carriers)
        self._retired.add(hub)
        self.happenings.append(Retired(hub, before, tuple(after), suspended, dropped, at))
        # What the hub alone had in common shares nothing now, which may show another hub.
        for person in after:
            members = self._persons[person.primary]
            if (other := self._hub_of([members], members.counts)) is not None:
                self._retire(other, at)

    def _put(self, person: Primary, members: Members, carried: Iterable[Identifier]) -> None:
        self._persons[person] = members
        self._owners.update(dict.fromkeys(carried, person))


def contacts_to_come(requests: Iterable[ContactDetails], known: Iterable[Identifier]) -> int:
    """At most how many contacts the requests will create; exactly so many if no guard steps in.

    A request creates a contact if and only if it is the first that brings one of its identifiers,
    whatever merges come before it: what was said once is known for good. Those that values make
    which are only stored are not among them.
    """
    said = set(known)
    count = 0
    for details in requests:
        count += not said.issuperset(details.identifiers)
        said.update(details.identifiers)
    return count
