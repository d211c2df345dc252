"""The versions of a workspace's policy: rows of the table policy, written once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reunite.core.policy.policy import Policy
from reunite.core.policy.rules import rules_to_store, stored_policy
from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Query, query

_COLUMNS = "id, version, CAST(rules AS text), staged_up_to, applied_at, created_at, created_by"
_CURRENT = f"""
    SELECT {_COLUMNS} FROM policy WHERE workspace_id = %s AND applied_at IS NOT NULL
    ORDER BY version DESC LIMIT 1
"""
_PREPARED = f"""
    SELECT {_COLUMNS} FROM policy WHERE workspace_id = %s AND applied_at IS NULL LIMIT 1
"""
_LIST = f"""
    SELECT {_COLUMNS} FROM policy WHERE workspace_id = %s AND version > %s
    ORDER BY version LIMIT %s
"""
_INSERT = """
    INSERT INTO policy (workspace_id, version, created_by, rules, staged_up_to, applied_at,
                        created_at)
    SELECT %s, (SELECT coalesce(max(version), 0) + 1 FROM policy WHERE workspace_id = %s),
           %s, rules, 0, applied_at, at
    FROM {rows}
    RETURNING version
"""
_INSERT_TYPES = {"rules": "jsonb", "applied_at": "timestamptz", "at": "timestamptz"}
_STAGED_UP_TO = """
    UPDATE policy SET staged_up_to = %s WHERE id = %s AND staged_up_to = %s AND applied_at IS NULL
    RETURNING id
"""
_APPLIED = "UPDATE policy SET applied_at = %s WHERE id = %s"
_DISCARD = "DELETE FROM policy WHERE workspace_id = %s AND applied_at IS NULL"


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A row of the table policy; ``applied_at`` is None while it is being prepared."""

    id: int
    version: int
    policy: Policy
    staged_up_to: int
    applied_at: datetime | None
    created_at: datetime
    created_by: str | None


def current(scope: Scope) -> Query[PolicyVersion | None]:
    """The version in force, None if there never was one."""
    return query(Statement(_CURRENT, [scope.workspace_id]), _first)


def being_prepared(scope: Scope) -> Query[PolicyVersion | None]:
    """The version that is being prepared, if one is."""
    return query(Statement(_PREPARED, [scope.workspace_id]), _first)


def listed(scope: Scope, *, after: int, limit: int) -> Query[list[PolicyVersion]]:
    """Versions in order, from the one after ``after`` on."""
    statement = Statement(_LIST, [scope.workspace_id, after, limit])
    return query(statement, lambda rows: list(map(_version_from, rows)))


def insert(
    scope: Scope, policy: Policy, *, at: datetime, applied_at: datetime | None
) -> Query[int]:
    """Write the next version; its number."""
    row = (json.dumps(rules_to_store(policy)), applied_at, at)
    place = [scope.workspace_id, scope.workspace_id, scope.who]
    (statement,) = dialect().with_rows(_INSERT, _INSERT_TYPES, [row], place)
    return query(statement, lambda rows: int(rows[0][0]))


def note_staged(version: PolicyVersion, *, up_to: int) -> Query[bool]:
    """Note how far the version is prepared; False without a write if another process was faster."""
    params = [up_to, version.id, version.staged_up_to]
    return query(Statement(_STAGED_UP_TO, params), bool)


def apply(version: PolicyVersion, *, at: datetime) -> Statement:
    """Let the prepared version be in force."""
    return Statement(_APPLIED, [at, version.id])


def discard(scope: Scope) -> Statement:
    """Forget the version that is being prepared, which never was in force."""
    return Statement(_DISCARD, [scope.workspace_id])


def _first(rows: Sequence[Row]) -> PolicyVersion | None:
    return _version_from(rows[0]) if rows else None


def _version_from(row: Row) -> PolicyVersion:
    id, version, rules, staged_up_to, applied_at, created_at, created_by = row
    to_time = dialect().to_time
    return PolicyVersion(
        id,
        version,
        stored_policy(json.loads(rules)),
        staged_up_to,
        applied_at and to_time(applied_at),
        to_time(created_at),
        created_by,
    )
