"""SQLite in WAL mode."""

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import orjson
from django.db import IntegrityError
from django.db.backends.base.base import BaseDatabaseWrapper

from reunite.core.errors import DatabaseReadOnly, LockTimeout, ReuniteError, StorageFull
from reunite.core.repair.erasure import Remaining
from reunite.store.database.dialects.base import (
    Dialect,
    Lock,
    Row,
    RowSource,
    Statement,
    default_connection,
    unavailable,
    until_alone,
)

_INDEXES = """
    SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL
"""
# Several times faster than PRAGMA foreign_key_check, which does not go by the index.
_POINTS_NOWHERE = """
    SELECT EXISTS (SELECT 1 FROM {table} t LEFT JOIN {other} o ON o.{key} = t.{column}
                   WHERE t.{column} IS NOT NULL AND o.{key} IS NULL)
"""
# Foreign keys are checked once for all rows. Threads sort for indexes what the cache may hold: its
# default, 2 MB, is faster than more, for a processor's own cache holds no more.
_WHILE_LOADING = {"foreign_keys": 0, "threads": 2}
_LOADED = "loaded_"
_NUMBERING = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'"
_GIVEN = "SELECT name, seq FROM sqlite_sequence"
_GIVE_ON = "UPDATE sqlite_sequence SET seq = max(seq, %s) WHERE name = %s"
_GIVE_FIRST = """
    INSERT INTO sqlite_sequence (name, seq)
    SELECT %s, %s WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = %s)
"""
# Positions of one statement follow each other.
_NOTE_TOLD = Statement("""
    INSERT INTO unnumbered (position, workspace_id)
    SELECT position, workspace_id FROM event
    WHERE position > (SELECT max(position) FROM event) - changes()
""")
_BEGIN = Statement("BEGIN IMMEDIATE")
_EMPTY_LOG = Statement("PRAGMA wal_checkpoint(TRUNCATE)")
_CLEARING_TRIES = 3
_CLEARING_PAUSE_SECONDS = 0.05
# A quota, a disk without room, and an index of the write-ahead log that cannot grow have different
# codes.
_NO_ROOM = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE}
_PRIMARY_CODE = 0xFF
_UTC_OFFSET = "+00:00"
_FILE_ENDINGS = ("", "-wal", "-shm", "-journal")


class _Waiting(threading.local):
    waits: tuple[sqlite3.Connection | None, float] = None, 0.0
    """The last connection that was told how many seconds it waits for a lock, and these."""


_waiting = _Waiting()


