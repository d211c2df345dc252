"""Who is stored before a run: identifiers that follow from a number, and their contact rows.

Neighbouring numbers give values that are far apart, so that neither an index nor the table is read
or written in order. Every fourth person has a second contact: the same email, another phone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

SECOND_PHONES = 50_000_000
"""Persons are numbered from 1, below this; the second phone of person n has this number + n."""

COLUMNS = (
    "id",
    "workspace_id",
    "email",
    "phone_number",
    "email_key",
    "phone_key",
    "linked_id",
    "link_precedence",
    "created_at",
    "updated_at",
)
Row = tuple[Any, ...]

_WITH_TWO_CONTACTS = 4
_FIRST_TIME = datetime(2024, 1, 1)  # noqa: DTZ001  # written as UTC by both databases
# Multiplying by a number without a common divisor is a one-to-one mapping onto the remainders.
_EMAIL_STEP, _EMAILS = 2_654_435_761, 2**32
_PHONE_STEP, _PHONES = 6_180_339_887, 10**10
_MOBILE_STEP, _MOBILES = 61_803_399, 10**8


@dataclass(frozen=True, slots=True)
class Population:
    """So many persons; their phone numbers are mere digits or international ones."""

    persons: int
    international: bool = False

    @classmethod
    def of_contacts(cls, contacts: int, *, international: bool) -> "Population":
        """As many persons as have this many contacts."""
        persons = contacts * _WITH_TWO_CONTACTS // (_WITH_TWO_CONTACTS + 1)
        return cls(persons, international)

    def email(self, number: int) -> str:
        """The email of a person, in its canonical form."""
        return f"{number * _EMAIL_STEP % _EMAILS:08x}@example.org"

    def phone(self, number: int) -> str:
        """The phone of a person, in its canonical form."""
        if self.international:
            return f"+49151{number * _MOBILE_STEP % _MOBILES:08d}"
        return f"{number * _PHONE_STEP % _PHONES:010d}"

    def has_two_contacts(self, number: int) -> bool:
        """Whether the person has a second phone, in a second contact."""
        return number % _WITH_TWO_CONTACTS == 0

    def rows(self, workspace_id: int) -> Iterator[Row]:
        """The contact rows, each with the values of COLUMNS, oldest first."""
        id = 0
        for number in range(1, self.persons + 1):
            id = primary_id = id + 1
            email = self.email(number)
            yield contact_row(id, workspace_id, email, self.phone(number))
            if self.has_two_contacts(number):
                id += 1
                phone = self.phone(SECOND_PHONES + number)
                yield contact_row(id, workspace_id, email, phone, linked_id=primary_id)


def contact_row(
    id: int, workspace_id: int, email: str, phone: str, *, linked_id: int | None = None
) -> Row:
    """One contact row; contacts are as old as their ids say."""
    time = str(_FIRST_TIME + timedelta(seconds=id))
    precedence = "secondary" if linked_id else "primary"
    return (id, workspace_id, email, phone, email, phone, linked_id, precedence, time, time)
