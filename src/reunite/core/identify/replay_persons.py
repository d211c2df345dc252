"""The persons in memory while requests are replayed: facts for guards, and changes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain

from reunite.core.identifiers.kinds import ContactDetails, Identifier
from reunite.core.identify.guards import GuardContext, GuardFacts
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
from reunite.core.identify.members import Members, NotWhole
from reunite.core.identify.plan import Party, Review, earliest_contact_time
from reunite.core.identify.replay_links import ReplayLinks
from reunite.core.persons.derive import derive
from reunite.core.persons.person import Contact, Ends, Person, Primary
from reunite.core.persons.suspicion import Counts, becomes_suspicious


class ReplayPersons:
    """The persons with their contacts, and ``happenings``: the changes in order.

    ``owners`` are the persons of identifiers of contacts that are not in memory.
    """

    def __init__(
        self,
        persons: Iterable[Person],
        context: GuardContext,
        owners: Mapping[Identifier, Primary],
    ) -> None:
        self.happenings: list[Happening] = []
        self._policy = context.policy
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

    def __getitem__(self, person: Primary) -> Members:
        """The contacts of a person."""
        return self._persons[person]

    def whole(self) -> list[Person]:
        """All persons, as they are now."""
        return [members.whole() for members in self._persons.values()]

    def owner_of(self, identifier: Identifier) -> Primary | None:
        """The person that has an identifier now."""
        return self._owners.get(identifier)

    def without_retired(self, details: ContactDetails) -> ContactDetails:
        """The details of a request, in which retired identifiers do not count."""
        return details.without_retired(self._retired) if self._retired else details

    def hub_of(
        self,
        persons: Sequence[Members],
        counts: Counts,
        *,
        newcomers: Sequence[Contact] = (),
        links: Sequence[Ends] = (),
    ) -> Identifier | None:
        """The hub that the persons would have together with more contacts and links."""
        if not may_hold_hub(counts, self._policy.limits):
            return None
        contacts = [*chain.from_iterable(each.contacts for each in persons), *newcomers]
        links = [*self._links.among(contacts), *links]
        return next(iter(find_hubs(contacts, links, policy=self._policy)), None)

    def facts(self, joined: Sequence[Party], party: Party) -> GuardFacts:
        """The facts for guards about the parties that are joined so far, and one more."""
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

    def create(
        self,
        details: ContactDetails,
        joins: Primary | None,
        id: int,
        at: datetime,
        withheld: tuple[Identifier, ...] = (),
    ) -> Primary:
        """Add a contact to a person, or start a person with it; returns the person."""
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

    def hold(self, held: Held) -> None:
        """Hold a merge for review, unless its review waits already."""
        if held.review in self._reviews[held.review.left]:
            return
        self._reviews[held.review.left].append(held.review)
        self.happenings.append(held)

    def merge(
        self,
        person: Primary,
        absorbed: Primary,
        link: tuple[Identifier, Identifier] | None,
        details: ContactDetails,
        at: datetime,
    ) -> None:
        """Let a person absorb another one. Without a link, a contact is the evidence."""
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

    def retire(self, hub: Identifier, at: datetime) -> None:
        """Stop counting a hub, and derive the person again that the hub held together."""
        before = self._persons.pop(self._owners.pop(hub)).whole()
        contacts = [contact.without(hub) for contact in before.contacts]
        suspended, dropped = self._links.drop(hub)
        after = derive(contacts, self._links)
        for person in after:
            members = Members(person)
            self._put(person.primary, members, members.carriers)
        self._retired.add(hub)
        self.happenings.append(Retired(hub, before, tuple(after), suspended, dropped, at))
        # Contacts that had only this hub in common are apart now, which may show another hub.
        for person in after:
            members = self._persons[person.primary]
            if (other := self.hub_of([members], members.counts)) is not None:
                self.retire(other, at)

    def _put(self, person: Primary, members: Members, carried: Iterable[Identifier]) -> None:
        self._persons[person] = members
        self._owners.update(dict.fromkeys(carried, person))
