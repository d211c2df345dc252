"""Contacts, and the persons they make up."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from reunite.core.identifiers.kinds import (
    PLACES,
    ContactDetails,
    Identifier,
    Kind,
    Value,
    canonical_form,
    given_in,
    identifiers_of,
    without,
)

End = int | Identifier
"""An end of a link: a contact, by its id, or an identifier."""

Ends = tuple[End, End]
"""Both ends of a link, the left one first."""


class Primary(NamedTuple):
    """The oldest contact of a person, standing for the person.

    Ordered by age: the least is the oldest. The same total order chooses the survivor of a merge
    and, reversed, the sequence of locks.
    """

    created_at: datetime
    id: int


class Contact(NamedTuple):
    """One live row of the contact table: an observation that brought at least one identifier.

    ``values`` are those that it gave, the strongest kind first.
    """

    id: int
    values: tuple[Value, ...]
    created_at: datetime

    @classmethod
    def of(cls, details: ContactDetails, *, id: int, created_at: datetime) -> "Contact":
        """The contact that these details made."""
        return cls(id, details.values, created_at)

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        """The identifiers that count as evidence, in the order of the values."""
        return identifiers_of(self.values)

    @property
    def ends(self) -> tuple[End, ...]:
        """The ends that links to this contact can have: the contact, and its identifiers."""
        return self.id, *self.identifiers

    @property
    def has_uncounted_value(self) -> bool:
        """Whether a value that was given has no key."""
        return any(value.key is None for value in self.values)

    def given(self, kind: Kind) -> str | None:
        """The value of a kind as given; None where there is none."""
        return given_in(self.values, kind)

    def without(self, identifier: Identifier) -> "Contact":
        """The same contact, in which an identifier does not count."""
        return self._replace(values=without(self.values, (identifier,)))


def contact_age(contact: Contact) -> tuple[datetime, int]:
    """The key that sorts contacts: the oldest is the least."""
    return contact.created_at, contact.id


class Listed(NamedTuple):
    """The lists of a person's answer, in their order; ``values`` are by kind."""

    values: dict[str, list[str]]
    secondary_ids: list[int]


@dataclass(frozen=True, slots=True)
class Person:
    """The live contacts of one person, oldest first; the first is the primary. Never empty.

    ``more`` is how many younger contacts there are beside these: of a large person answers hold the
    oldest contacts alone. A decision about a person needs all contacts. ``made`` is what
    answers list, if it was made once for many answers.
    """

    contacts: tuple[Contact, ...]
    more: int = 0
    made: Listed | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, contacts: Iterable[Contact], *, more: int = 0) -> "Person":
        """The person that these contacts make up, in any order."""
        return cls(tuple(sorted(contacts, key=contact_age)), more)

    @property
    def size(self) -> int:
        """How many live contacts it has."""
        return len(self.contacts) + self.more

    def first(self, count: int) -> "Person":
        """The same person with its ``count`` oldest contacts."""
        if count >= len(self.contacts):
            return self
        return Person(self.contacts[:count], self.size - count)

    @property
    def id(self) -> int:
        """The id of its primary."""
        return self.contacts[0].id

    @property
    def primary(self) -> Primary:
        """Its primary."""
        return Primary(self.contacts[0].created_at, self.contacts[0].id)

    @property
    def secondary_ids(self) -> list[int]:
        """Ids of the other contacts, oldest first."""
        if self.made is not None:
            return self.made.secondary_ids
        return [contact.id for contact in self.contacts[1:]]

    @property
    def emails(self) -> list[str]:
        """Emails as first given, each canonical value once, by rules without a region."""
        return self.listed(Kind.EMAIL, canonical_form)

    @property
    def phone_numbers(self) -> list[str]:
        """Phone numbers as first given, each canonical value once, by rules without a region."""
        return self.listed(Kind.PHONE, canonical_form)

    @property
    def others(self) -> dict[str, list[str]]:
        """The values of declared kinds, by kind, as ``listed``."""
        if self.made is not None:
            return {kind: each for kind, each in self.made.values.items() if kind not in PLACES}
        found: dict[str, dict[str, str]] = {}
        for contact in self.contacts:
            for value in contact.values:
                if value.form is not None:
                    found.setdefault(value.kind, {}).setdefault(value.form, value.given)
        return {kind: list(first.values()) for kind, first in found.items()}

    def listed(self, kind: Kind, form: Callable[[Kind, str], str]) -> list[str]:
        """Values of a built-in kind as first given, the primary's first, each canonical value once.

        ``form`` is the canonical form of a value that does not count, and so has no key.
        """
        if self.made is not None:
            return self.made.values[kind]
        first: dict[str, str] = {}
        forms: dict[str, str] = {}
        for contact in self.contacts:
            for value in contact.values:
                if value.kind != kind:
                    continue
                given, key = value.given, value.key
                if key is None:
                    if given not in forms:
                        forms[given] = form(kind, given)
                    key = forms[given]
                first.setdefault(key, given)
        return list(first.values())

    def with_lists(self) -> "Person":
        """The same person, with the lists of its answer made once.

        Not if a value does not count: what it is compared by depends on the policy.
        """
        if any(contact.has_uncounted_value for contact in self.contacts):
            return self
        values = self.others | {kind: self.listed(kind, canonical_form) for kind in Kind}
        return Person(self.contacts, self.more, Listed(values, self.secondary_ids))


def identifiers_in(persons: Iterable[Person]) -> set[Identifier]:
    """All identifiers of the persons."""
    return {i for person in persons for contact in person.contacts for i in contact.identifiers}


def ends_in(persons: Iterable[Person]) -> set[End]:
    """Everything of the persons that a link can end at: contacts, by id, and identifiers."""
    return {end for person in persons for contact in person.contacts for end in contact.ends}
