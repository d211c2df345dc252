"""PostgreSQL through psycopg 3."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from functools import partial
from itertools import count
from typing import Any, ClassVar, TypeVar
from weakref import WeakKeyDictionary

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.abc import PQGen

from reunite.conf import reunite_settings
from reunite.core.errors import DatabaseReadOnly, LockTimeout, ReuniteError, StorageFull
from reunite.core.repair.erasure import Remaining
from reunite.store.database.dialects.base import (
    Dialect,
    Lock,
    Restart,
    Row,
    RowSource,
    Statement,
    default_connection,
    unavailable,
    until_alone,
)
from reunite.store.database.dialects.empty_tables import is_locked_empty
from reunite.store.database.dialects.libpq import PreparedStatements, array
from reunite.store.database.waiting import NO_ANSWER, deadline, patience_seconds

Result = TypeVar("Result")

_STREAM_ROWS = 10_000
_stream_numbers = count()
_prepared_by_connection: WeakKeyDictionary[psycopg.Connection, PreparedStatements] = (
    WeakKeyDictionary()
)
_SESSION = (
    "SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false)"
)
_LOOK_SECONDS = 0.1
_LOCK = """
    SELECT set_config('lock_timeout', %s, true),
           CASE WHEN shared THEN pg_advisory_xact_lock_shared(key)
                ELSE pg_advisory_xact_lock(key) END
    FROM unnest(%s::bigint[], %s::boolean[]) AS lock(key, shared)
"""

# A key of two numbers meets none of one number.
_SET_UP_LOCK = "reunite: set up"
_TRY_SET_UP = "SELECT pg_try_advisory_lock(hashtext(%s), 0)"
_END_SET_UP = "SELECT pg_advisory_unlock(hashtext(%s), 0)"

_NOTE_TOLD = """
    INSERT INTO unnumbered (position, workspace_id) SELECT position, workspace_id FROM told
"""

_TAKE_IDS = """
    SELECT min(id), max(id) FROM (SELECT nextval('contact_id_seq') AS id
                                  FROM generate_series(1, %s)) AS taken
"""
# To alter a sequence keeps others from it until the transaction ends, and is undone with it.
_TAKE_SEQUENCE = "ALTER SEQUENCE contact_id_seq INCREMENT BY 1"
_NEXT_ID = "SELECT last_value + CASE WHEN is_called THEN 1 ELSE 0 END FROM contact_id_seq"

_SEQUENCE = "SELECT pg_get_serial_sequence(%s, %s)"
_GIVEN = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {name}"
_GIVE_AFTER = """
    SELECT setval(pg_get_serial_sequence(r.name, r.key), greatest(r.last, 1), r.last > 0)
    FROM (SELECT greatest(%s::bigint, (SELECT max({key}) FROM {table})) AS last,
                 %s::text AS name, %s::text AS key) AS r
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


