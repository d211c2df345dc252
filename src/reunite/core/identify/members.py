"""The contacts of a person while requests are replayed: they come one by one and stay in order."""

from bisect import insort
from collections import Counter
from collections.abc import Sequence

from reunite.core.identifiers.kinds import ContactDetails, Identifier
from reunite.core.persons.person import Contact, Person, Primary, contact_age
from reunite.core.persons.suspicion import Counts


class NotWhole(Exception):
    """All contacts of a person must be known to go on, and some are not."""


class Members:
    """The contacts of one person, oldest first; of a large one perhaps the oldest alone.

    The cost of adding a contact does not grow with the number of the others. ``carriers`` counts
    the known contacts that carry each identifier.
    """

    def __init__(self, person: Person) -> None:
        self.contacts = list(person.contacts)
        self.more = person.more
        self.carriers: Counter[Identifier] = Counter()
        self._kinds: Counter[str] = Counter()
        for contact in self.contacts:
            self._carry(contact)

    @property
    def primary(self) -> Primary:
        """The person's primary."""
        return Primary(self.contacts[0].created_at, self.contacts[0].id)

    @property
    def counts(self) -> Counts:
        """How large it is; its identifiers are those of the known contacts."""
        return Counts.of_kinds(self.size, self._kinds)

    @property
    def declared(self) -> set[Identifier]:
        """The values of declared kinds that its contacts have, whether they count or not."""
        return {
            Identifier(value.kind, value.form)
            for contact in self.contacts
            for value in contact.values
            if value.form is not None
        }

    @property
    def size(self) -> int:
        """How many contacts it has."""
        return len(self.contacts) + self.more

    def add(self, contact: Contact) -> None:
        """Add a contact. The known contacts stay the oldest ones, without gaps."""
        if self.more and contact_age(contact) > contact_age(self.contacts[-1]):
            self.more += 1
        else:
            insort(self.contacts, contact, key=contact_age)
        self._carry(contact)

    def absorb(self, other: "Members") -> None:
        """Add all contacts of another person, which is known whole."""
        if self.more:
            for contact in other.contacts:
                self.add(contact)
            return
        self.contacts = sorted([*self.contacts, *other.contacts], key=contact_age)
        for contact in other.contacts:
            self._carry(contact)

    def first(self, count: int) -> Person:
        """The person as it is now, with its ``count`` oldest contacts at most."""
        return Person(tuple(self.contacts[:count]), max(self.size - count, 0))

    def whole(self) -> Person:
        """The person as it is now, with all contacts that are known."""
        return Person(tuple(self.contacts), self.more)

    def _carry(self, contact: Contact) -> None:
        for identifier in contact.identifiers:
            self.carriers[identifier] += 1
            if self.carriers[identifier] == 1:
                self._kinds[identifier.kind] += 1


def carries_new(details: ContactDetails, persons: Sequence[Members]) -> bool:
    """Whether a value that is stored without counting is new to the persons that are known.

    False if no person is known. Raises NotWhole if it needs more contacts of a person.
    """
    carried = set(details.carried)
    if carried and any(person.more for person in persons):
        raise NotWhole
    for person in persons:
        carried -= person.declared
    return bool(carried and persons)
