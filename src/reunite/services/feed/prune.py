"""Pruning: old events are deleted, from the beginning of each feed on."""

from datetime import datetime

from reunite.core.feed import prunable
from reunite.core.scope import Scope
from reunite.services.feed.numbers import MAX_NUMBERED, number_all
from reunite.store.database.queries import outside
from reunite.store.database.transactions import retried, transaction
from reunite.store.feed import pruning
from reunite.store.tables import workspaces


def prune_events(*, before: datetime) -> int:
    """Delete the events from before a time, of all workspaces, some at a time; how many.

    The last event of a feed stays, so that its number does. Raises TemporarilyUnavailable.
    """
    number_all()
    return sum(_prune(Scope(id), before) for id in outside.read(workspaces.ids()))


def _prune(scope: Scope, before: datetime) -> int:
    count = 0
    some = MAX_NUMBERED
    while some == MAX_NUMBERED:
        some = retried(lambda left: _prune_some(scope, before, wait_seconds=left))
        count += some
    return count


def _prune_some(scope: Scope, before: datetime, *, wait_seconds: float) -> int:
    with transaction(wait_seconds=wait_seconds) as locked:
        positions = prunable(locked.read(pruning.first(scope, MAX_NUMBERED + 1)), before)
        locked.commit(*pruning.delete(positions))
    return len(positions)
