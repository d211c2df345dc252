"""The decision of identify: what a request changes, from who is known.

The same planner serves the optimistic read, the decision under locks and batches. What a policy
then stops is in ``guards``.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from reunite.core.identifiers.kinds import ContactDetails, Identifier, Ignored
from reunite.core.persons.person import Person, Primary

_TICK = timedelta(microseconds=1)


class Outcome(StrEnum):
    """The effect of a request."""

    CREATED = "created"
    LINKED = "linked"
    MERGED = "merged"
    UNCHANGED = "unchanged"
    HELD = "held"


class Known(NamedTuple):
    """The persons that the identifiers of a request belong to, in their order.

    None for an identifier that is new.
    """

    owners: tuple[Primary | None, ...]

    @classmethod
    def of(
        cls, identifiers: Iterable[Identifier], owner: Callable[[Identifier], Primary | None]
    ) -> "Known":
        """The persons that these identifiers belong to, as ``owner`` tells."""
        return cls(tuple(map(owner, identifiers)))

    @property
    def persons(self) -> list[Primary]:
        """The persons, each once, the oldest first."""
        return sorted({owner for owner in self.owners if owner is not None})


class Plan(NamedTuple):
    """What a request changes, if no guard stops it.

    ``person`` is the oldest of the persons that are known, None if none is. The younger ones are
    ``absorbed``, the oldest of them first. With ``adds_contact`` the request brings something new:
    its contact joins the person, or starts one. Then the contact is the evidence of a merge, for
    it carries all identifiers; otherwise links are.
    """

    person: Primary | None
    absorbed: tuple[Primary, ...]
    adds_contact: bool

    @property
    def outcome(self) -> Outcome:
        """The outcome of the plan."""
        if self.absorbed:
            return Outcome.MERGED
        if not self.adds_contact:
            return Outcome.UNCHANGED
        return Outcome.CREATED if self.person is None else Outcome.LINKED


class Party(NamedTuple):
    """The identifiers of a request that one person has, or that are new, the strongest first.

    ``person`` is None for the newcomer, the contact that the new ones make. A newcomer of values
    that are only stored has none; it never leads, and no guard stops it.
    """

    person: Primary | None
    identifiers: tuple[Identifier, ...]

    @property
    def lead(self) -> Identifier:
        """The strongest of them."""
        return self.identifiers[0]


def parties_of(
    identifiers: Iterable[Identifier], known: Known, *, carries_new: bool = False
) -> list[Party]:
    """Those who meet in a request, the one with the strongest identifier first.

    ``identifiers`` are in the order of their strength. With ``carries_new`` there is a newcomer in
    any case.
    """
    by_person: dict[Primary | None, list[Identifier]] = {}
    for identifier, owner in zip(identifiers, known.owners, strict=True):
        by_person.setdefault(owner, []).append(identifier)
    if carries_new:
        by_person.setdefault(None, [])
    return [Party(person, tuple(theirs)) for person, theirs in by_person.items()]


def links_of(joined: Sequence[Party]) -> list[tuple[Identifier, Identifier]]:
    """The fewest links that make those who are joined one; none if the newcomer is among them.

    Each joins the strongest identifier of the first to the strongest of another.
    """
    if any(party.person is None for party in joined):
        return []
    first, *others = joined
    return [(first.lead, party.lead) for party in others]


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
    """A merge that was stopped: the identifiers that would join two persons, the stronger first.

    ``link_id`` is the id of the held link, None until it is written. ``kinds`` are declared kinds
    with more identifiers than the person may have; they are not stored.
    """

    left: Identifier
    right: Identifier
    reason: HoldReason
    state: ReviewState = ReviewState.HELD
    link_id: int | None = None
    kinds: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Decision:
    """The effect of a request, and the reasons.

    ``created`` is the id of its contact, ``absorbed`` are the ids of the persons that it ended,
    ``ignored`` are the kinds that did not count, ``held`` are the merges that a guard stopped.
    ``links`` are those that it left as evidence of merges.
    """

    outcome: Outcome
    created: int | None = None
    absorbed: tuple[int, ...] = ()
    ignored: tuple[tuple[str, Ignored], ...] = ()
    held: tuple[Review, ...] = ()
    links: tuple[tuple[Identifier, Identifier], ...] = ()


@dataclass(frozen=True, slots=True)
class Identified:
    """The decision about a request, and the person of the answer."""

    decision: Decision
    person: Person

    @property
    def outcome(self) -> Outcome:
        """The outcome of the request."""
        return self.decision.outcome


def plan_identify(known: Known, *, carries_new: bool = False) -> Plan:
    """Decide what a request changes; docs/explanation/identify.md has the rules by number.

    ``carries_new``: it holds a value of a kind that is only stored, which the persons do not have.
    """
    owners = known.owners
    if owners.count(owners[0]) == len(owners):  # Rules 2 and 4, which most requests follow.
        return Plan(owners[0], (), owners[0] is None or carries_new)
    oldest, *others = known.persons  # Rules 3 and 5.
    return Plan(oldest, tuple(others), None in owners or carries_new)


def earliest_contact_time(person: Primary) -> datetime:
    """The earliest time at which a contact that joins ``person`` is created: after the primary.

    A clock that was set back, or a primary imported with a time to come, must not make a newcomer
    the oldest contact of the person.
    """
    return person.created_at + _TICK


def brought(details: ContactDetails, known: Known) -> list[Identifier]:
    """The identifiers of a request that are new."""
    return [
        identifier
        for identifier, owner in zip(details.identifiers, known.owners, strict=True)
        if owner is None
    ]
