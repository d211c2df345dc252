"""Stats: how often guards stepped in, and what waits for an operator."""

from reunite.services.snapshots import from_snapshot
from reunite.store.persons.stats import Stats, read_stats
from reunite.store.tables.workspaces import DEFAULT_WORKSPACE_ID


def stats(*, workspace_id: int = DEFAULT_WORKSPACE_ID) -> Stats:
    """Counts as of now; raises TemporarilyUnavailable."""
    return from_snapshot(lambda: read_stats(workspace_id=workspace_id))
