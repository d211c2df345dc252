"""The time at which contacts are created: it does not go back, even if the clock does.

A workspace keeps a mark, ``clock_at``: about the latest time at which a contact was created; and a
process remembers the latest time that it gave. A new contact is created at the latest of the clock
and both. So where the clock was set back, contacts have the same time, and their ids give their
order. Why: docs/decisions/0032-a-clock-set-back.md.
"""

import threading
import time
from datetime import UTC, datetime

from reunite.core.scope import Scope
from reunite.store.database.dialects import Statement, dialect
from reunite.store.database.queries import Query, query

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS_BETWEEN_MOVES = 0.01

MARK = "(SELECT clock_at FROM workspace WHERE id = %s)"
"""SQL for the mark of the workspace that is the parameter."""

_NOW = f"SELECT {{latest}}(clock_timestamp(), {MARK}, %s) AS moment"
# Another connection that moves it at this moment moves it far enough.
_MOVE = """
    UPDATE workspace SET clock_at = {latest}(clock_at, clock_timestamp(), %s)
    WHERE id = (SELECT id FROM workspace WHERE id = %s {unless_locked})
"""
_ADVANCE = "UPDATE workspace SET clock_at = {latest}(clock_at, %s) WHERE id = %s"

_moved: dict[int, float] = {}
_given: dict[int, datetime] = {}
_giving = threading.Lock()


def not_before(scope: Scope) -> datetime:
    """The latest time that this process gave; no contact is created before it."""
    return _given.get(scope.workspace_id, LONG_AGO)


def note(scope: Scope, at: datetime) -> None:
    """Remember the time that a contact was created at."""
    with _giving:
        _given[scope.workspace_id] = max(at, not_before(scope))


def now(scope: Scope) -> Query[datetime]:
    """The time for contacts that are created now."""
    statement = Statement(dialect().sql(_NOW), [scope.workspace_id, not_before(scope)])
    return query(statement, lambda rows: dialect().to_time(rows[0][0]))


def advance(scope: Scope, to: datetime) -> Statement:
    """Let no contact be created before this time; to be run where no other writer can be."""
    return Statement(dialect().sql(_ADVANCE), [to, scope.workspace_id])


def move(scope: Scope) -> list[Statement]:
    """Let no contact be created before now; nothing if this process did so a moment ago.

    To be run after a contact was inserted, so that its time is not later than the mark. Each
    request that writes does so, and none may wait for the others.
    """
    at = time.monotonic()
    if at - _moved.get(scope.workspace_id, 0.0) < _SECONDS_BETWEEN_MOVES:
        return []
    _moved[scope.workspace_id] = at
    return [Statement(dialect().sql(_MOVE), [not_before(scope), scope.workspace_id])]
