"""After an erasure the log of an embedded database must be emptied.

A mark is committed with the erasure, and taken away when the log is empty. So another process goes
on where one was killed.
"""

from contextlib import suppress
from datetime import datetime

from reunite.core.errors import LockTimeout
from reunite.core.repair.erasure import Remaining
from reunite.core.scope import Scope
from reunite.store.database.dialects import Statement, dialect
from reunite.store.database.queries import Query, outside, query

_MARK = "UPDATE workspace SET erased_in_log_at = %s WHERE id = %s"
_LATEST = "SELECT max(erased_in_log_at) FROM workspace"
_CLEAR = "UPDATE workspace SET erased_in_log_at = NULL WHERE erased_in_log_at <= %s"


def mark(scope: Scope, *, at: datetime) -> list[Statement]:
    """Say that the log holds what the transaction erases, where there is a log to empty."""
    return [Statement(_MARK, [at, scope.workspace_id])] if dialect().has_log_to_empty else []


def clear() -> tuple[Remaining, ...]:
    """Empty the log, unless a reader needs it now; where old values still are."""
    latest = outside.read(_latest())
    remaining = dialect().after_erasing()
    if latest is not None and not remaining:
        # Another process may have erased since, and then its mark stays. It also stays if writers
        # leave no room: the person is erased all the same, and the log is emptied once more.
        with suppress(LockTimeout):
            outside.run(Statement(_CLEAR, [latest]))
    return remaining


def is_to_be_cleared() -> bool:
    """Whether the log may hold what was erased."""
    return outside.read(_latest()) is not None


def _latest() -> Query[datetime | None]:
    to_time = dialect().to_time
    return query(Statement(_LATEST), lambda rows: rows[0][0] and to_time(rows[0][0]))
