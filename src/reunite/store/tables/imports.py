"""The import table: which files were imported, and how far."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reunite.core.imports.states import ImportState
from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Found, Query, Reader, query
from reunite.store.tables import clock

_COLUMNS = """
    id, digest, name, state, attempts, stage, percent, revision, position, rows, refused,
    contacts, persons, merges, held, reason, notes, last_retired, is_dry, reasons,
    created_at, updated_at, created_by
"""
_READ = f"SELECT {_COLUMNS} FROM import WHERE workspace_id = %s AND id = %s"
_FIND_LAST = f"""
    SELECT {_COLUMNS} FROM import WHERE workspace_id = %s AND digest = %s
    ORDER BY id DESC LIMIT 1
"""
_LIST = f"""
    SELECT {_COLUMNS} FROM import WHERE workspace_id = %s AND id > %s ORDER BY id LIMIT %s
"""
_LIST_LATEST = f"""
    SELECT {_COLUMNS} FROM import WHERE workspace_id = %s AND id < %s ORDER BY id DESC LIMIT %s
"""
_ATTEMPTS = "SELECT id, attempts FROM import WHERE state IN ('waiting', 'running')"
_WORKSPACES = "SELECT id, workspace_id FROM import WHERE state IN ('waiting', 'running')"
_SCOPE = "SELECT workspace_id, NULL, created_by FROM import WHERE id = %s"
_INSERT = """
    INSERT INTO import (workspace_id, digest, name, state, is_dry, revision, position, rows,
                        refused, contacts, merges, reason, created_at, updated_at, created_by)
    VALUES (%s, %s, %s, %s, %s, 0, 0, 0, 0, 0, 0, '', %s, %s, %s) RETURNING id
"""
# What has ended stays as it ended, but a failed import may be begun again.
_BEGIN = """
    UPDATE import SET state = 'running', attempts = attempts + 1, stage = 'reading', percent = 0,
                      updated_at = %s
    WHERE id = %s AND state IN ('waiting', 'running', 'failed') RETURNING attempts
"""
_GIVE_BACK = "UPDATE import SET attempts = attempts - 1 WHERE id = %s AND attempts > 0"
_STAGE = """
    UPDATE import SET stage = %s, percent = %s, updated_at = %s WHERE id = %s AND state = 'running'
"""
_NOTES = "UPDATE import SET notes = %s WHERE id = %s"
_START = """
    UPDATE import SET revision = %s, position = %s, last_retired = %s, updated_at = %s
    WHERE id = %s
"""
_COUNT = "UPDATE import SET rows = %s, refused = %s, reasons = %s WHERE id = %s"
_FORETELL = """
    UPDATE import SET contacts = %s, persons = %s, merges = %s, held = %s
    WHERE id = %s AND state = 'running'
"""
# What a dry run told goes: the file is read anew, perhaps under other rules.
_START_FOR_GOOD = """
    UPDATE import SET state = 'waiting', is_dry = %s, attempts = 0, rows = 0, refused = 0,
                      contacts = 0, persons = 0, merges = 0, held = 0, notes = '', reasons = '{}',
                      updated_at = %s
    WHERE workspace_id = %s AND id = %s AND is_dry AND state = 'done' RETURNING id
"""
_PROGRESS = """
    UPDATE import SET position = %s, contacts = contacts + %s, persons = persons + %s,
                      merges = merges + %s, held = held + %s, refused = refused + %s,
                      attempts = 1, updated_at = %s{revision}
    WHERE id = %s AND state = 'running' RETURNING id
"""
# Hubs that the rows themselves retired change the revision: the next attempt goes on all the same.
_REVISION = ", revision = (SELECT w.revision FROM workspace w WHERE w.id = import.workspace_id)"
_END = """
    UPDATE import SET state = %s, stage = '', percent = 0, reason = %s, updated_at = %s
    WHERE id = %s AND state IN ('waiting', 'running') RETURNING id
"""
_BLANK = "UPDATE import SET name = '', reason = '', notes = '' WHERE id = %s"
_DELETE_ENDED = """
    DELETE FROM import WHERE state NOT IN ('waiting', 'running') AND updated_at < %s RETURNING id
"""
_NOTE = """
    UPDATE import SET state = 'waiting', stage = '', percent = 0, reason = %s, updated_at = %s
    WHERE id = %s AND state IN ('waiting', 'running')
