"""The workspace table, as those who run the server see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Query, query
from reunite.store.tables.workspaces import new_feed_id

_COLUMNS = "id, name, created_at"
_LIST = f"SELECT {_COLUMNS} FROM workspace WHERE id > %s ORDER BY id LIMIT %s"
_READ = f"SELECT {_COLUMNS} FROM workspace WHERE id = %s"
_NAMED = f"SELECT {_COLUMNS} FROM workspace WHERE name = %s"
_INSERT = f"""
    INSERT INTO workspace (name, created_at, feed_id) VALUES (%s, %s, %s)
    ON CONFLICT (name) DO NOTHING RETURNING {_COLUMNS}
"""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A row of the workspace table."""

    id: int
    name: str
    created_at: datetime


def listed(*, after: int, limit: int) -> Query[list[Workspace]]:
    """Up to ``limit`` workspaces, by id, from the one after ``after`` on."""
    return _all(_LIST, [after, limit])


def read_one(workspace_id: int) -> Query[list[Workspace]]:
    """The workspace with that id, or none."""
    return _all(_READ, [workspace_id])


def named(name: str) -> Query[list[Workspace]]:
    """The workspace with that name, or none."""
    return _all(_NAMED, [name])


def insert(name: str, *, at: datetime) -> Query[list[Workspace]]:
    """Create a workspace; none if there is one with that name."""
    return _all(_INSERT, [name, at, new_feed_id()])


def _all(sql: str, params: Sequence[object]) -> Query[list[Workspace]]:
    return query(Statement(sql, params, prepared=False), lambda rows: list(map(_from, rows)))


def _from(row: Row) -> Workspace:
    id, name, created_at = row
    return Workspace(id, name, dialect().to_time(created_at))
