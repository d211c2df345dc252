"""The changes while requests are replayed, in order; the store writes them and their events."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from reunite.core.identifiers.kinds import Identifier, Ignored
from reunite.core.identify.plan import Review
from reunite.core.persons.person import Contact, Ends, Person, Primary
from reunite.core.persons.suspicion import Counts

Given = tuple[str | None, str | None]
"""The values as given of both ends of a link; None where the value is not known."""


def given_for(identifier: Identifier, contacts: Iterable[Contact]) -> set[str]:
    """The values as given by which contacts carry an identifier."""
    return {
        value.given
        for contact in contacts
        for value in contact.values
        if identifier == (value.kind, value.key)
    }


class Created(NamedTuple):
    """A contact was created; it joined ``person``, or started it.

    The identifiers ``withheld`` do not count in it, though they do in others. A tuple,
    as its contact is: a chunk of a file makes a thousand.
    """

    contact: Contact
    person: Primary
    at: datetime
    ignored: tuple[tuple[str, Ignored], ...] = ()
    withheld: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True)
class Merged:
    """``person`` absorbed another with these contacts.

    A ``link`` of two identifiers joins them, and ``given`` are the values that these came from.
    Without a link a contact is the evidence: it carries identifiers of both.
    """

    person: Primary
    absorbed: Primary
    contact_ids: tuple[int, ...]
    link: tuple[Identifier, Identifier] | None
    at: datetime
    given: Given = (None, None)


@dataclass(frozen=True, slots=True)
class Held:
    """A guard stopped ``person`` and ``other`` from becoming one.

    ``given`` are the values that the identifiers of the review came from.
    """

    person: Primary
    other: Primary
    review: Review
    at: datetime
    given: Given = (None, None)


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

    @property
    def given(self) -> set[str]:
        """The values that contacts carried it by."""
        return given_for(self.identifier, self.before.contacts)


@dataclass(frozen=True, slots=True)
class BecameSuspicious:
    """A person became so large that it may be several."""

    person_id: int
    counts: Counts
    at: datetime


Happening = Created | Merged | Held | Retired | BecameSuspicious
