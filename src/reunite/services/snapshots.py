"""Reads that take more than one statement and must fit together."""

from collections.abc import Callable
from typing import TypeVar

from reunite.store.database.queries import Query, Snapshot, snapshot
from reunite.store.database.transactions import retried

Result = TypeVar("Result")


def from_snapshot(read: Callable[[Snapshot], Result]) -> Result:
    """What ``read`` finds, all of it as of one moment; nothing is locked.

    Raises TemporarilyUnavailable when the database cannot be had.
    """

    def attempt(_seconds_left: float) -> Result:
        with snapshot() as current:
            return read(current)

    return retried(attempt)


def found_in_snapshot(query: Query[Result]) -> Result:
    """The result of a query, which is repeated if the database was lost."""
    return from_snapshot(lambda snapshot: snapshot.read(query))