"""


_ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Import:
    """A row of the import table; ``position`` is the place of the last row that is done.

    ``refused_by_reason`` counts rows that were refused, ``left_out_by_reason`` those that were
    taken without a value. ``last_retired`` is the id of what was retired last when the rows were
    first read. ``is_dry`` where it only tells what would come of the file.
    """

    id: int
    digest: str
    name: str
    state: ImportState
    attempts: int
    stage: str
    percent: int
    revision: int
    position: int
    rows: int
    refused: int
    contacts: int
    persons: int
    merges: int
    held: int
    reason: str
    notes: str
    last_retired: int
    is_dry: bool
    refused_by_reason: dict[str, int]
    left_out_by_reason: dict[str, int]
    created_at: datetime
    updated_at: datetime
    created_by: str | None


def read(scope: Scope, import_id: int) -> Query[Import | None]:
    """The import with that id, if there is one."""
    return _query(_READ, [scope.workspace_id, import_id], _first)


def listed(scope: Scope, *, after: int, limit: int) -> Query[list[Import]]:
    """Up to ``limit`` imports, by id, from the one after the id ``after`` on."""
    params = [scope.workspace_id, after, limit]
    return _query(_LIST, params, lambda rows: list(map(_from, rows)))


def latest(scope: Scope, *, before: int, limit: int) -> Query[list[Import]]:
    """Up to ``limit`` imports, the latest first, of those with ids below ``before``."""
    params = [scope.workspace_id, before, limit]
    return _query(_LIST_LATEST, params, lambda rows: list(map(_from, rows)))


def find_last(scope: Scope, digest: str) -> Query[Import | None]:
    """The last import with that digest, in any state."""
    return _query(_FIND_LAST, [scope.workspace_id, digest], _first)


def scope_of(import_id: int) -> Query[Scope | None]:
    """The scope in which an import of any workspace goes on; None if there is no such import."""
    return _query(_SCOPE, [import_id], lambda rows: Scope(*rows[0]) if rows else None)


def attempts() -> Query[dict[int, int]]:
    """How many attempts were begun at each import of all workspaces that has not ended."""
    return _query(_ATTEMPTS, (), dict)


def workspaces() -> Query[dict[int, int]]:
    """The workspace of each import that has not ended."""
    return _query(_WORKSPACES, (), dict)


def insert(
    scope: Scope,
    reader: Reader,
    digest: str,
    name: str,
    *,
    state: ImportState,
    is_dry: bool = False,
) -> int:
    """Remember a new import; its id. Rows without a time are contacts of the import's time."""
    at = reader.read(clock.now(scope))
    params = [scope.workspace_id, digest, name, state.value, is_dry, at, at, scope.who]
    _, rows = reader.run(clock.advance(scope, at), Statement(_INSERT, params, prepared=False))
    return int(rows[0][0])


def begin(import_id: int, *, at: datetime) -> Query[bool]:
    """Say that an attempt begins; False if the import is done or cancelled."""
    return _query(_BEGIN, [at, import_id], bool)


def give_back(import_id: int) -> Statement:
    """Say that the attempt that was begun does not count."""
    return Statement(_GIVE_BACK, [import_id], prepared=False)


def stage(import_id: int, name: str, *, percent: int, at: datetime) -> Statement:
    """Say what is being done, and how much of that is done."""
    return Statement(_STAGE, [name, percent, at, import_id], prepared=False)


def count(
    import_id: int, *, rows: int, refused: Mapping[str, int], left_out: Mapping[str, int]
) -> Statement:
    """Say how many rows there are, are refused and are taken without a value, by reason."""
    reasons = json.dumps([refused, left_out])
    return Statement(_COUNT, [rows, sum(refused.values()), reasons, import_id], prepared=False)


def start(
    import_id: int, *, revision: int, position: int, last_retired: int, at: datetime
) -> Statement:
    """Say from where on rows are imported, and under which rules."""
    params = [revision, position, last_retired, at, import_id]
    return Statement(_START, params, prepared=False)


def foretell(import_id: int, *, contacts: int, persons: int, merges: int, held: int) -> Statement:
    """Say what would come of the rows."""
    params = [contacts, persons, merges, held, import_id]
    return Statement(_FORETELL, params, prepared=False)


def start_for_good(scope: Scope, import_id: int, *, at: datetime) -> Query[bool]:
    """Let what a dry run has told wait to be imported; False if it is no dry run that is done."""
    return _query(_START_FOR_GOOD, [False, at, scope.workspace_id, import_id], bool)


def progress(
    import_id: int,
    *,
    position: int,
    contacts: int,
    persons: int,
    merges: int,
    held: int,
    refused: int = 0,
    at: datetime,
    is_locked: bool,
) -> Query[bool]:
    """Say that the rows up to a position are done; False if the import was cancelled.

    ``is_locked``: behind the gate, where the workspace's revision is the one that they were done
    under.
    """
    params = [position, contacts, persons, merges, held, refused, at, import_id]
    return _query(_PROGRESS.format(revision=_REVISION if is_locked else ""), params, bool)


def end(import_id: int, *, state: ImportState, reason: str = "", at: datetime) -> Query[bool]:
    """Say how an import ended, and why; False if it had ended before."""
    return _query(_END, [state.value, reason, at, import_id], bool)


def blank(import_id: int) -> Statement:
    """Forget what files were called, and what was said of them."""
    return Statement(_BLANK, [import_id], prepared=False)


def delete_ended(before: datetime) -> Query[list[int]]:
    """Forget the imports, of all workspaces, that ended before a time; their ids."""
    return _query(_DELETE_ENDED, [before], lambda rows: [id for (id,) in rows])


def notes(import_id: int, lines: str) -> Statement:
    """Keep what was said of the files."""
    return Statement(_NOTES, [lines, import_id], prepared=False)


def note(import_id: int, reason: str, *, at: datetime) -> Statement:
    """Say why an attempt failed, and that the import waits for the next one."""
    return Statement(_NOTE, [reason, at, import_id], prepared=False)


def _query(
    sql: str, params: Sequence[object], found_from: Callable[[list[Row]], Found]
) -> Query[Found]:
    return query(Statement(sql, params, prepared=False), found_from)


def _first(rows: list[Row]) -> Import | None:
    return _from(rows[0]) if rows else None


def _from(row: Row) -> Import:
    to_time = dialect().to_time
    id, digest, name, state, *rest, is_dry, reasons, created_at, updated_at, created_by = row
    last: list[Any] = [*map(to_time, (created_at, updated_at)), created_by]
    rest.append(bool(is_dry))
    found = Import(id, digest, name, ImportState(state), *rest, *_counts(reasons), *last)
    # What else is refused, was erased after the file was read.
    erased = found.refused - sum(found.refused_by_reason.values())
    if erased > 0:
        found.refused_by_reason[_ERASED] = found.refused_by_reason.get(_ERASED, 0) + erased
    return found


def _counts(reasons: str) -> list[dict[str, int]]:
    """How many rows were refused by reason, and how many left out; none of older imports."""
    return json.loads(reasons) or [{}, {}]
