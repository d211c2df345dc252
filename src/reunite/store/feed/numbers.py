"""The tables ``unnumbered`` and ``numbered``: which events wait for a number, and who has which.

Events enter ``unnumbered`` with the statement that writes them (``store/tables/events.py``).
"""

from collections.abc import Iterable, Sequence

from reunite.core.feed import Kept, Numbered, Waiting
from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Query, query

_IS_BEYOND = "SELECT EXISTS (SELECT 1 FROM unnumbered LIMIT 1 OFFSET %s)"
_WAITING = "SELECT position, workspace_id FROM unnumbered ORDER BY position LIMIT %s"
_LAST = """
    SELECT w.id, (SELECT max(number) FROM numbered WHERE workspace_id = w.id) FROM {workspaces}
"""
_KEPT = """
    SELECT (SELECT min(number) FROM numbered WHERE workspace_id = %s),
           (SELECT max(number) FROM numbered WHERE workspace_id = %s),
           (SELECT feed_id FROM workspace WHERE id = %s)
"""
_RESTART = "UPDATE workspace SET feed_id = %s"
_AWAIT = """
    INSERT INTO unnumbered (position, workspace_id)
    SELECT position, workspace_id FROM event e
    WHERE NOT EXISTS (SELECT 1 FROM numbered WHERE position = e.position)
      AND NOT EXISTS (SELECT 1 FROM unnumbered WHERE position = e.position)
"""
_TYPES = {"position": "bigint", "workspace_id": "bigint", "number": "bigint"}
_INSERT = """
    INSERT INTO numbered (position, workspace_id, number)
    SELECT position, workspace_id, number FROM {rows}
"""
_DELETE = "DELETE FROM unnumbered WHERE position IN (SELECT id FROM {positions})"


def is_beyond(count: int) -> Query[bool]:
    """Whether more than ``count`` events wait for their numbers, of all workspaces."""
    return query(Statement(_IS_BEYOND, [count]), lambda rows: bool(rows[0][0]))


def waiting(limit: int) -> Query[list[Waiting]]:
    """Up to ``limit`` events that wait, by position."""
    return query(Statement(_WAITING, [limit]), lambda rows: [Waiting(*row) for row in rows])


def last(workspace_ids: Iterable[int]) -> Query[dict[int, int]]:
    """The last number of each workspace, without workspaces that have none."""
    table = dialect().ids("w", workspace_ids)
    return query(
        Statement(_LAST.format(workspaces=table.sql), table.params, prepared=False),
        lambda rows: {id: number for id, number in rows if number is not None},
    )


def number(events: Sequence[Numbered]) -> list[Statement]:
    """Store numbers: these events do not wait any more."""
    positions = dialect().ids("r", (each.position for each in events))
    return [
        *dialect().with_rows(_INSERT, _TYPES, [tuple(each) for each in events]),
        Statement(_DELETE.format(positions=positions.sql), positions.params, prepared=False),
    ]


def kept(scope: Scope) -> Query[Kept]:
    """Which numbers the feed of a workspace has."""

    def kept_from(rows: list[Row]) -> Kept:
        ((first, last, feed_id),) = rows
        return Kept(feed_id=feed_id) if last is None else Kept(first, last, feed_id)

    return query(Statement(_KEPT, [scope.workspace_id] * 3), kept_from)


def restart(feed_id: str) -> Statement:
    """Give the feeds of all workspaces an id."""
    return Statement(_RESTART, [feed_id], prepared=False)


def await_numbers() -> Statement:
    """Let all events wait for numbers that have none and do not wait: reads all events."""
    return Statement(_AWAIT, prepared=False)
