"""Every difference between SQLite and PostgreSQL, one class per vendor."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from itertools import count
from typing import Any, ClassVar, NamedTuple
from weakref import WeakKeyDictionary

import orjson
import psycopg
from django.db import DEFAULT_DB_ALIAS, Error, InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from reunite.core.errors import DatabaseUnavailable, LockTimeout, ReuniteError
from reunite.store.prepared import PreparedStatements, Row, array

_STREAM_ROWS = 10_000
_stream_numbers = count()
_prepared_by_connection: WeakKeyDictionary[psycopg.Connection, PreparedStatements] = (
    WeakKeyDictionary()
)


class Statement(NamedTuple):
    """One SQL statement with ``%s`` for each parameter.

    ``prepared`` statements are planned once; the others each time, for the number of their values.
    """

    sql: str
    params: Sequence[object] = ()
    prepared: bool = True


class Lock(NamedTuple):
    """A lock by its 64-bit key; ``shared`` keeps out only those who do not share it."""

    key: int
    shared: bool = False


class Restart(ReuniteError):
    """Another transaction got in between: decide again from the start."""

    code = "restart"


class Dialect(ABC):
    """What ``store`` asks of a database, always on Django's default connection."""

    vendor: ClassVar[str]
    names: ClassVar[dict[str, str]]
    """SQL for the names in a template's braces: ``json_object``, ``json_array`` (an aggregate),
    ``json_text`` (JSON from a parameter of text), ``latest`` (the greatest argument) and
    ``created`` (a table of the contact that ``insertion`` inserted, or empty)."""
    snapshot: ClassVar[str]
    """Begins a transaction in which every statement sees the same rows."""

    def sql(self, template: str) -> str:
        """The template with this vendor's SQL in place of the names in braces."""
        return _filled(self, template)

    def run(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """Run statements in order, in as few round trips as the driver can; the rows of each."""
        connection = _connection()
        with self._driver_errors(connection):
            connection.ensure_connection()
            return self._run(connection.connection, statements)

    def stream(self, statement: Statement) -> Iterator[Row]:
        """The rows of one statement, a batch at a time; within a transaction."""
        connection = _connection()
        with self._driver_errors(connection):
            yield from self._stream(connection.connection, statement)

    def rollback(self) -> None:
        """End the transaction, if one is open, without a trace."""
        connection = _connection()
        if connection.connection is not None:
            with self._driver_errors(connection):
                connection.connection.rollback()

    @abstractmethod
    def begin(self, *, wait_seconds: float) -> list[Statement]:
        """Begin a transaction that will write."""

    @abstractmethod
    def lock(self, locks: Sequence[Lock], *, wait_seconds: float) -> list[Statement]:
        """Take locks in the order given, held until the transaction ends.

        From here on no statement of the transaction waits longer than ``wait_seconds`` for a lock.
        """

    @abstractmethod
    def insertion(self, contact: Statement, event: Statement, read: Statement) -> list[Statement]:
        """Insert a contact and its event, then read; the last rows are those that were read.

        ``event`` and ``read`` find the contact in the table ``{created}``.
        """

    @abstractmethod
    def table(
        self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[object]]
    ) -> Statement:
        """Values as a table, to stand after FROM: ``columns`` maps names to PostgreSQL types."""

    @abstractmethod
    def new_contact_ids(self, count: int) -> Statement:
        """Take ids that no contact ever had, a row each."""

    @abstractmethod
    def before_erasing(self) -> list[Statement]:
        """In a transaction: let what it overwrites not stay in the database's files."""

    @abstractmethod
    def after_erasing(self) -> list[Statement]:
        """After it: let nothing of what was overwritten stay in logs that readers use."""

    @abstractmethod
    def take_contact_ids(self, count: int) -> Statement:
        """Take ids that no contact ever had; the first and the last of them.

        They are ids in a row unless others took some at the same time.
        """

    @abstractmethod
    def load(
        self,
        table: str,
        columns: Sequence[str],
        *,
        binary: Callable[[], Iterator[bytes]],
        rows: Callable[[], Iterator[Sequence[Row]]],
    ) -> None:
        """Add many rows within the open transaction, read in whichever form is the faster.

        ``binary`` is blocks in PostgreSQL's binary format for COPY; ``rows`` are lists of tuples,
        in which times are text as SQLite keeps it.
        """

    @abstractmethod
    def to_time(self, value: Any) -> datetime:
        """An aware UTC time from a column's value."""

    @abstractmethod
    def _run(self, raw: Any, statements: Sequence[Statement]) -> list[list[Row]]: ...

    @abstractmethod
    def _stream(self, raw: Any, statement: Statement) -> Iterator[Row]: ...

    @abstractmethod
    def _translated(self, error: Exception) -> ReuniteError | None: ...

    def with_rows(
        self,
        template: str,
        columns: Mapping[str, str],
        rows: Sequence[Sequence[object]],
        params: Sequence[object] = (),
    ) -> list[Statement]:
        """One statement with rows as the table ``r`` in place of ``{rows}``; none without rows.

        ``params`` are those before the rows.
        """
        if not rows:
            return []
        table = self.table("r", columns, rows)
        sql = template.format(rows=table.sql)
        return [Statement(sql, [*params, *table.params], prepared=False)]

    @contextmanager
    def _driver_errors(self, connection: BaseDatabaseWrapper) -> Iterator[None]:
        """Turn the driver's errors into ours; the next to ask opens a broken connection anew."""
        try:
            with connection.wrap_database_errors:
                yield
        except Error as error:
            translated = self._translated(error)
            if translated is None:
                raise
            if isinstance(translated, DatabaseUnavailable):
                connection.close()
            raise translated from error


