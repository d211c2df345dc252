"""The webhook_secret table: what signs the messages of a webhook."""

from dataclasses import dataclass
from datetime import datetime

from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Query, query

_OF = """
    SELECT id, secret, created_at, expires_at FROM webhook_secret
    WHERE webhook_id = %s AND (expires_at IS NULL OR expires_at > %s) ORDER BY id DESC
"""
_INSERT = """
    INSERT INTO webhook_secret (workspace_id, webhook_id, secret, created_at)
    VALUES (%s, %s, %s, %s)
"""
_EXPIRE = "UPDATE webhook_secret SET expires_at = %s WHERE id = %s"
_DELETE_OTHERS = """
    DELETE FROM webhook_secret WHERE webhook_id = %s AND id NOT IN (SELECT id FROM {kept})
"""


@dataclass(frozen=True, slots=True)
class Secret:
    """A row of the webhook_secret table; what is stored is in no representation of it."""

    id: int
    stored: str
    created_at: datetime
    expires_at: datetime | None

    def __repr__(self) -> str:
        return f"Secret({self.id})"


def of_webhook(webhook_id: int, *, at: datetime) -> Query[list[Secret]]:
    """The secrets of a webhook that hold at a time, the newest first."""
    statement = Statement(_OF, [webhook_id, at], prepared=False)
    return query(statement, lambda rows: list(map(_from, rows)))


def insert(scope: Scope, webhook_id: int, stored: str, *, at: datetime) -> Statement:
    """Add a secret to a webhook of the workspace, which does not expire."""
    return Statement(_INSERT, [scope.workspace_id, webhook_id, stored, at], prepared=False)


def expire(secret: Secret, *, at: datetime) -> Statement:
    """Let a secret hold until a time."""
    return Statement(_EXPIRE, [at, secret.id], prepared=False)


def delete_others(webhook_id: int, kept: list[Secret]) -> Statement:
    """Delete all secrets of a webhook but these."""
    table = dialect().ids("r", (each.id for each in kept))
    sql = _DELETE_OTHERS.format(kept=table.sql)
    return Statement(sql, [webhook_id, *table.params], prepared=False)


def _from(row: Row) -> Secret:
    id, stored, created_at, expires_at = row
    to_time = dialect().to_time
    ends = None if expires_at is None else to_time(expires_at)
    return Secret(id, stored, to_time(created_at), ends)
