"""SQLite in WAL mode."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar

import orjson
from django.db.backends.base.base import BaseDatabaseWrapper

from reunite.core.errors import LockTimeout, ReuniteError
from reunite.store.dialects.base import (
    Dialect,
    Lock,
    Statement,
    default_connection,
    unavailable,
)
from reunite.store.prepared import Row

_INDEXES = """
    SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL
"""
_LOAD_CACHE_KIBIBYTES = 256 * 1024


class SQLite(Dialect):
    """SQLite in WAL mode. ``BEGIN IMMEDIATE`` is the lock: one transaction writes at a time."""

    vendor = "sqlite"
    names: ClassVar = {
        "json_object": "json_object",
        "json_array": "json_group_array",
        "json_text": "json(%s)",
        "latest": "max",
        "created": """(SELECT * FROM contact WHERE changes() = 1
                       AND id = (SELECT seq FROM sqlite_sequence WHERE name = 'contact'))""",
    }
    snapshot = "BEGIN DEFERRED"

    def begin(self, *, wait_seconds: float) -> list[Statement]:
        return [
            Statement(f"PRAGMA busy_timeout = {wait_seconds * 1000:.0f}"),
            Statement("BEGIN IMMEDIATE"),
        ]

    def lock(self, locks: Sequence[Lock], *, wait_seconds: float) -> list[Statement]:
        return []

    def insertion(self, contact: Statement, event: Statement, read: Statement) -> list[Statement]:
        return [contact, event, read]

    def table(
        self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[object]]
    ) -> Statement:
        # One JSON array is one parameter; SQLite allows only so many.
        values = ", ".join(
            f"json_extract(value, '$[{place}]') AS {column}" for place, column in enumerate(columns)
        )
        encoded = orjson.dumps(rows, _sqlite_value, orjson.OPT_PASSTHROUGH_DATETIME)
        return Statement(f"(SELECT {values} FROM json_each(%s)) AS {name}", [encoded.decode()])

    def new_contact_ids(self, count: int) -> Statement:
        return Statement(
            """
            WITH RECURSIVE new(id, place) AS (
                SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'contact'), 0), 0
                UNION ALL SELECT id + 1, place + 1 FROM new WHERE place < %s)
            SELECT id FROM new WHERE place > 0
            """,
            [count],
        )

    def before_erasing(self) -> list[Statement]:
        return [Statement("PRAGMA secure_delete = ON")]

    def after_erasing(self) -> list[Statement]:
        return [Statement("PRAGMA wal_checkpoint(TRUNCATE)")]

    def take_contact_ids(self, count: int) -> Statement:
        return Statement(
            """
            SELECT coalesce(max(seq), 0) + 1, coalesce(max(seq), 0) + %s
            FROM sqlite_sequence WHERE name = 'contact'
            """,
            [count],
        )

    def load(
        self,
        table: str,
        columns: Sequence[str],
        *,
        binary: Callable[[], Iterator[bytes]],
        rows: Callable[[], Iterator[Sequence[Row]]],
    ) -> None:
        connection = default_connection()
        places = ", ".join("?" for _ in columns)
        insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"
        with self._driver_errors(connection), _large_cache(connection.connection) as raw:
            rebuilt: list[Row] = []
            if not raw.execute(f"SELECT EXISTS (SELECT 1 FROM {table})").fetchone()[0]:
                # An index is built by sorting; adding rows to it would read and write all over it.
                rebuilt = raw.execute(_INDEXES, [table]).fetchall()
            for name, _ in rebuilt:
                raw.execute(f"DROP INDEX {name}")
            for some in rows():
                raw.executemany(insert, some)
            for _, create in rebuilt:
                raw.execute(create)

    def to_time(self, value: Any) -> datetime:
        time = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return time.replace(tzinfo=UTC)

    def _run(self, raw: sqlite3.Connection, statements: Sequence[Statement]) -> list[list[Row]]:
        return [
            raw.execute(_question_marks(s.sql), [_sqlite_value(p) for p in s.params]).fetchall()
            for s in statements
        ]

    def _stream(self, raw: sqlite3.Connection, statement: Statement) -> Iterator[Row]:
        yield from raw.execute(_question_marks(statement.sql), statement.params)

    def _translated(self, error: Exception) -> ReuniteError | None:
        match getattr(error.__cause__, "sqlite_errorcode", None):
            case sqlite3.SQLITE_BUSY:
                return LockTimeout()
            case sqlite3.SQLITE_ERROR:  # A mistake in a statement.
                return None
        return unavailable(error)


def add_functions(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Give SQLite PostgreSQL's ``clock_timestamp()``; called for every new connection."""
    if connection.vendor == SQLite.vendor:
        connection.connection.create_function(
            "clock_timestamp", 0, lambda: _sqlite_value(datetime.now(UTC))
        )


@contextmanager
def _large_cache(raw: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Room for what a load writes and sorts."""
    (size,) = raw.execute("PRAGMA cache_size").fetchone()
    raw.execute(f"PRAGMA cache_size = -{_LOAD_CACHE_KIBIBYTES}")
    try:
        yield raw
    finally:
        raw.execute(f"PRAGMA cache_size = {size}")


@cache
def _question_marks(sql: str) -> str:
    return sql.replace("%s", "?")


def _sqlite_value(value: object) -> object:
    # As Django writes it: the same text sorts and compares in time's order.
    return str(value.astimezone(UTC).replace(tzinfo=None)) if isinstance(value, datetime) else value
