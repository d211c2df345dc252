"""Numbering: committed events get their numbers, under one lock."""

from contextlib import suppress

from reunite.core.errors import DatabaseReadOnly, LockTimeout, StorageFull
from reunite.core.feed import numbered
from reunite.store.database.locks import feed
from reunite.store.database.queries import outside
from reunite.store.database.transactions import retried, transaction
from reunite.store.feed import numbers

MAX_NUMBERED = 10_000
"""The events that get their numbers in one transaction."""
_READERS_WAIT_SECONDS = 0.02
"""As long as a request without a turn tries a lock: readers never come before who writes."""


def number_for_reader() -> None:
    """Give numbers before a reader looks for events, if that can be done at once.

    Otherwise another process is doing so, or the next reader will: no event is lost.
    """
    with suppress(LockTimeout, DatabaseReadOnly, StorageFull):
        _number_some(wait_seconds=_READERS_WAIT_SECONDS)


def number_all(*, beyond: int = 0) -> int:
    """Give numbers to the events that have none, if they are more than ``beyond``; how many.

    Raises TemporarilyUnavailable.
    """
    count = 0
    some = MAX_NUMBERED
    while some == MAX_NUMBERED:  # Of fewer the rest came meanwhile, and may go on to come.
        some = retried(lambda left: _number_some(wait_seconds=left, beyond=beyond))
        count += some
    return count


def _number_some(*, wait_seconds: float, beyond: int = 0) -> int:
    if not outside.read(numbers.is_beyond(beyond)):
        return 0
    with transaction(wait_seconds=wait_seconds) as locked:
        locked.lock(feed())
        waiting = locked.read(numbers.waiting(MAX_NUMBERED))
        last = locked.read(numbers.last({each.workspace_id for each in waiting}))
        locked.commit(*numbers.number([*numbered(waiting, last)]))
    return len(waiting)
