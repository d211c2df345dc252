"""Many requests, one after the other, against persons held in memory.

Each request goes through the planner and the guards of a single one, so a batch decides as its
requests would have decided alone. What comes out is a decision for each, and what changed, in
order.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from types import MappingProxyType

from reunite.core.identifiers.kinds import ContactDetails, Identifier, Ignored, Kind
from reunite.core.identify.guards import (
    Hold,
    RetireHub,
    Standing,
    StartApart,
    guard_link,
    guard_merge,
    needs_standing,
)
from reunite.core.identify.happenings import (
    BecameSuspicious,
    Created,
    Happening,
    Held,
    Merged,
    Retired,
)
from reunite.core.identify.hubs import find_hubs, may_hold_hub
from reunite.core.identify.members import Members
from reunite.core.identify.plan import (
    Create,
    Decision,
    Keep,
    Known,
    Link,
    Merge,
    Outcome,
    Review,
    brought,
    earliest_contact_time,
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
    """List one contact, in an answer that nobody reads."""
    return 1


@dataclass(frozen=True, slots=True)
class Surroundings:
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

    ``persons`` must hold everybody whom the identifiers of the requests belong to; ``happenings``
    is what changed, in order. Of a large person the oldest contacts are enough where nothing is
    asked about persons (``needs_standing`` of the policy, and the surroundings); ``owners`` then
    are the persons of identifiers that other contacts carry. A request costs as much as contacts
    are listed in its answer.
    """

    def __init__(
        self,
        persons: Iterable[Person],
        surroundings: Surroundings = Surroundings(),
        owners: Mapping[Identifier, Primary] = MappingProxyType({}),
    ) -> None:
        self.happenings: list[Happening] = []
        self._policy = surroundings.policy
        self._newcomers_may_be_stopped = needs_standing(self._policy)
        self._retired = set(surroundings.retired)
        self._links = ReplayLinks(surroundings.links)
        self._kept_from: defaultdict[int, list[int]] = defaultdict(list)
        for left, right in surroundings.separations:
            self._kept_from[left].append(right)
            self._kept_from[right].append(left)
        self._reviews: defaultdict[Identifier, list[Review]] = defaultdict(list)
        for review in surroundings.reviews:
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
        verified: frozenset[Kind] = frozenset(),
        listed: Callable[[int], int] = list_all,
    ) -> Identified | None:
        """Apply the next request, made at ``at``; a contact that it creates takes the next id.

        ``listed`` says of how many contacts the answer holds how many, the oldest. None if nothing
        in the request counts, because what it says was retired. Raises NotWhole if more must be
        known of a large person.
        """
        if self._retired:
            gone = [i.kind for i in details.identifiers if i in self._retired]
            details = details.without(*gone, reason=Ignored.RETIRED) if gone else details
        if not details.identifiers:
            return None
        plan = self._guarded(details, verified)
        if isinstance(plan, RetireHub):
            self._retire(plan.identifier, at)
            return self.identify(details, new_ids=new_ids, at=at, verified=verified, listed=listed)
        decision, primary = self._apply(plan, details, new_ids, at)
        members = self._persons[primary]
        return Identified(decision, members.first(listed(members.size)))

    def _apply(
        self,
        plan: Create | Link | Merge | Keep | Hold | StartApart,
        details: ContactDetails,
        new_ids: Iterator[int],
        at: datetime,
    ) -> tuple[Decision, Primary]:
        match plan:
            case Keep(primary):
                return Decision(plan.outcome, ignored=details.ignored), primary
            case Merge():
                return self._merge(plan, details, at)
            case Hold(primary, other, review):
                if review not in self._reviews[review.left]:
                    self._hold(Held(primary, other, review, at, details.given))
                return Decision(plan.outcome, ignored=details.ignored, held=review), primary
            case StartApart():
                return self._start_apart(plan, details, next(new_ids), at)
            case Link(primary):
                at = max(at, earliest_contact_time(primary))
        return self._create(plan, details, next(new_ids), at)

    def _guarded(
        self, details: ContactDetails, verified: frozenset[Kind]
    ) -> Create | Link | Merge | Keep | Hold | StartApart | RetireHub:
        known = Known.of(details.identifiers, self._owners.get)
        plan = plan_identify(details, known)
        match plan:
            case Merge(primary, absorbed):
                persons = [self._persons[primary], self._persons[absorbed]]
                standing = self._standing(*persons)
                guarded = guard_merge(
                    plan, details, known, standing, policy=self._policy, verified=verified
                )
                one, other = standing.counts
                counts = one.and_person(other)
                email, phone = details.identifiers
                hub = self._hub_of(persons, counts, links=[(email, phone)])
                return guarded if guarded != plan or hub is None else RetireHub(hub)
            case Link(primary) if self._newcomers_may_be_stopped:
                members = self._persons[primary]
                standing = self._standing(members, led_by=details.identifiers)
                joined = guard_link(plan, details, known, standing, policy=self._policy)
                counts = standing.counts[0].and_contact(brought(details, known))
                newcomer = Contact.of(details, id=0, created_at=primary.created_at)
                hub = self._hub_of([members], counts, newcomers=[newcomer])
                return joined if joined != plan or hub is None else RetireHub(hub)
        return plan

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

    def _standing(self, *persons: Members, led_by: Sequence[Identifier] = ()) -> Standing:
        return Standing(
            kept_apart=self._are_kept_apart(*persons),
            review=self._review_of(*persons),
            counts=[person.counts for person in persons],
            # One of the identifiers leads to the person, and nobody carries the other.
            carriers=sum(person.carriers[each] for person in persons for each in led_by),
        )

    def _are_kept_apart(self, one: Members, *others: Members) -> bool:
        if not self._kept_from:
            return False
        ids = {contact.id for other in others for contact in other.contacts}
        return any(not ids.isdisjoint(self._kept_from.get(c.id, ())) for c in one.contacts)

    def _review_of(self, *persons: Members) -> Review | None:
        ours = {person.primary for person in persons}
        carried = chain.from_iterable(person.carriers for person in persons)
        for identifier in carried if self._reviews else ():
            for review in self._reviews.get(identifier, ()):
                if {self._owners.get(review.left), self._owners.get(review.right)} == ours:
                    return review
        return None

    def _create(
        self, plan: Create | Link | StartApart, details: ContactDetails, id: int, at: datetime
    ) -> tuple[Decision, Primary]:
        contact = Contact.of(details, id=id, created_at=at)
        if isinstance(plan, Link):
            members = self._persons[plan.person]
            before = [members.counts]
            members.add(contact)
        else:
            members, before = Members(Person((contact,))), []
        person = members.primary
        self._put(person, members, contact.identifiers)
        withheld = plan.withheld if isinstance(plan, StartApart) else None
        self.happenings.append(Created(contact, person, at, details.ignored, withheld))
        self._note_suspicion(person, before, at)
        return Decision(plan.outcome, id, (), details.ignored), person

    def _start_apart(
        self, plan: StartApart, details: ContactDetails, id: int, at: datetime
    ) -> tuple[Decision, Primary]:
        is_phone = plan.withheld is Kind.PHONE
        keys = (details.email_key, None) if is_phone else (None, details.phone_key)
        counting = replace(details, email_key=keys[0], phone_key=keys[1])
        _, newcomer = self._create(plan, counting, id, at)
        # Of the newcomer and the person it did not join, the one with the email is the answer.
        pair = newcomer, plan.person
        stronger, other = pair if is_phone else pair[::-1]
        self._hold(Held(stronger, other, plan.review, at, details.given))
        return Decision(plan.outcome, id, (), details.ignored, plan.review), stronger

    def _hold(self, held: Held) -> None:
        self._reviews[held.review.left].append(held.review)
        self.happenings.append(held)

    def _merge(
        self, plan: Merge, details: ContactDetails, at: datetime
    ) -> tuple[Decision, Primary]:
        survivor, gone = self._persons[plan.person], self._persons[plan.absorbed]
        if gone.more:
            raise NotWhole
        before = [survivor.counts, gone.counts]
        del self._persons[plan.absorbed]
        survivor.absorb(gone)
        self._put(plan.person, survivor, gone.carriers)
        left, right = details.identifiers
        self._links.add((left, right))
        contact_ids = tuple(contact.id for contact in gone.contacts)
        self.happenings.append(
            Merged(plan.person, plan.absorbed, contact_ids, details.identifiers, at, details.given)
        )
        self._note_suspicion(plan.person, before, at)
        return Decision(plan.outcome, None, (plan.absorbed.id,), details.ignored), plan.person

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
    whatever merges come before it: what was said once is known for good.
    """
    said = set(known)
    count = 0
    for details in requests:
        count += not said.issuperset(details.identifiers)
        said.update(details.identifiers)
    return count
