"""Contacts, and the persons they make up."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from reunite.core.identifiers.kinds import (
    ContactDetails,
    Identifier,
    Kind,
    canonical_form,
    identifiers_of,
)

End = int | Identifier
"""What a link ends at: a contact, by its id, or an identifier."""

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

    ``email`` and ``phone_number`` as given; the keys are their canonical values, None where the
    value is not given or does not count as evidence.
    """

    id: int
    email: str | None
    phone_number: str | None
    email_key: str | None
    phone_key: str | None
    created_at: datetime

    @classmethod
    def of(cls, details: ContactDetails, *, id: int, created_at: datetime) -> "Contact":
        """The contact that these details made."""
        return cls(
            id,
            details.email,
            details.phone_number,
            details.email_key,
            details.phone_key,
            created_at,
        )

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        """The identifiers that count as evidence, email first."""
        return identifiers_of(self.email_key, self.phone_key)

    @property
    def ends(self) -> tuple[End, ...]:
        """What a link to this contact ends at: the contact itself, or one of its identifiers."""
        return self.id, *self.identifiers

    @property
    def has_uncounted_value(self) -> bool:
        """Whether a value that was given has no key."""
        return (self.email_key is None and self.email is not None) or (
            self.phone_key is None and self.phone_number is not None
        )

    def without(self, identifier: Identifier) -> "Contact":
        """The same contact, in which an identifier does not count."""
        if identifier not in self.identifiers:
            return self
        is_email = identifier.kind is Kind.EMAIL
        return self._replace(email_key=None) if is_email else self._replace(phone_key=None)


def contact_age(contact: Contact) -> tuple[datetime, int]:
    """What contacts are sorted by: the oldest is the least."""
    return contact.created_at, contact.id


class Values(NamedTuple):
    """What an answer lists of a person, in its order."""

    emails: list[str]
    phone_numbers: list[str]
    secondary_ids: list[int]


@dataclass(frozen=True, slots=True)
class Person:
    """The live contacts of one person, oldest first; the first is the primary. Never empty.

    ``more`` is how many younger contacts there are beside these: of a large person answers hold the
    oldest contacts alone. Whatever decides about a person has it whole. ``values`` are those that
    answers list, if they were made once for many answers.
    """

    contacts: tuple[Contact, ...]
    more: int = 0
    values: Values | None = field(default=None, compare=False, repr=False)

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
        if self.values is not None:
            return self.values.secondary_ids
        return [contact.id for contact in self.contacts[1:]]

    @property
    def emails(self) -> list[str]:
        """Emails as first given, each canonical value once, by rules without a region."""
        return self.listed(Kind.EMAIL, canonical_form)

    @property
    def phone_numbers(self) -> list[str]:
        """Phone numbers as first given, each canonical value once, by rules without a region."""
        return self.listed(Kind.PHONE, canonical_form)

    def listed(self, kind: Kind, form: Callable[[Kind, str], str]) -> list[str]:
        """Values as first given, the primary's first, each canonical value once.

        ``form`` is the canonical form of a value that does not count, and so has no key.
        """
        if self.values is not None:
            return self.values.emails if kind is Kind.EMAIL else self.values.phone_numbers
        first: dict[str, str] = {}
        forms: dict[str, str] = {}
        is_email = kind is Kind.EMAIL
        for contact in self.contacts:
            given = contact.email if is_email else contact.phone_number
            if given is None:
                continue
            key = contact.email_key if is_email else contact.phone_key
            if key is None:
                if given not in forms:
                    forms[given] = form(kind, given)
                key = forms[given]
            first.setdefault(key, given)
        return list(first.values())

    def with_values(self) -> "Person":
        """The same person, with the lists of its answer made once.

        Not if a value does not count: what it is compared by depends on the policy.
        """
        if any(contact.has_uncounted_value for contact in self.contacts):
            return self
        values = Values(self.emails, self.phone_numbers, self.secondary_ids)
        return Person(self.contacts, self.more, values)


def identifiers_in(persons: Iterable[Person]) -> set[Identifier]:
    """All identifiers of the persons."""
    return {i for person in persons for contact in person.contacts for i in contact.identifiers}


def ends_in(persons: Iterable[Person]) -> set[End]:
    """Everything of the persons that a link can end at: contacts, by id, and identifiers."""
    return {end for person in persons for contact in person.contacts for end in contact.ends}