class PostgreSQL(Dialect):
    """PostgreSQL through psycopg 3, at READ COMMITTED. Locks are advisory, one for each key."""

    vendor = "postgresql"
    names: ClassVar = {
        "json_object": "jsonb_build_object",
        "json_array": "jsonb_agg",
        "json_text": "CAST(%s AS jsonb)",
        "latest": "greatest",
        "created": "created",
    }
    snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

    def begin(self, *, wait_seconds: float) -> list[Statement]:
        return [Statement("BEGIN ISOLATION LEVEL READ COMMITTED")]

    def lock(self, locks: Sequence[Lock], *, wait_seconds: float) -> list[Statement]:
        # A statement of its own: the snapshot of a statement that also waits would be stale.
        keys, shared = map(list, zip(*locks, strict=True))
        return [Statement(_LOCK, [f"{wait_seconds * 1000:.0f}ms", keys, shared])]

    def insertion(self, contact: Statement, event: Statement, read: Statement) -> list[Statement]:
        # One statement is planned, sent and started once.
        sql = f"""
            WITH created AS ({contact.sql} RETURNING *), told AS ({event.sql}) {read.sql}
        """
        return [Statement(sql, [*contact.params, *event.params, *read.params])]

    def table(
        self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[object]]
    ) -> Statement:
        arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
        values = list(map(array, zip(*rows, strict=True))) if rows else ["{}" for _ in columns]
        return Statement(f"unnest({arrays}) AS {name}({', '.join(columns)})", values)

    def new_contact_ids(self, count: int) -> Statement:
        return Statement("SELECT nextval('contact_id_seq') FROM generate_series(1, %s)", [count])

    def before_erasing(self) -> list[Statement]:
        return []

    def after_erasing(self) -> list[Statement]:
        return []

    def take_contact_ids(self, count: int) -> Statement:
        return Statement(_TAKE_IDS, [count])

    def load(
        self,
        table: str,
        columns: Sequence[str],
        *,
        binary: Callable[[], Iterator[bytes]],
        rows: Callable[[], Iterator[Sequence[Row]]],
    ) -> None:
        connection = _connection()
        with self._driver_errors(connection), connection.connection.cursor() as cursor:
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {table})")
            rebuilt: list[str] = []
            if not cursor.fetchone()[0]:
                # Building an index is several times faster than adding to it row by row, and a
                # foreign key is checked once for all rows. It holds when this commits, or nothing.
                cursor.execute(_REBUILDABLE, {"table": table})
                dropped, made = map(list, zip(*cursor.fetchall(), strict=True))
                cursor.execute("; ".join(dropped))
                rebuilt = made[::-1]
            with cursor.copy(
                f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT binary)"
            ) as copy:
                for block in binary():
                    copy.write(block)
            if rebuilt:
                cursor.execute("; ".join(rebuilt))

    def to_time(self, value: Any) -> datetime:
        time: datetime = value
        return time

    def _run(self, raw: psycopg.Connection, statements: Sequence[Statement]) -> list[list[Row]]:
        if all(statement.prepared for statement in statements):
            return _prepared_statements(raw).run([(s.sql, s.params) for s in statements])
        # A pipeline sends all statements at once; each still takes its snapshot when it starts.
        with raw.pipeline():
            cursors = [
                psycopg.Cursor(raw).execute(s.sql, s.params, prepare=False, binary=True)
                for s in statements
            ]
        return [cursor.fetchall() if cursor.description else [] for cursor in cursors]

    def _stream(self, raw: psycopg.Connection, statement: Statement) -> Iterator[Row]:
        with psycopg.ServerCursor(raw, f"stream_{next(_stream_numbers)}") as cursor:
            cursor.itersize = _STREAM_ROWS
            yield from cursor.execute(statement.sql, statement.params)

    def _translated(self, error: Exception) -> ReuniteError | None:
        match error.__cause__:
            case psycopg.errors.LockNotAvailable():
                return LockTimeout()
            case psycopg.errors.DeadlockDetected() | psycopg.errors.SerializationFailure():
                return Restart()
            case psycopg.errors.InvalidSqlStatementName():
                # Somebody said DEALLOCATE ALL on our connection, as psycopg does after a rollback.
                return Restart()
        return _unavailable(error)


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
        connection = _connection()
        places = ", ".join("?" for _ in columns)
        insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"
        with self._driver_errors(connection), _large_cache(connection.connection) as raw:
            rebuilt: list[Row] = []
            if not raw.execute(f"SELECT EXISTS (SELECT 1 FROM {table})").fetchone()[0]:
                # An index is built by sorting; adding rows to it would read and write all over it.
                rebuilt = raw.execute(_SQLITE_INDEXES, [table]).fetchall()
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
        return _unavailable(error)


