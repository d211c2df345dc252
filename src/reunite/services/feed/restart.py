"""Restarting all feeds: the database was replaced by an older one."""

from reunite.store.database.transactions import retried, transaction
from reunite.store.feed import numbers
from reunite.store.tables.workspaces import new_feed_id

__all__ = ["new_feed_id", "restart_feeds"]


def restart_feeds() -> None:
    """Give the feeds of all workspaces another id, so that followers take a new snapshot.

    An older database gives numbers to other events than those that followers have read. Raises
    TemporarilyUnavailable.
    """

    def attempt(seconds_left: float) -> None:
        with transaction(wait_seconds=seconds_left) as locked:
            locked.commit(numbers.restart(new_feed_id()))

    retried(attempt)