class SQLite(Dialect):
    """SQLite in WAL mode. ``BEGIN IMMEDIATE`` is the lock: one transaction writes at a time."""

    vendor = "sqlite"
    names: ClassVar = {
        "json_object": "json_object",
        "json_array": "json_group_array",
        "json_text": "json(%s)",
        "json_merged": "json_patch",
        "last_link": "last_insert_rowid()",
        "contact_of_event": "json_extract(e.payload, '$.contactId')",
        "loaded_ids": """json_extract(e.payload, '$.firstId')
                         AND json_extract(e.payload, '$.lastId')""",
        "latest": "max",
        "month": "substr(created_at, 1, 7)",
        "unless_locked": "",
        "declared_values": """(
            SELECT c.id AS contact_id, json_extract(e.value, '$[0]') AS kind,
                   json_extract(e.value, '$[1]') AS value,
                   json_extract(e.value, '$[2]') AS counting_key,
                   json_extract(e.value, '$[3]') AS key
            FROM contact c, json_each(c.others) AS e)""",
        "created": """(SELECT * FROM contact WHERE changes() > 0
                       AND id = (SELECT seq FROM sqlite_sequence WHERE name = 'contact'))""",
        "age": "(julianday('now') - julianday(happened_at)) * 86400.0",
        "database_bytes": "page_count * page_size FROM pragma_page_count(), pragma_page_size()",
        "connections": "SELECT '', 0 WHERE 1 = 0",
    }
    has_one_writer = True
    has_log_to_empty = True
    snapshot = "BEGIN DEFERRED"

    def prepare(self, connection: BaseDatabaseWrapper) -> None:
        """Give it PostgreSQL's ``clock_timestamp()``, and let what is overwritten be gone.

        Any connection may free a page that holds an erased value.
        """
        connection.connection.create_function("clock_timestamp", 0, _clock_timestamp)
        connection.connection.execute("PRAGMA secure_delete = ON")

    def begin(self, *, wait_seconds: float) -> list[Statement]:
        # SQLite keeps no plan of this statement, which takes longer than others. So it is run only
        # where the time is another one, and long times differ by a tenth of a second at least.
        connection, seconds = default_connection(), round(wait_seconds, 1) or wait_seconds
        if connection.connection is None or _waiting.waits != (connection.connection, seconds):
            self.run([Statement(f"PRAGMA busy_timeout = {seconds * 1000:.0f}")])
            _waiting.waits = connection.connection, seconds
        return [_BEGIN]

    def lock(self, locks: Sequence[Lock], *, wait_seconds: float) -> list[Statement]:
        return []

    def telling(self, event: Statement) -> list[Statement]:
        return [event, _NOTE_TOLD]

    def insertion(
        self, contact: Statement, event: Statement, read: Statement, *, beside: Statement | None
    ) -> list[Statement]:
        # Each inserts rows if the one before did: so ``created`` still holds the contact.
        rows = [] if beside is None else [beside]
        return [contact, *rows, *self.telling(event), read]

    def table(
        self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[object]]
    ) -> Statement:
        # One JSON array is one parameter; SQLite allows only so many.
        values = ", ".join(
            f"json_extract(value, '$[{place}]') AS {column}" for place, column in enumerate(columns)
        )
        encoded = orjson.dumps(rows, _sqlite_time, orjson.OPT_PASSTHROUGH_DATETIME)
        return Statement(f"(SELECT {values} FROM json_each(%s)) AS {name}", [encoded.decode()])

    def new_contact_ids(self, count: int) -> Statement:
        return Statement(
            """
            SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'contact'), 0) + 1, %s
            """,
            [count],
        )

    def after_erasing(self) -> tuple[Remaining, ...]:
        (((wait,),),) = self.run([Statement("PRAGMA busy_timeout")])
        try:
            for _ in range(_CLEARING_TRIES):
                # With a time-out it would wait for readers, and all writers for it.
                *_, ((busy, _, _),) = self.run([Statement("PRAGMA busy_timeout = 0"), _EMPTY_LOG])
                if not busy:
                    return ()
                time.sleep(_CLEARING_PAUSE_SECONDS)
            return (Remaining.WRITE_AHEAD_LOG,)
        finally:
            self.run([Statement(f"PRAGMA busy_timeout = {wait}")])

    @contextmanager
    def loading(self) -> Iterator[None]:
        connection = default_connection()
        connection.ensure_connection()
        raw = connection.connection
        before = {name: raw.execute(f"PRAGMA {name}").fetchone()[0] for name in _WHILE_LOADING}
        _set_pragmas(raw, _WHILE_LOADING)
        try:
            yield
        finally:
            # A connection that was opened anew meanwhile knows nothing of this.
            if connection.connection is raw:
                _set_pragmas(raw, before)
                _detach_loaded(raw)

    def take_contact_ids(self, count: int) -> int:
        (rows,) = self.run(
            [
                Statement(
                    "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'contact'"
                )
            ]
        )
        return int(rows[0][0])

    def load(self, tables: Mapping[str, RowSource]) -> None:
        connection = default_connection()
        raw = connection.connection
        with self.driver_errors(connection):
            files = {
                table: source.sqlite_files(table, _creation(raw, table))
                for table, source in tables.items()
            }
            for table, source in tables.items():
                _load(raw, table, source.columns, files[table])

    def last_ids(self, keys: Mapping[str, str]) -> dict[str, int]:
        (numbering, given) = self.run([Statement(_NUMBERING), Statement(_GIVEN)])
        found: dict[str, int] = dict(given)
        return {name: int(found.get(name, 0)) for (name,) in numbering if name in keys}

    def give_ids_after(self, keys: Mapping[str, str], last: Mapping[str, int]) -> list[Statement]:
        return [
            statement
            for name, id in last.items()
            for statement in (
                Statement(_GIVE_ON, [id, name]),
                Statement(_GIVE_FIRST, [name, id, name]),
            )
        ]

    def files(self) -> list[Path]:
        name = default_connection().settings_dict["NAME"]
        return [Path(f"{name}{ending}") for ending in _FILE_ENDINGS]

    @contextmanager
    def set_up_alone(self) -> Iterator[None]:
        file = str(default_connection().settings_dict["NAME"])
        # A lock on the folder leaves no file behind, and is none of SQLite's own.
        folder = Path(file).parent
        if not folder.is_dir():
            yield
            return
        number = os.open(folder, os.O_RDONLY)

        def is_locked() -> bool:
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        try:
            until_alone(is_locked)
            yield
        finally:
            os.close(number)

    def to_time(self, value: Any) -> datetime:
        if isinstance(value, datetime):
            return value.replace(tzinfo=UTC)
        return datetime.fromisoformat(value + _UTC_OFFSET)

    def _run(self, raw: sqlite3.Connection, statements: Sequence[Statement]) -> list[list[Row]]:
        return [
            raw.execute(
                _question_marks(s.sql),
                [_sqlite_time(p) if isinstance(p, datetime) else p for p in s.params],
            ).fetchall()
            for s in statements
        ]

    def _stream(self, raw: sqlite3.Connection, statement: Statement) -> Iterator[Row]:
        yield from raw.execute(_question_marks(statement.sql), statement.params)

    def _translated(self, error: Exception) -> ReuniteError | None:
        match getattr(error.__cause__, "sqlite_errorcode", 0):
            case sqlite3.SQLITE_BUSY:
                return LockTimeout()
            case sqlite3.SQLITE_ERROR:  # A mistake in a statement.
                return None
            case code if code in _NO_ROOM:
                return StorageFull()
            case code if code & _PRIMARY_CODE == sqlite3.SQLITE_READONLY:
                return DatabaseReadOnly()
        return unavailable(error)


