"""The difference between stored rows and the evidence; rows may be damaged in any way."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reunite.core.audit.stored import StoredContact
from reunite.core.identifiers.kinds import Value, identifiers_of
from reunite.core.persons.derive import derive
from reunite.core.persons.person import Contact, End, Ends, Person


@dataclass(frozen=True, slots=True)
class Group:
    """The contacts that are stored under one id, never none, and the values that they should have.

    Rows may be corrupt: ``id`` need not be a contact's.
    """

    id: int
    contacts: Sequence[StoredContact]
    expected: Mapping[int, tuple[Value, ...]]

    @property
    def person(self) -> Person:
        """The person that they would be, with the keys that they have."""
        return Person.of(each.contact for each in self.contacts)

    @property
    def ends(self) -> set[End]:
        """The ends that links can have: its contacts, and their identifiers, stored or due."""
        had = (each.contact.ends for each in self.contacts)
        should = (identifiers_of(values) for values in self.expected.values())
        return {end for each in (*had, *should) for end in each}

    @property
    def rekeyed(self) -> dict[int, tuple[Value, ...]]:
        """The values whose keys differ from those stored, by contact."""
        return {
            each.contact.id: values
            for each in self.contacts
            if (values := self.expected[each.contact.id]) != each.contact.values
        }

    @property
    def is_itself(self) -> bool:
        """Whether keys and primary are right; what joins the contacts is another question."""
        return self.person.id == self.id and not self.rekeyed

    def is_connected(self, links: Iterable[Ends] = ()) -> bool:
        """Whether evidence joins all its contacts, with the keys that they should have."""
        return len(derive(self._as_they_should_be(), links)) == 1

    def _as_they_should_be(self) -> Iterator[Contact]:
        for each in self.contacts:
            yield each.contact._replace(values=self.expected[each.contact.id])


def misplaced(groups: Iterable[Group], persons: Iterable[Person]) -> dict[int, int | None]:
    """The right primaries of contacts that point at a wrong one, by contact."""
    stored = {each.contact.id: each.linked_id for group in groups for each in group.contacts}
    places = (
        (contact.id, None if contact.id == person.id else person.id)
        for person in persons
        for contact in person.contacts
    )
    return {id: to_id for id, to_id in places if stored[id] != to_id}
