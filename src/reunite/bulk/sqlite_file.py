"""A table in an SQLite file of its own, written at the speed of SQLite, not of Python."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import adbc_driver_sqlite as adbc
import pyarrow as pa
from adbc_driver_manager import AdbcConnection, AdbcStatement, Error, StatementOptions

# No other process reads it, and it is made again after a crash; rows may come out of order.
_PRAGMAS = "journal_mode = OFF", "synchronous = OFF", "cache_size = -65536"


def write_table(path: Path, table: str, create: str, batches: Iterable[pa.RecordBatch]) -> Path:
    """Make a new file with the table that ``create`` makes, and rows in it; its path.

    Columns go by name. Raises what ``sqlite3`` would: IntegrityError for rows that break one of
    the table's constraints, else OperationalError.
    """
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as new:
        new.execute(create)
    # Not by their dbapi, which takes interrupts for itself.
    with adbc.connect(str(path)) as database, AdbcConnection(database) as connection:
        with AdbcStatement(connection) as statement:
            for pragma in _PRAGMAS:
                statement.set_sql_query(f"PRAGMA {pragma}")
                statement.execute_update()
        connection.set_autocommit(False)
        for batch in batches:
            _insert(connection, table, batch)
        connection.commit()
    return path


def _insert(connection: AdbcConnection, table: str, batch: pa.RecordBatch) -> None:
    with AdbcStatement(connection) as statement:
        statement.set_options(
            **{
                StatementOptions.INGEST_TARGET_TABLE.value: table,
                StatementOptions.INGEST_MODE.value: "adbc.ingest.mode.append",
            }
        )
        statement.bind(batch)
        try:
            statement.execute_update()
        except Error as error:
            broken = "constraint failed" in str(error)
            kind = sqlite3.IntegrityError if broken else sqlite3.OperationalError
            raise kind(str(error)) from error
