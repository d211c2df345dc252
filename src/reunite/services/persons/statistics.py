"""Statistics: persons by size, identifiers by contacts, and what guards did."""

from collections.abc import Sequence

from reunite.core.identifiers.kinds import Kind
from reunite.core.scope import Scope
from reunite.services.snapshots import found_in_snapshot, from_snapshot
from reunite.store.persons import statistics
from reunite.store.persons.statistics import (
    Carried,
    GuardStatistics,
    LargePerson,
    Month,
    PersonStatistics,
)

__all__ = [
    "Carried",
    "GuardStatistics",
    "LargePerson",
    "Month",
    "PersonStatistics",
    "by_month",
    "guard_statistics",
    "largest_persons",
    "most_carried",
    "person_statistics",
]

LIMITS = {Kind.EMAIL: 5, Kind.PHONE: 10}
"""An identifier that more contacts carry is worth a look under any policy."""


def person_statistics(scope: Scope) -> PersonStatistics:
    """Persons by size, the largest, suspicious ones and hubs. Reads every contact.

    Raises TemporarilyUnavailable, as all here do.
    """
    return from_snapshot(lambda snapshot: statistics.person_statistics(scope, snapshot, LIMITS))


def guard_statistics(scope: Scope) -> GuardStatistics:
    """How often guards stepped in, and what waits for an operator."""
    return found_in_snapshot(statistics.guard_statistics(scope))


def largest_persons(scope: Scope, *, limit: int, after: int = 0) -> Sequence[LargePerson]:
    """Up to ``limit`` persons, the largest first, without the first ``after`` of them.

    Reads every contact.
    """
    return found_in_snapshot(statistics.largest(scope, limit=limit, offset=after))


def most_carried(scope: Scope, *, limit: int, after: int = 0) -> Sequence[Carried]:
    """Up to ``limit`` identifiers that several contacts carry, those of the most contacts first.

    Without the first ``after`` of them. Reads every contact.
    """
    return found_in_snapshot(statistics.most_carried(scope, limit=limit, offset=after))


def by_month(scope: Scope) -> Sequence[Month]:
    """The contacts of each month, and the persons that began in it. Reads every contact."""
    return found_in_snapshot(statistics.by_month(scope))
