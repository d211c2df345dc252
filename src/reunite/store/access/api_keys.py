"""The api_key table: who may come in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from reunite.core.access.callers import KeyScope
from reunite.core.access.keys import GivenKey
from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Query, query

_COLUMNS = """
    id, workspace_id, name, short, digest, scopes, created_at, created_by, expires_at, revoked_at,
    last_used_at, signed_out_at
"""
_ANY = "SELECT EXISTS (SELECT 1 FROM api_key)"
_READ = f"SELECT {_COLUMNS} FROM api_key WHERE workspace_id = %s AND id = %s"
_BY_SHORT = f"SELECT {_COLUMNS} FROM api_key WHERE short = %s"
_LIST = f"""
    SELECT {_COLUMNS} FROM api_key WHERE workspace_id = %s AND id > %s ORDER BY id LIMIT %s
"""
_INSERT = """
    INSERT INTO api_key (workspace_id, name, short, digest, scopes, created_at, created_by,
                         expires_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
"""
_REVOKE = """
    UPDATE api_key SET revoked_at = %s WHERE workspace_id = %s AND id = %s AND revoked_at IS NULL
"""
_SIGN_OUT = "UPDATE api_key SET signed_out_at = %s WHERE short = %s"
_USED = """
    UPDATE api_key SET last_used_at = %s
    WHERE id = (
        SELECT id FROM api_key
        WHERE id = %s AND (last_used_at IS NULL OR last_used_at <= %s) {unless_locked})
"""
USED_EVERY = timedelta(minutes=1)
"""How often the time of the last use is written."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A row of the api_key table."""

    id: int
    workspace_id: int
    name: str
    short: str
    digest: str
    scopes: frozenset[KeyScope]
    created_at: datetime
    created_by: str | None
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    signed_out_at: datetime | None = None

    def was_used_before(self, at: datetime) -> bool:
        """Whether the time of the last use is old enough to be written again."""
        return self.last_used_at is None or self.last_used_at <= at - USED_EVERY


def are_there() -> Query[bool]:
    """Whether there is a key of any workspace, or ever was: keys are never deleted."""
    return query(Statement(_ANY), lambda rows: bool(rows[0][0]))


def find(short: str) -> Query[ApiKey | None]:
    """The key with this short part, of any workspace."""
    return query(Statement(_BY_SHORT, [short]), _first)


def read_one(scope: Scope, key_id: int) -> Query[ApiKey | None]:
    """The key with that id in the workspace, if there is one."""
    return query(Statement(_READ, [scope.workspace_id, key_id], prepared=False), _first)


def listed(scope: Scope, *, after: int, limit: int) -> Query[list[ApiKey]]:
    """Up to ``limit`` keys of the workspace, by id, from the one after ``after`` on."""
    statement = Statement(_LIST, [scope.workspace_id, after, limit], prepared=False)
    return query(statement, lambda rows: list(map(_from, rows)))


def insert(
    scope: Scope,
    given: GivenKey,
    name: str,
    scopes: Iterable[KeyScope],
    *,
    at: datetime,
    expires_at: datetime | None,
) -> Query[int]:
    """Remember a new key of the workspace; its id."""
    values = [scope.workspace_id, name, given.short, given.digest, " ".join(scopes)]
    statement = Statement(_INSERT, [*values, at, scope.who, expires_at])
    return query(statement, lambda rows: int(rows[0][0]))


def revoke(scope: Scope, key_id: int, *, at: datetime) -> Statement:
    """Let a key hold no more; a key that was revoked stays as it is."""
    return Statement(_REVOKE, [at, scope.workspace_id, key_id], prepared=False)


def sign_out(short: str, *, at: datetime) -> Statement:
    """End the sign-ins of the key with this short part."""
    return Statement(_SIGN_OUT, [at, short], prepared=False)


def used(key_id: int, *, at: datetime) -> Statement:
    """Note a use, unless another process noted one within the last minute, or is at it."""
    return Statement(dialect().sql(_USED), [at, key_id, at - USED_EVERY], prepared=False)


def _first(rows: list[Row]) -> ApiKey | None:
    return _from(rows[0]) if rows else None


def _from(row: Row) -> ApiKey:
    id, workspace_id, name, short, digest, scopes, created_at, created_by, *times = row
    to_time = dialect().to_time
    expires_at, revoked_at, last_used_at, signed_out_at = (
        None if each is None else to_time(each) for each in times
    )
    return ApiKey(
        id,
        workspace_id,
        name,
        short,
        digest,
        frozenset(map(KeyScope, scopes.split())),
        to_time(created_at),
        created_by,
        expires_at,
        revoked_at,
        last_used_at,
        signed_out_at,
    )
