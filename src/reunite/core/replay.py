"""Many requests, one after the other, against persons held in memory.

Each request goes through the planner and the guards of a single one, so a batch decides as its
requests would have decided alone. What comes out is a decision for each, and what changed, in
order.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from reunite.core.derive import derive
from reunite.core.guards import (
    Hold,
    RetireHub,
    Standing,
    StartApart,
    guard_link,
    guard_merge,
    needs_standing,
)
from reunite.core.identifiers import ContactDetails, Identifier, Ignored, Kind
from reunite.core.person import Contact, Person, Primary, identifiers_in
from reunite.core.plan import (
    Create,
    Decision,
    Keep,
    Known,
    Link,
    Merge,
    Outcome,
    Review,
    earliest_contact_time,
    plan_identify,
)
from reunite.core.policy import SPEC, Policy
from reunite.core.suspicion import Counts

Ends = tuple[Identifier, Identifier]


@dataclass(frozen=True, slots=True)
class Identified:
    """Who it is, and what the request led to."""

    decision: Decision
    person: Person

    @property
    def outcome(self) -> Outcome:
        """What the request led to, in a word."""
        return self.decision.outcome


class Created(NamedTuple):
    """A contact was created; it joined ``person``, or started it.

    An identifier of the kind ``withheld`` does not count in it, though it does in others. A tuple,
    as its contact is: a chunk of a file makes a thousand.
    """

    contact: Contact
    person: Primary
    at: datetime
    ignored: tuple[tuple[Kind, Ignored], ...] = ()
    withheld: Kind | None = None


@dataclass(frozen=True, slots=True)
class Merged:
    """``person`` absorbed another with these contacts, joined by two identifiers."""

    person: Primary
    absorbed: Primary
    contact_ids: tuple[int, ...]
    identifiers: tuple[Identifier, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """A guard stopped ``person`` and ``other`` from becoming one."""

    person: Primary
    other: Primary
    review: Review
    at: datetime


@dataclass(frozen=True, slots=True)
class Retired:
    """A hub no longer counts: the person it held together is now ``after``.

    ``suspended`` are the ids of live links with that end, and ``dropped`` the ends of those that
    the replay itself made.
    """

    identifier: Identifier
    before: Person
    after: tuple[Person, ...]
    suspended: tuple[int, ...]
    dropped: tuple[Ends, ...]
    at: datetime


Happening = Created | Merged | Held | Retired


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
    is what changed, in order. A request costs as much as its person has contacts.
    """

    def __init__(
        self, persons: Iterable[Person], surroundings: Surroundings = Surroundings()
    ) -> None:
        self.happenings: list[Happening] = []
        self._policy = surroundings.policy
        self._newcomers_may_be_stopped = needs_standing(self._policy)
        self._retired = set(surroundings.retired)
        self._stored_links = dict(surroundings.links)
        self._new_links: set[Ends] = set()
        self._kept_from: defaultdict[int, list[int]] = defaultdict(list)
        for left, right in surroundings.separations:
            self._kept_from[left].append(right)
            self._kept_from[right].append(left)
        self._reviews: defaultdict[Identifier, list[Review]] = defaultdict(list)
        for review in surroundings.reviews:
            self._reviews[review.left].append(review)
        self._persons = {person.primary: person for person in persons}
        self._owners = {
            identifier: primary
            for primary, person in self._persons.items()
            for contact in person.contacts
            for identifier in contact.identifiers
        }

    @property
    def persons(self) -> list[Person]:
        """Everybody, as they are now."""
        return list(self._persons.values())

    def identify(
        self,
        details: ContactDetails,
        *,
        new_ids: Iterator[int],
        at: datetime,
        verified: frozenset[Kind] = frozenset(),
    ) -> Identified | None:
        """Apply the next request, made at ``at``; a contact that it creates takes the next id.

        None if nothing in it counts, because what it says was retired.
        """
        if self._retired:
            gone = [i.kind for i in details.identifiers if i in self._retired]
            details = details.without(*gone, reason=Ignored.RETIRED) if gone else details
        if not details.identifiers:
            return None
        plan = self._guarded(details, verified)
        if isinstance(plan, RetireHub):
            self._retire(plan.identifier, at)
            return self.identify(details, new_ids=new_ids, at=at, verified=verified)
        return self._apply(plan, details, new_ids, at)

    def _apply(
        self,
        plan: Create | Link | Merge | Keep | Hold | StartApart,
        details: ContactDetails,
        new_ids: Iterator[int],
        at: datetime,
    ) -> Identified:
        match plan:
            case Keep(primary):
                decision = Decision(plan.outcome, ignored=details.ignored)
                return Identified(decision, self._persons[primary])
            case Merge():
                return self._merge(plan, details, at)
            case Hold(primary, other, review):
                if review not in self._reviews[review.left]:
                    self._hold(Held(primary, other, review, at))
                decision = Decision(plan.outcome, ignored=details.ignored, held=review)
                return Identified(decision, self._persons[primary])
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
                persons = self._persons[primary], self._persons[absorbed]
                standing = self._standing(*persons)
                return guard_merge(
                    plan, details, known, standing, policy=self._policy, verified=verified
                )
            case Link(primary) if self._newcomers_may_be_stopped:
                standing = self._standing(self._persons[primary], led_by=details.identifiers)
                return guard_link(plan, details, known, standing, policy=self._policy)
        return plan

    def _standing(self, *persons: Person, led_by: Sequence[Identifier] = ()) -> Standing:
        carriers = (
            contact
            for person in persons
            for contact in person.contacts
            if not set(contact.identifiers).isdisjoint(led_by)
        )
        return Standing(
            kept_apart=self._are_kept_apart(*persons),
            review=self._review_of(*persons),
            counts=[Counts.of(person) for person in persons],
            carriers=sum(1 for _ in carriers),
        )

    def _are_kept_apart(self, one: Person, *others: Person) -> bool:
        if not self._kept_from:
            return False
        ids = {contact.id for other in others for contact in other.contacts}
        return any(not ids.isdisjoint(self._kept_from.get(c.id, ())) for c in one.contacts)

    def _review_of(self, *persons: Person) -> Review | None:
        ours = {person.primary for person in persons}
        for identifier in identifiers_in(persons) if self._reviews else ():
            for review in self._reviews.get(identifier, ()):
                if {self._owners.get(review.left), self._owners.get(review.right)} == ours:
                    return review
        return None

    def _create(
        self, plan: Create | Link | StartApart, details: ContactDetails, id: int, at: datetime
    ) -> Identified:
        contact = Contact.of(details, id=id, created_at=at)
        others = self._persons[plan.person].contacts if isinstance(plan, Link) else ()
        person = Person.of([*others, contact])
        self._put(person, contact)
        withheld = plan.withheld if isinstance(plan, StartApart) else None
        self.happenings.append(Created(contact, person.primary, at, details.ignored, withheld))
        return Identified(Decision(plan.outcome, id, (), details.ignored), person)

    def _start_apart(
        self, plan: StartApart, details: ContactDetails, id: int, at: datetime
    ) -> Identified:
        is_phone = plan.withheld is Kind.PHONE
        keys = (details.email_key, None) if is_phone else (None, details.phone_key)
        counting = replace(details, email_key=keys[0], phone_key=keys[1])
        newcomer = self._create(plan, counting, id, at).person
        # Of the newcomer and the person it did not join, the one with the email is the answer.
        pair = newcomer.primary, plan.person
        stronger, other = pair if is_phone else pair[::-1]
        self._hold(Held(stronger, other, plan.review, at))
        decision = Decision(plan.outcome, id, (), details.ignored, plan.review)
        return Identified(decision, self._persons[stronger])

    def _hold(self, held: Held) -> None:
        self._reviews[held.review.left].append(held.review)
        self.happenings.append(held)

    def _merge(self, plan: Merge, details: ContactDetails, at: datetime) -> Identified:
        gone = self._persons.pop(plan.absorbed).contacts
        person = Person.of([*self._persons[plan.person].contacts, *gone])
        self._put(person, *gone)
        left, right = details.identifiers
        self._new_links.add((left, right))
        self.happenings.append(
            Merged(plan.person, plan.absorbed, tuple(c.id for c in gone), details.identifiers, at)
        )
        decision = Decision(plan.outcome, None, (plan.absorbed.id,), details.ignored)
        return Identified(decision, person)

    def _retire(self, hub: Identifier, at: datetime) -> None:
        """Let a hub no longer count, and derive anew the person that it held together."""
        before = self._persons.pop(self._owners.pop(hub))
        contacts = [contact.without(hub) for contact in before.contacts]
        suspended = tuple(id for id, ends in self._stored_links.items() if hub in ends)
        dropped = tuple(sorted(ends for ends in self._new_links if hub in ends))
        for id in suspended:
            del self._stored_links[id]
        self._new_links.difference_update(dropped)
        after = derive(contacts, [*self._stored_links.values(), *self._new_links])
        for person in after:
            self._put(person, *person.contacts)
        self._retired.add(hub)
        self.happenings.append(Retired(hub, before, tuple(after), suspended, dropped, at))

    def _put(self, person: Person, *newcomers: Contact) -> Person:
        self._persons[person.primary] = person
        for contact in newcomers:
            self._owners.update(dict.fromkeys(contact.identifiers, person.primary))
        return person


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