@cache
def dialect() -> Dialect:
    """The dialect of Django's default connection; raises KeyError for any other vendor."""
    return _DIALECTS[_connection().vendor]


def add_functions(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Give SQLite PostgreSQL's ``clock_timestamp()``; called for every new connection."""
    if connection.vendor == SQLite.vendor:
        connection.connection.create_function(
            "clock_timestamp", 0, lambda: _sqlite_value(datetime.now(UTC))
        )


def supported_vendors() -> frozenset[str]:
    """The vendors, by Django's name, that have a dialect."""
    return frozenset(_DIALECTS)


_DIALECTS: dict[str, Dialect] = {each.vendor: each for each in (PostgreSQL(), SQLite())}

_LOCK = """
    SELECT set_config('lock_timeout', %s, true),
           CASE WHEN shared THEN pg_advisory_xact_lock_shared(key)
                ELSE pg_advisory_xact_lock(key) END
    FROM unnest(%s::bigint[], %s::boolean[]) AS lock(key, shared)
"""

_TAKE_IDS = """
    SELECT min(id), max(id) FROM (SELECT nextval('contact_id_seq') AS id
                                  FROM generate_series(1, %s)) AS taken
"""

# What drops each foreign key from and to a table, its primary key and others, and its indexes, in
# an order in which that can be done; and what makes each again, in the opposite order.
_REBUILDABLE = """
    SELECT dropped, made FROM (
        SELECT CASE contype WHEN 'f' THEN 1 ELSE 2 END AS turn,
               altered || format('DROP CONSTRAINT %%I', conname) AS dropped,
               altered || format('ADD CONSTRAINT %%I %%s', conname, pg_get_constraintdef(oid))
               AS made
        FROM pg_constraint, format('ALTER TABLE %%s ', conrelid::regclass) AS altered
        WHERE conrelid = %(table)s::regclass AND contype IN ('f', 'p', 'u')
           OR confrelid = %(table)s::regclass
        UNION ALL
        SELECT 3, format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
        FROM pg_index i WHERE indrelid = %(table)s::regclass
          AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid)
    ) AS rebuildable ORDER BY turn
"""


_SQLITE_INDEXES = """
    SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL
"""
_LOAD_CACHE_KIBIBYTES = 256 * 1024


@contextmanager
def _large_cache(raw: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Room for what a load writes and sorts."""
    (size,) = raw.execute("PRAGMA cache_size").fetchone()
    raw.execute(f"PRAGMA cache_size = -{_LOAD_CACHE_KIBIBYTES}")
    try:
        yield raw
    finally:
        raw.execute(f"PRAGMA cache_size = {size}")


def _connection() -> BaseDatabaseWrapper:
    return connections[DEFAULT_DB_ALIAS]


def _unavailable(error: Exception) -> DatabaseUnavailable | None:
    away = isinstance(error, InterfaceError | OperationalError)
    return DatabaseUnavailable() if away else None


@cache
def _filled(dialect: Dialect, template: str) -> str:
    return template.format_map(dialect.names)


def _prepared_statements(raw: psycopg.Connection) -> PreparedStatements:
    statements = _prepared_by_connection.get(raw)
    if statements is None:
        statements = _prepared_by_connection[raw] = PreparedStatements(raw)
    return statements


@cache
def _question_marks(sql: str) -> str:
    return sql.replace("%s", "?")


def _sqlite_value(value: object) -> object:
    # As Django writes it: the same text sorts and compares in time's order.
    return str(value.astimezone(UTC).replace(tzinfo=None)) if isinstance(value, datetime) else value