class PostgreSQL(Dialect):
    """PostgreSQL through psycopg 3, at READ COMMITTED. Locks are advisory, one for each key."""

    vendor = "postgresql"
    names: ClassVar = {
        "json_object": "jsonb_build_object",
        "json_array": "jsonb_agg",
        "json_text": "CAST(%s AS jsonb)",
        "json_merged": "jsonb_concat",
        "last_link": "currval(pg_get_serial_sequence('link', 'id'))",
        "contact_of_event": "CAST(e.payload ->> 'contactId' AS bigint)",
        "loaded_ids": """CAST(e.payload ->> 'firstId' AS bigint)
                         AND CAST(e.payload ->> 'lastId' AS bigint)""",
        "latest": "greatest",
        "month": "to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM')",
        "unless_locked": "FOR NO KEY UPDATE SKIP LOCKED",
        "declared_values": """(
            SELECT c.id AS contact_id, e.value ->> 0 AS kind, e.value ->> 1 AS value,
                   e.value ->> 2 AS counting_key, e.value ->> 3 AS key
            FROM contact c, jsonb_array_elements(CAST(c.others AS jsonb)) AS e)""",
        "created": "created",
        "age": "extract(epoch FROM clock_timestamp() - happened_at)",
        "database_bytes": "pg_database_size(current_database())",
        "connections": """
            SELECT coalesce(state, 'other'), count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'reunite' GROUP BY 1
        """,
    }
    has_one_writer = False
    has_log_to_empty = False
    snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

    def prepare(self, connection: BaseDatabaseWrapper) -> None:
        """Let no wait of it be longer than its thread may."""
        raw = connection.connection
        raw.wait = partial(_wait, raw)
        if patience_seconds() is not None:
            # So the database gives up as well, and first where it can say why.
            milliseconds = reunite_settings().LOCK_TIMEOUT_SECONDS * 1000
            raw.execute(_SESSION, [f"{max(milliseconds, 1):.0f}", f"{milliseconds + 500:.0f}"])

    def begin(self, *, wait_seconds: float) -> list[Statement]:
        return [Statement("BEGIN ISOLATION LEVEL READ COMMITTED")]

    def lock(self, locks: Sequence[Lock], *, wait_seconds: float) -> list[Statement]:
        # A statement of its own: the snapshot of a statement that also waits would be stale.
        keys, shared = map(list, zip(*locks, strict=True))
        # A time-out of 0 would be none.
        milliseconds = max(wait_seconds * 1000, 1)
        return [Statement(_LOCK, [f"{milliseconds:.0f}ms", keys, shared])]

    def telling(self, event: Statement) -> list[Statement]:
        return [event._replace(sql=f"WITH {_told(event)} {_NOTE_TOLD}")]

    def insertion(
        self, contact: Statement, event: Statement, read: Statement, *, beside: Statement | None
    ) -> list[Statement]:
        # One statement is planned, sent and started once.
        others, params = (
            ("", ()) if beside is None else (f"beside AS ({beside.sql}),", beside.params)
        )
        sql = f"""
            WITH created AS ({contact.sql} RETURNING *), {others} {_told(event)},
                 noted AS ({_NOTE_TOLD})
            {read.sql}
        """
        return [Statement(sql, [*contact.params, *params, *event.params, *read.params])]

    def table(
        self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[object]]
    ) -> Statement:
        arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
        values = list(map(array, zip(*rows, strict=True))) if rows else ["{}" for _ in columns]
        return Statement(f"unnest({arrays}) AS {name}({', '.join(columns)})", values)

    def new_contact_ids(self, count: int) -> Statement:
        return Statement("SELECT nextval('contact_id_seq'), 1 FROM generate_series(1, %s)", [count])

    def after_erasing(self) -> tuple[Remaining, ...]:
        # Both go by themselves: VACUUM runs on its own, and the log is recycled.
        return Remaining.OLD_ROW_VERSIONS, Remaining.WRITE_AHEAD_LOG

    def loading(self) -> AbstractContextManager[None]:
        return nullcontext()

    def take_contact_ids(self, count: int) -> int:
        connection = default_connection()
        with self.driver_errors(connection), connection.connection.cursor() as cursor:
            if is_locked_empty(cursor, "contact", "link", then=_TAKE_SEQUENCE):
                (first,) = cursor.execute(_NEXT_ID).fetchone()
                cursor.execute(f"ALTER SEQUENCE contact_id_seq RESTART WITH {first + count}")
                return int(first)
            while True:
                first, last = cursor.execute(_TAKE_IDS, [count]).fetchone()
                # Who took some in between left a gap: take others.
                if last - first + 1 == count:
                    return int(first)

    def load(self, tables: Mapping[str, RowSource]) -> None:
        connection = default_connection()
        blocks = {table: source.binary() for table, source in tables.items()}
        with self.driver_errors(connection), connection.connection.cursor() as cursor:
            for table, source in tables.items():
                _copy(cursor, table, source.columns, blocks[table])

    def last_ids(self, keys: Mapping[str, str]) -> dict[str, int]:
        names = self.run([Statement(_SEQUENCE, [*each], prepared=False) for each in keys.items()])
        sequences = {
            table: name for table, ((name,),) in zip(keys, names, strict=True) if name is not None
        }
        found = self.run(
            [Statement(_GIVEN.format(name=name), prepared=False) for name in sequences.values()]
        )
        return {table: int(last) for table, ((last,),) in zip(sequences, found, strict=True)}

    def give_ids_after(self, keys: Mapping[str, str], last: Mapping[str, int]) -> list[Statement]:
        return [
            Statement(
                _GIVE_AFTER.format(table=table, key=keys[table]), [id, table, keys[table]], False
            )
            for table, id in last.items()
        ]

    @contextmanager
    def set_up_alone(self) -> Iterator[None]:
        def is_locked() -> bool:
            # Who waits inside a statement keeps an index from being built concurrently: so try.
            (((locked,),),) = self.run([Statement(_TRY_SET_UP, [_SET_UP_LOCK])])
            return bool(locked)

        until_alone(is_locked)
        try:
            yield
        finally:
            self.run([Statement(_END_SET_UP, [_SET_UP_LOCK])])

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
            case psycopg.errors.LockNotAvailable() | psycopg.errors.QueryCanceled():
                return LockTimeout()
            case psycopg.errors.DeadlockDetected() | psycopg.errors.SerializationFailure():
                return Restart()
            case psycopg.errors.InvalidSqlStatementName():
                # The connection ran DEALLOCATE ALL, as psycopg does after a rollback.
                return Restart()
            case psycopg.errors.DiskFull():
                return StorageFull()
            case psycopg.errors.ReadOnlySqlTransaction():
                return DatabaseReadOnly()
        return unavailable(error)


