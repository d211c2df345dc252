"""Stats: how often guards stepped in, and what waits for an operator."""

from reunite.core.scope import Scope
from reunite.services.snapshots import from_snapshot
from reunite.store.persons.stats import Stats, read_stats


def stats(scope: Scope) -> Stats:
    """Counts as of now; raises TemporarilyUnavailable."""
    return from_snapshot(lambda: read_stats(scope))
