"""Many requests, one after the other, against persons held in memory.

Each request goes through the planner of a single one, so a batch decides as its requests would
have decided alone. What comes out is an answer for each, and what changed, in order.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from reunite.core.identifiers import ContactDetails, Identifier, Kind
from reunite.core.person import Contact, Person, Primary
from reunite.core.plan import (
    Create,
    Known,
    Link,
    Merge,
    Outcome,
    earliest_contact_time,
    plan_identify,
)


@dataclass(frozen=True, slots=True)
class Created:
    """A contact was created; it joined ``person``, or started it."""

    contact: Contact
    person: Primary
    at: datetime


@dataclass(frozen=True, slots=True)
class Merged:
    """``person`` absorbed another with these contacts, joined by two identifiers."""

    person: Primary
    absorbed: Primary
    contact_ids: tuple[int, ...]
    identifiers: tuple[Identifier, ...]
    at: datetime


Happening = Created | Merged


class Replay:
    """The persons as they are after the requests so far.

    ``persons`` must hold everybody whom the identifiers of the requests belong to; ``happenings``
    is what changed, in order. A request costs as much as its person has contacts.
    """

    def __init__(self, persons: Iterable[Person]) -> None:
        self.happenings: list[Happening] = []
        self._persons = {person.primary: person for person in persons}
        self._owners = {
            identifier: primary
            for primary, person in self._persons.items()
            for contact in person.contacts
            for identifier in contact.identifiers
        }

    def identify(
        self, details: ContactDetails, *, new_ids: Iterator[int], at: datetime
    ) -> tuple[Outcome, Person]:
        """Apply the next request, made at ``at``; a contact that it creates takes the next id."""
        by_kind = {i.kind: self._owners.get(i) for i in details.identifiers}
        plan = plan_identify(details, Known(by_kind.get(Kind.EMAIL), by_kind.get(Kind.PHONE)))
        match plan:
            case Create():
                contact = Contact.of(details, id=next(new_ids), created_at=at)
                person = self._put(Person((contact,)), contact)
                self.happenings.append(Created(contact, person.primary, at))
            case Link(primary):
                created_at = max(at, earliest_contact_time(primary))
                contact = Contact.of(details, id=next(new_ids), created_at=created_at)
                person = self._put(Person.of([*self._persons[primary].contacts, contact]), contact)
                self.happenings.append(Created(contact, primary, at))
            case Merge(primary, absorbed):
                gone = self._persons.pop(absorbed).contacts
                person = self._put(Person.of([*self._persons[primary].contacts, *gone]), *gone)
                self.happenings.append(
                    Merged(primary, absorbed, tuple(c.id for c in gone), details.identifiers, at)
                )
            case _:
                person = self._persons[plan.person]
        return plan.outcome, person

    def _put(self, person: Person, *newcomers: Contact) -> Person:
        self._persons[person.primary] = person
        for contact in newcomers:
            self._owners.update(dict.fromkeys(contact.identifiers, person.primary))
        return person


def contacts_to_come(requests: Iterable[ContactDetails], known: Iterable[Identifier]) -> int:
    """How many contacts the requests will create.

    A request creates a contact if and only if it is the first that brings one of its identifiers,
    whatever merges come before it: what was said once is known for good.
    """
    said = set(known)
    count = 0
    for details in requests:
        count += not said.issuperset(details.identifiers)
        said.update(details.identifiers)
    return count