def _wait(
    raw: psycopg.Connection,
    asking: PQGen[Result],
    interval: float = _LOOK_SECONDS,
    timeout: float | None = None,
) -> Result:
    """What psycopg calls to wait for its generators."""
    until = deadline()
    if until is not None:
        asking = _limited(asking, until)
    return psycopg.Connection.wait(raw, asking, min(interval, _LOOK_SECONDS), timeout)


def _limited(asking: PQGen[Result], until: float) -> PQGen[Result]:
    """The same, but that it fails when the time is over."""
    try:
        wanted = next(asking)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() > until:
                raise psycopg.OperationalError(NO_ANSWER)
            wanted = asking.send(ready)
    except StopIteration as end:
        result: Result = end.value
        return result


def _told(event: Statement) -> str:
    return f"told AS ({event.sql} RETURNING position, workspace_id)"


def _copy(
    cursor: psycopg.Cursor, table: str, columns: Sequence[str], blocks: Iterator[bytes]
) -> None:
    """Add rows in the binary format of COPY."""
    form, rebuilt = "FORMAT binary", []
    if is_locked_empty(cursor, table):
        # Building an index is several times faster than adding to it row by row, and a foreign
        # key is checked once for all rows. It holds when this commits, or nothing.
        cursor.execute(_REBUILDABLE, {"table": table})
        dropped, made = map(list, zip(*cursor.fetchall(), strict=True))
        # Rows of a table that is new to the transaction are written frozen: no later read has to
        # write each page again to note that they are committed.
        cursor.execute("; ".join([*dropped, f"TRUNCATE {table}"]))
        form, rebuilt = f"{form}, FREEZE", made[::-1]
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN ({form})") as copy:
        for block in blocks:
            copy.write(block)
    if rebuilt:
        # Until the planner knows how many different keys there are, it takes reading the whole
        # table for the quickest way to one of them.
        cursor.execute("; ".join([*rebuilt, f"ANALYZE {table}"]))


def _prepared_statements(raw: psycopg.Connection) -> PreparedStatements:
    statements = _prepared_by_connection.get(raw)
    if statements is None:
        statements = _prepared_by_connection[raw] = PreparedStatements(raw)
    return statements
