"""The embedded engine: a DuckDB of its own for each plan, in bounded memory."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from duckdb.func import FunctionNullHandling, PythonUDFType

from reunite.bulk.scratch import own_folder
from reunite.outputs import Unusable
from reunite.processes import end_if_told, interrupted_by

_MEMORY = re.compile(r"\d+(?:\.\d+)?\s*(?:[KMGT]i?B|%)", re.IGNORECASE)
_ADDED = "added"
_INTERRUPTED = re.compile(
    rf"Query interrupted|Invalid Input Error: .* the object registered as '{_ADDED}' failed: "
    r"(?:SystemExit|KeyboardInterrupt)\b.*"
)


class Engine:
    """A connection to an empty DuckDB, and the folder that it spills to.

    Where a signal ends the process while DuckDB is at work, that is a KeyboardInterrupt.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._connection = connection
        self.folder = folder

    def run(self, sql: str, **values: object) -> None:
        """Run one statement, with ``$name`` for each value."""
        with _interruptible(self._connection):
            self._connection.execute(sql, values or None)

    def rows(self, sql: str, **values: object) -> list[tuple[Any, ...]]:
        """All rows of one statement."""
        with _interruptible(self._connection):
            return self._connection.execute(sql, values or None).fetchall()

    def column_names(self, table: str) -> list[str]:
        """The engine's own names: it tells columns apart whose names differ by case alone."""
        return [str(name) for name, *_ in self.rows(f"DESCRIBE SELECT * FROM {table}")]

    def number(self, sql: str, **values: object) -> int:
        """The only value of one statement, a whole number; 0 for null."""
        ((value,),) = self.rows(sql, **values)
        return int(value or 0)

    def stream(self, sql: str, *, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of one statement, up to ``size`` at a time; others may be run meanwhile."""
        cursor = self._connection.cursor()
        try:
            with _interruptible(cursor):
                cursor.execute(sql)
            while rows := _fetched(cursor, size):
                yield rows
        finally:
            cursor.close()

    def batches(self, sql: str, *, size: int) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """The same as Arrow's batches of columns, with their schema."""
        reader = self._connection.cursor().sql(sql).to_arrow_reader(size)
        return reader.schema, iter(reader)

    def percent(self) -> int:
        """How much of the statement that is at work is done; for another thread to ask."""
        return min(100, max(0, int(self._connection.query_progress())))

    def define_times(self, name: str, read: Callable[[str], datetime | None]) -> None:
        """Let SQL call ``read``, which makes a time of a text, by a name."""

        def read_all(texts: pa.ChunkedArray) -> pa.Array:
            times = [None if each is None else read(each) for each in texts.to_pylist()]
            return pa.array(times, pa.timestamp("us"))

        self._connection.create_function(
            name,
            read_all,
            ["VARCHAR"],
            "TIMESTAMP",
            type=PythonUDFType.ARROW,
            null_handling=FunctionNullHandling.SPECIAL,
        )

    def add_columns(self, table: str, **columns: Sequence[object]) -> None:
        """Append rows, given as columns of equal length, to a table; nothing if they are empty."""
        with _interruptible(self._connection):
            batch = pa.table(columns)
            if batch.num_rows:
                self._connection.register(_ADDED, batch)
                names = ", ".join(columns)
                self._connection.execute(f"INSERT INTO {table} SELECT {names} FROM {_ADDED}")
                self._connection.unregister(_ADDED)


def _fetched(cursor: duckdb.DuckDBPyConnection, size: int) -> list[tuple[Any, ...]]:
    with _interruptible(cursor):
        return cursor.fetchmany(size)


@contextmanager
def _interruptible(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let a signal end what DuckDB does.

    DuckDB makes errors of its own, as if of the data, of what a signal's handler raises. Or
    nothing: see ``end_if_told``.
    """
    end_if_told()
    try:
        with interrupted_by(connection.interrupt):
            yield
        end_if_told()
    except (RuntimeError, duckdb.Error) as error:
        if isinstance(error, duckdb.InterruptException) or _INTERRUPTED.fullmatch(str(error)):
            raise KeyboardInterrupt from error
        raise


@contextmanager
def engine(
    *, memory: str | None = None, threads: int | None = None, scratch: Path | None = None
) -> Iterator[Engine]:
    """An engine that keeps within ``memory`` (like ``1GB``; half of the machine's by default).

    What does not fit goes to a folder in ``scratch``, by default beside the system's temporary
    files (TMPDIR), which is gone when the block ends. Raises Unusable for what is no amount of
    memory.
    """
    if memory is not None and not _MEMORY.fullmatch(memory.strip()):
        raise Unusable(f"{memory!r} is no amount of memory: write one like 1GB or 512MB")
    with own_folder(scratch) as folder:
        config: dict[str, str | bool | int | float | list[str]] = {
            "temp_directory": str(folder / "spilled"),
            "memory_limit": memory or "50%",
            "threads": threads or os.cpu_count() or 1,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        with duckdb.connect(config=config) as connection:
            # A bar is counted, for ``percent``, but not drawn.
            connection.execute(
                "SET TimeZone = 'UTC'; SET enable_progress_bar = true; "
                "SET enable_progress_bar_print = false"
            )
            yield Engine(connection, folder)
