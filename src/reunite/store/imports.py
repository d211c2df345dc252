"""The import table: which files were imported, and how far."""

from dataclasses import dataclass
from datetime import datetime

from reunite.store.dialects import Statement, dialect
from reunite.store.prepared import Row
from reunite.store.transactions import Transaction

_COLUMNS = """
    id, digest, name, state, revision, position, rows, refused, contacts, merges, reason,
    created_at, updated_at
"""
_READ = f"SELECT {_COLUMNS} FROM import WHERE workspace_id = %s AND id = %s"
_FIND = f"""
    SELECT {_COLUMNS} FROM import
    WHERE workspace_id = %s AND digest = %s AND state IN ('waiting', 'running')
    ORDER BY id DESC LIMIT 1
"""
_LIST = f"""
    SELECT {_COLUMNS} FROM import WHERE workspace_id = %s AND id > %s ORDER BY id LIMIT %s
"""
_INSERT = """
    INSERT INTO import (workspace_id, digest, name, state, revision, position, rows, refused,
                        contacts, merges, reason, created_at, updated_at)
    VALUES (%s, %s, %s, %s, 0, 0, 0, 0, 0, 0, '', %s, %s) RETURNING id
"""
_START = """
    UPDATE import SET state = 'running', revision = %s, position = %s, rows = %s,
                      refused = %s, updated_at = %s
    WHERE id = %s
"""
_PROGRESS = """
    UPDATE import SET position = %s, contacts = contacts + %s, merges = merges + %s,
                      updated_at = %s
    WHERE id = %s
"""
_END = "UPDATE import SET state = %s, reason = %s, updated_at = %s WHERE id = %s"


@dataclass(frozen=True, slots=True)
class Import:
    """A row of the import table; ``position`` counts the pairs of identifiers that are done."""

    id: int
    digest: str
    name: str
    state: str
    revision: int
    position: int
    rows: int
    refused: int
    contacts: int
    merges: int
    reason: str
    created_at: datetime
    updated_at: datetime


def read(import_id: int, *, workspace_id: int) -> Import | None:
    """The import of that id, if there is one."""
    (rows,) = dialect().run([Statement(_READ, [workspace_id, import_id], prepared=False)])
    return _from(rows[0]) if rows else None


def listed(*, after: int, limit: int, workspace_id: int) -> list[Import]:
    """Up to ``limit`` imports, by id, from the one after the id ``after`` on."""
    statement = Statement(_LIST, [workspace_id, after, limit], prepared=False)
    (rows,) = dialect().run([statement])
    return [_from(row) for row in rows]


def find_unfinished(
    digest: str, *, workspace_id: int, locked: Transaction | None = None
) -> Import | None:
    """The last import of that digest, if it is waiting or was interrupted."""
    (rows,) = _run(Statement(_FIND, [workspace_id, digest], prepared=False), locked)
    return _from(rows[0]) if rows else None


def insert(
    digest: str,
    name: str,
    *,
    state: str,
    at: datetime,
    workspace_id: int,
    locked: Transaction | None = None,
) -> int:
    """Remember a new import; its id."""
    params = [workspace_id, digest, name, state, at, at]
    (rows,) = _run(Statement(_INSERT, params, prepared=False), locked)
    return int(rows[0][0])


def start(
    import_id: int, *, revision: int, position: int, rows: int, refused: int, at: datetime
) -> None:
    """Say what is to be done, and from where on."""
    params = [revision, position, rows, refused, at, import_id]
    dialect().run([Statement(_START, params, prepared=False)])


def progress(
    import_id: int, *, position: int, contacts: int, merges: int, at: datetime
) -> Statement:
    """Say that the pairs up to a position are done."""
    return Statement(_PROGRESS, [position, contacts, merges, at, import_id], prepared=False)


def end(import_id: int, *, state: str, reason: str = "", at: datetime) -> Statement:
    """Say that an import is done, or failed and why."""
    return Statement(_END, [state, reason, at, import_id], prepared=False)


def run(*statements: Statement) -> None:
    """Run statements of this module, each on its own."""
    dialect().run(statements)


def _run(statement: Statement, locked: Transaction | None) -> list[list[Row]]:
    return dialect().run([statement]) if locked is None else locked.run(statement)


def _from(row: Row) -> Import:
    to_time = dialect().to_time
    return Import(*row[:-2], *map(to_time, row[-2:]))
