"""The workspace table, as those who run the server see it."""

from dataclasses import dataclass
from datetime import datetime

from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.transactions import Transaction, read

_COLUMNS = "id, name, created_at"
_LIST = f"SELECT {_COLUMNS} FROM workspace WHERE id > %s ORDER BY id LIMIT %s"
_READ = f"SELECT {_COLUMNS} FROM workspace WHERE id = %s"
_NAMED = f"SELECT {_COLUMNS} FROM workspace WHERE name = %s"
_INSERT = f"""
    INSERT INTO workspace (name, created_at) VALUES (%s, %s)
    ON CONFLICT (name) DO NOTHING RETURNING {_COLUMNS}
"""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A row of the workspace table."""

    id: int
    name: str
    created_at: datetime


def listed(*, after: int, limit: int) -> list[Workspace]:
    """Up to ``limit`` workspaces, by id, from the one after ``after`` on."""
    return _all(Statement(_LIST, [after, limit], prepared=False))


def read_one(workspace_id: int) -> list[Workspace]:
    """The workspace of that id, or none."""
    return _all(Statement(_READ, [workspace_id], prepared=False))


def named(name: str) -> list[Workspace]:
    """The workspace of that name, or none."""
    return _all(Statement(_NAMED, [name], prepared=False))


def insert(locked: Transaction, name: str, *, at: datetime) -> Workspace | None:
    """Create a workspace; None if there is one of that name."""
    (rows,) = locked.run(Statement(_INSERT, [name, at], prepared=False))
    return _from(rows[0]) if rows else None


def _all(statement: Statement) -> list[Workspace]:
    (rows,) = read(statement)
    return [_from(row) for row in rows]


def _from(row: Row) -> Workspace:
    id, name, created_at = row
    return Workspace(id, name, dialect().to_time(created_at))
