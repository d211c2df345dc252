"""The decision of identify: what a request changes, from who is known.

The same planner serves the optimistic read, the decision under locks and batches. What a policy
then stops is in ``guards``.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, NamedTuple

from reunite.core.identifiers.kinds import ContactDetails, Identifier, Ignored, Kind
from reunite.core.persons.person import Primary

_TICK = timedelta(microseconds=1)


class Outcome(StrEnum):
    """What a request led to."""

    CREATED = "created"
    LINKED = "linked"
    MERGED = "merged"
    UNCHANGED = "unchanged"
    HELD = "held"


class Known(NamedTuple):
    """The persons that the identifiers of a request belong to; None where nobody is known."""

    by_email: Primary | None
    by_phone: Primary | None

    @classmethod
    def of(
        cls, identifiers: Iterable[Identifier], owner: Callable[[Identifier], Primary | None]
    ) -> "Known":
        """The persons that these identifiers belong to, as ``owner`` tells."""
        by_email = by_phone = None
        for identifier in identifiers:
            if identifier.kind is Kind.EMAIL:
                by_email = owner(identifier)
            else:
                by_phone = owner(identifier)
        return cls(by_email, by_phone)

    def owner(self, identifier: Identifier) -> Primary | None:
        """The person that an identifier of the request belongs to."""
        return self.by_email if identifier.kind is Kind.EMAIL else self.by_phone

    @property
    def persons(self) -> list[Primary]:
        """Nobody, one person or two, the older first."""
        return sorted({p for p in (self.by_email, self.by_phone) if p is not None})


@dataclass(frozen=True, slots=True)
class Create:
    """Nobody is known: the request's contact starts a person."""

    outcome: ClassVar = Outcome.CREATED


@dataclass(frozen=True, slots=True)
class Link:
    """Somebody is known and something is new: the request's contact joins ``person``."""

    outcome: ClassVar = Outcome.LINKED
    person: Primary


@dataclass(frozen=True, slots=True)
class Merge:
    """Two persons are known: ``absorbed`` goes, ``person`` (the older) survives; no new contact."""

    outcome: ClassVar = Outcome.MERGED
    person: Primary
    absorbed: Primary


@dataclass(frozen=True, slots=True)
class Keep:
    """Everything was known of ``person`` already: nothing is written."""

    outcome: ClassVar = Outcome.UNCHANGED
    person: Primary


Plan = Create | Link | Merge | Keep


class HoldReason(StrEnum):
    """Why a guard stopped two persons from becoming one."""

    KEPT_APART = "kept_apart"
    NOT_VERIFIED = "not_verified"
    TOO_MANY_IDENTIFIERS = "too_many_identifiers"


class ReviewState(StrEnum):
    """Where the review of a merge that was stopped stands, short of approval."""

    HELD = "held"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Review:
    """A merge that was stopped before: the identifiers that would join two persons, email first.

    ``link_id`` is that of the held link, None until it is written.
    """

    left: Identifier
    right: Identifier
    reason: HoldReason
    state: ReviewState = ReviewState.HELD
    link_id: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a request led to, and why it was not more.

    ``created`` is the id of its contact, ``absorbed`` are the ids of the persons that it ended,
    ``ignored`` are the kinds that did not count, ``held`` is the merge that a guard stopped.
    """

    outcome: Outcome
    created: int | None = None
    absorbed: tuple[int, ...] = ()
    ignored: tuple[tuple[Kind, Ignored], ...] = ()
    held: Review | None = None


def plan_identify(details: ContactDetails, known: Known) -> Plan:
    """Decide what a request changes; docs/explanation/identify.md has the rules by number."""
    one, other = known
    person = one or other
    if person is None:  # Rule 2.
        return Create()
    if one and other and one != other:  # Rule 5.
        return Merge(min(one, other), max(one, other))
    return Link(person) if _brings_news(details, known) else Keep(person)  # Rules 3 and 4.


def earliest_contact_time(person: Primary) -> datetime:
    """The earliest time at which a contact that joins ``person`` is created: after the primary.

    A clock that was set back, or a primary imported with a time to come, must not make a newcomer
    the oldest contact of the person.
    """
    return person.created_at + _TICK


def brought(details: ContactDetails, known: Known) -> list[Kind]:
    """The kinds of those identifiers of a request that belong to nobody."""
    return [each.kind for each in details.identifiers if known.owner(each) is None]


def _brings_news(details: ContactDetails, known: Known) -> bool:
    return (details.email_key is not None and known.by_email is None) or (
        details.phone_key is not None and known.by_phone is None
    )
