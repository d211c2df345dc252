"""Deleting the first events of a feed."""

from collections.abc import Sequence
from datetime import datetime

from reunite.core.scope import Scope
from reunite.store.database.dialects import Statement, dialect
from reunite.store.database.queries import Query, query

# Without those that a webhook is still to be told of.
_FIRST = """
    SELECT n.position, e.created_at FROM numbered n JOIN event e ON e.position = n.position
    WHERE n.workspace_id = %s
      AND n.number <= coalesce(
          (SELECT min(number) FROM webhook WHERE workspace_id = %s AND disabled_at IS NULL),
          n.number)
    ORDER BY n.number LIMIT %s
"""
_DELETE = "DELETE FROM {table} WHERE position IN (SELECT id FROM {positions})"


def first(scope: Scope, limit: int) -> Query[list[tuple[int, datetime]]]:
    """The positions and times of the first events of a feed."""
    to_time = dialect().to_time
    return query(
        Statement(_FIRST, [scope.workspace_id, scope.workspace_id, limit], prepared=False),
        lambda rows: [(position, to_time(at)) for position, at in rows],
    )


def delete(positions: Sequence[int]) -> list[Statement]:
    """Delete events and their numbers."""
    table = dialect().ids("r", positions)
    return [
        Statement(_DELETE.format(table=each, positions=table.sql), table.params, prepared=False)
        for each in ("event", "numbered")
    ]
