"""Reads that take more than one statement and must fit together."""

from collections.abc import Callable
from typing import TypeVar

from reunite.store.audit.snapshot import snapshot
from reunite.store.database.transactions import retried

Result = TypeVar("Result")


def from_snapshot(read: Callable[[], Result]) -> Result:
    """What ``read`` finds, all of it as of one moment; nothing is locked.

    Raises TemporarilyUnavailable when the database cannot be had.
    """

    def attempt(_seconds_left: float) -> Result:
        with snapshot():
            return read()

    return retried(attempt)
