"""When a person is suspicious: so large that it may be several who share an email or a phone.

It says so of what a person is, whatever the policy; it stops nothing.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from reunite.core.identifiers.kinds import Kind
from reunite.core.persons.person import Contact, Person
from reunite.core.policy.keys import Keys

MAX_CONTACTS = 50
MAX_OF_A_KIND = 10
"""So many contacts, emails or phones a person may have without being suspicious.

A contact brings at most one of each kind, so a person of no more than ``MAX_OF_A_KIND`` contacts
needs no look at its identifiers.
"""


class Counts(NamedTuple):
    """How many contacts a person has, and how many different identifiers of each kind."""

    contacts: int = 0
    emails: int = 0
    phones: int = 0

    @classmethod
    def of(cls, person: Person) -> "Counts":
        """Those of a person that is known whole."""
        return cls.of_keys(person.contacts)

    @classmethod
    def of_keys(cls, contacts: Sequence[Contact | Keys]) -> "Counts":
        """Those of contacts of one person."""
        emails = {contact.email_key for contact in contacts} - {None}
        phones = {contact.phone_key for contact in contacts} - {None}
        return cls(len(contacts), len(emails), len(phones))

    @property
    def is_suspicious(self) -> bool:
        """Whether one of the three is over its limit."""
        return self.contacts > MAX_CONTACTS or max(self.emails, self.phones) > MAX_OF_A_KIND

    def and_contact(self, brings: Iterable[Kind]) -> "Counts":
        """Those after one more contact, which brings new identifiers of these kinds."""
        kinds = list(brings)
        return Counts(
            self.contacts + 1,
            self.emails + (Kind.EMAIL in kinds),
            self.phones + (Kind.PHONE in kinds),
        )

    def and_person(self, other: "Counts") -> "Counts":
        """Those of two persons together: no identifier belongs to two."""
        return Counts(*(one + more for one, more in zip(self, other, strict=True)))


def becomes_suspicious(before: Iterable[Counts], after: Counts) -> bool:
    """Whether a person is suspicious and none of those that it was made of had been."""
    return after.is_suspicious and not any(each.is_suspicious for each in before)