def _creation(raw: sqlite3.Connection, table: str) -> str:
    ((sql,),) = raw.execute("SELECT sql FROM sqlite_master WHERE name = ?", [table])
    return str(sql)


def _load(
    raw: sqlite3.Connection, table: str, columns: Sequence[str], files: Iterator[Path]
) -> None:
    """Add the rows of files."""
    rebuilt: list[Row] = []
    if not raw.execute(f"SELECT EXISTS (SELECT 1 FROM {table})").fetchone()[0]:
        # An index is built by sorting; adding rows to it would read and write all over it.
        rebuilt = raw.execute(_INDEXES, [table]).fetchall()
    for name, _ in rebuilt:
        raw.execute(f"DROP INDEX {name}")
    # Tables that are alike are copied blindly, unless columns are named.
    into, what = (table, "*") if "id" in columns else _named(table, columns)
    for number, file in enumerate(files):
        loaded = f"{_LOADED}{table}_{number}"
        raw.execute(f"ATTACH ? AS {loaded}", [str(file)])
        raw.execute(f"INSERT INTO {into} SELECT {what} FROM {loaded}.{table}")
    for _, create_index in rebuilt:
        raw.execute(create_index)
    for _, _, other, column, key, *_ in raw.execute(f"PRAGMA foreign_key_list({table})"):
        sql = _POINTS_NOWHERE.format(table=table, column=column, other=other, key=key)
        if raw.execute(sql).fetchone()[0]:
            raise IntegrityError(f"{column} of a row of {table} points to a row that is not there")


def _named(table: str, columns: Sequence[str]) -> tuple[str, str]:
    names = ", ".join(columns)
    return f"{table} ({names})", names


def _detach_loaded(raw: sqlite3.Connection) -> None:
    for _, name, _ in raw.execute("PRAGMA database_list").fetchall():
        if name.startswith(_LOADED):
            raw.execute(f"DETACH {name}")


def _set_pragmas(raw: sqlite3.Connection, values: Mapping[str, int]) -> None:
    for name, value in values.items():
        raw.execute(f"PRAGMA {name} = {value}")


@cache
def _question_marks(sql: str) -> str:
    return sql.replace("%s", "?")


def _sqlite_time(value: datetime) -> str:
    # As Django writes it: the same text sorts and compares in time's order.
    return value.astimezone(UTC).isoformat(" ").removesuffix(_UTC_OFFSET)


def _clock_timestamp() -> str:
    return _sqlite_time(datetime.now(UTC))
