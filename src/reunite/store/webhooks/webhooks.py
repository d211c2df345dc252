"""The webhook table: who is told of events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from reunite.core.events import DisabledFor
from reunite.core.scope import Scope
from reunite.core.webhooks.places import Receiver
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Query, query

_COLUMNS = """
    id, workspace_id, url, types, number, created_at, created_by, failing_since, disabled_at,
    disabled_for
"""
_READ = f"SELECT {_COLUMNS} FROM webhook WHERE workspace_id = %s AND id = %s"
_LIST = f"""
    SELECT {_COLUMNS} FROM webhook WHERE workspace_id = %s AND id > %s ORDER BY id LIMIT %s
"""
_ANY_ENABLED = "SELECT EXISTS (SELECT 1 FROM webhook WHERE disabled_at IS NULL)"
_BEHIND = f"""
    SELECT {_COLUMNS} FROM webhook
    WHERE disabled_at IS NULL AND EXISTS (
        SELECT 1 FROM numbered
        WHERE workspace_id = webhook.workspace_id AND number > webhook.number)
      AND NOT EXISTS (
        SELECT 1 FROM delivery WHERE webhook_id = webhook.id AND next_attempt_at <= %s
        LIMIT 1 OFFSET %s)
    ORDER BY id
"""
_DUE = f"""
    SELECT {_COLUMNS} FROM (
        SELECT webhook.*, (
            SELECT min(next_attempt_at) FROM delivery
            WHERE webhook_id = webhook.id AND next_attempt_at IS NOT NULL) AS first_at
        FROM webhook WHERE disabled_at IS NULL) AS w
    WHERE first_at <= %s ORDER BY first_at
"""
# A new webhook is told of what happens from now on.
_INSERT = """
    INSERT INTO webhook (workspace_id, url, types, number, created_at, created_by)
    SELECT %s, %s, %s, coalesce(max(number), 0), %s, %s FROM numbered WHERE workspace_id = %s
    RETURNING id
"""
_CHANGE = "UPDATE webhook SET url = %s, types = %s WHERE workspace_id = %s AND id = %s"
_DISABLE = """
    UPDATE webhook SET disabled_at = %s, disabled_for = %s
    WHERE workspace_id = %s AND id = %s AND disabled_at IS NULL
"""
_ENABLE = """
    UPDATE webhook SET disabled_at = NULL, disabled_for = NULL, failing_since = NULL
    WHERE workspace_id = %s AND id = %s AND disabled_at IS NOT NULL
"""
_FAILING = "UPDATE webhook SET failing_since = %s WHERE id = %s"
_ADVANCE = "UPDATE webhook SET number = %s WHERE id = %s"
_DELETE = (
    "DELETE FROM webhook_secret WHERE webhook_id = %s",
    "DELETE FROM delivery WHERE webhook_id = %s AND next_attempt_at IS NOT NULL",
    "DELETE FROM webhook WHERE id = %s",
)


@dataclass(frozen=True, slots=True)
class Webhook:
    """A row of the webhook table; without ``types`` it is told of all events."""

    id: int
    workspace_id: int
    url: str
    types: tuple[str, ...]
    number: int
    created_at: datetime
    created_by: str | None
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_for: DisabledFor | None

    @property
    def receiver(self) -> Receiver:
        """What the places of a worker are shared out by."""
        return Receiver(self.workspace_id, self.id)

    @property
    def scope(self) -> Scope:
        """The scope of who works for the webhook."""
        return Scope(self.workspace_id)


def read_one(scope: Scope, webhook_id: int) -> Query[Webhook | None]:
    """The webhook with that id in the workspace, if there is one."""
    statement = Statement(_READ, [scope.workspace_id, webhook_id], prepared=False)
    return query(statement, lambda rows: _from(rows[0]) if rows else None)


def listed(scope: Scope, *, after: int, limit: int) -> Query[list[Webhook]]:
    """Up to ``limit`` webhooks of the workspace, by id, from the one after ``after`` on."""
    return _all(_LIST, [scope.workspace_id, after, limit])


def is_any_enabled() -> Query[bool]:
    """Whether there is a webhook, of any workspace, that is not disabled."""
    return query(Statement(_ANY_ENABLED), lambda rows: bool(rows[0][0]))


def behind(at: datetime, *, due: int) -> Query[list[Webhook]]:
    """Those of them that events have not come to, by id, and with up to ``due`` deliveries due."""
    return _all(_BEHIND, [at, due])


def due(at: datetime) -> Query[list[Webhook]]:
    """Those of them with deliveries to attempt, the one that waits longest first."""
    return _all(_DUE, [at])


def insert(scope: Scope, url: str, types: Iterable[str], *, at: datetime) -> Query[int]:
    """Remember a new webhook of the workspace; its id."""
    workspace = scope.workspace_id
    values = [workspace, url, " ".join(types), at, scope.who, workspace]
    return query(Statement(_INSERT, values, prepared=False), lambda rows: int(rows[0][0]))


def change(scope: Scope, webhook_id: int, url: str, types: Iterable[str]) -> Statement:
    """Let a webhook lead elsewhere, or be told of other types."""
    return Statement(_CHANGE, [url, " ".join(types), *_place(scope, webhook_id)], prepared=False)


def disable(scope: Scope, webhook_id: int, why: DisabledFor, *, at: datetime) -> Statement:
    """Let a webhook be told of nothing; one that is disabled stays as it is."""
    return Statement(_DISABLE, [at, why.value, *_place(scope, webhook_id)], prepared=False)


def enable(scope: Scope, webhook_id: int) -> Statement:
    """Let a webhook go on where it stopped."""
    return Statement(_ENABLE, _place(scope, webhook_id), prepared=False)


def failing(webhook_id: int, since: datetime | None) -> Statement:
    """Note the first failure since the last success, or that there is none."""
    return Statement(_FAILING, [since, webhook_id], prepared=False)


def advance(webhook_id: int, number: int) -> Statement:
    """Note that the events up to a number have their deliveries."""
    return Statement(_ADVANCE, [number, webhook_id], prepared=False)


def delete(webhook_id: int) -> list[Statement]:
    """Delete a webhook, its secrets and what waits; what has ended is pruned in its time."""
    return [Statement(each, [webhook_id], prepared=False) for each in _DELETE]


def _place(scope: Scope, webhook_id: int) -> list[object]:
    return [scope.workspace_id, webhook_id]


def _all(sql: str, params: Sequence[object]) -> Query[list[Webhook]]:
    return query(Statement(sql, params, prepared=False), lambda rows: list(map(_from, rows)))


def _from(row: Row) -> Webhook:
    id, workspace_id, url, types, number, created_at, created_by, failing, disabled_at, why = row
    to_time = dialect().to_time
    return Webhook(
        id,
        workspace_id,
        url,
        tuple(types.split()),
        number,
        to_time(created_at),
        created_by,
        None if failing is None else to_time(failing),
        None if disabled_at is None else to_time(disabled_at),
        None if why is None else DisabledFor(why),
    )
