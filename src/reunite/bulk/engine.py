"""The embedded engine: a DuckDB of its own for each plan, in bounded memory."""

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

_MEMORY = re.compile(r"\d+(?:\.\d+)?\s*(?:[KMGT]i?B|%)", re.IGNORECASE)


class Engine:
    """A connection to an empty DuckDB, and the folder that it spills to."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._connection = connection
        self.folder = folder

    def run(self, sql: str, **values: object) -> None:
        """Run one statement, with ``$name`` for each value."""
        self._connection.execute(sql, values or None)

    def rows(self, sql: str, **values: object) -> list[tuple[Any, ...]]:
        """All rows of one statement."""
        return self._connection.execute(sql, values or None).fetchall()

    def number(self, sql: str, **values: object) -> int:
        """The only value of one statement, a whole number; 0 for null."""
        ((value,),) = self.rows(sql, **values)
        return int(value or 0)

    def stream(self, sql: str, *, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of one statement, up to ``size`` at a time; others may be run meanwhile."""
        cursor = self._connection.cursor()
        try:
            cursor.execute(sql)
            while rows := cursor.fetchmany(size):
                yield rows
        finally:
            cursor.close()

    def batches(self, sql: str, *, size: int) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """The same as Arrow's batches of columns, with their schema."""
        reader = self._connection.cursor().sql(sql).to_arrow_reader(size)
        return reader.schema, iter(reader)

    def add_columns(self, table: str, **columns: Sequence[object]) -> None:
        """Append rows, given as columns of equal length, to a table; nothing if they are empty."""
        batch = pa.table(columns)
        if batch.num_rows:
            self._connection.register("added", batch)
            self._connection.execute(f"INSERT INTO {table} SELECT {', '.join(columns)} FROM added")
            self._connection.unregister("added")


@contextmanager
def engine(
    *, memory: str | None = None, threads: int | None = None, scratch: Path | None = None
) -> Iterator[Engine]:
    """An engine that keeps within ``memory`` (like ``1GB``; half of the machine's by default).

    What does not fit goes to a folder in ``scratch``, by default beside the system's temporary
    files (TMPDIR), which is gone when the block ends. Raises ValueError for what is no amount of
    memory.
    """
    if memory is not None and not _MEMORY.fullmatch(memory.strip()):
        raise ValueError(f"{memory!r} is no amount of memory: write one like 1GB or 512MB")
    with tempfile.TemporaryDirectory(prefix="reunite-bulk-", dir=scratch) as folder:
        config: dict[str, str | bool | int | float | list[str]] = {
            "temp_directory": str(Path(folder) / "spilled"),
            "memory_limit": memory or "50%",
            "threads": threads or os.cpu_count() or 1,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        with duckdb.connect(config=config) as connection:
            connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
            yield Engine(connection, Path(folder))
