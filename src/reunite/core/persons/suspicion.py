"""When a person is suspicious: so large that it may be several who share an email or a phone.

Suspicion depends on the person, not on the policy, and stops nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import add
from typing import NamedTuple

from reunite.core.identifiers.kinds import ORDER, PLACES, Identifier, Kind
from reunite.core.persons.person import Person

MAX_CONTACTS = 50
MAX_OF_A_KIND = 10
"""So many contacts, emails or phones a person may have without being suspicious.

A contact brings at most one of each kind, so a person of no more than ``MAX_OF_A_KIND`` contacts
needs no look at its identifiers.
"""


class Counts(NamedTuple):
    """How many contacts a person has, and how many different identifiers of each kind."""

    contacts: int = 0
    identifiers: tuple[int, ...] = (0,) * len(Kind)
    """How many different ones, in the order of ``Kind``."""
    others: tuple[tuple[str, int], ...] = ()
    """How many different ones of declared kinds, by the kinds' names."""

    @classmethod
    def of(cls, person: Person) -> "Counts":
        """Those of a person that is known whole."""
        return cls.of_contacts([contact.identifiers for contact in person.contacts])

    @classmethod
    def of_contacts(cls, contacts: Sequence[Iterable[Identifier]]) -> "Counts":
        """Those of contacts of one person, each by its identifiers."""
        kinds = Counter(each.kind for each in {each for contact in contacts for each in contact})
        return cls.of_kinds(len(contacts), kinds)

    @classmethod
    def of_kinds(cls, contacts: int, kinds: Counter[str]) -> "Counts":
        """Those of so many contacts, with so many different identifiers of each kind."""
        others = [(kind, kinds[kind]) for kind in kinds if kind not in PLACES]
        return cls(contacts, tuple([kinds[kind] for kind in ORDER]), tuple(sorted(others)))

    @classmethod
    def of_row(cls, contacts: int, *identifiers: int) -> "Counts":
        """Those of a row that holds the numbers in this order."""
        return cls(contacts, identifiers)

    def of_kind(self, kind: str) -> int:
        """How many different identifiers of a kind."""
        place = PLACES.get(kind)
        return dict(self.others).get(kind, 0) if place is None else self.identifiers[place]

    @property
    def is_suspicious(self) -> bool:
        """Whether one of the numbers is over its limit."""
        return self.contacts > MAX_CONTACTS or max(self.identifiers) > MAX_OF_A_KIND

    def and_contact(self, brings: Collection[str]) -> "Counts":
        """Those after one more contact, which brings new identifiers, each of a kind."""
        others = [kind for kind in brings if kind not in PLACES]
        return Counts(
            self.contacts + 1,
            tuple(
                count + (kind in brings)
                for kind, count in zip(ORDER, self.identifiers, strict=True)
            ),
            _sum(self.others, Counter(others)) if others else self.others,
        )

    def and_person(self, other: "Counts") -> "Counts":
        """Those of two persons together: no identifier belongs to two."""
        return Counts(
            self.contacts + other.contacts,
            tuple(map(add, self.identifiers, other.identifiers)),
            _sum(self.others, dict(other.others)) if other.others else self.others,
        )


def _sum(
    others: tuple[tuple[str, int], ...], more: Mapping[str, int]
) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((Counter(dict(others)) + Counter(more)).items()))


def becomes_suspicious(before: Iterable[Counts], after: Counts) -> bool:
    """Whether a person is suspicious and none of those that it was made of had been."""
    return after.is_suspicious and not any(each.is_suspicious for each in before)
