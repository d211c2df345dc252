"""The interface between ``store`` and a database, and the parts that all databases share."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from django.db import DEFAULT_DB_ALIAS, Error, InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from reunite.core.errors import (
    BeingSetUp,
    DatabaseReadOnly,
    DatabaseUnavailable,
    ReuniteError,
    StorageFull,
)
from reunite.core.repair.erasure import Remaining
from reunite.store.database.storage import note_full
from reunite.store.database.waiting import note_absence, note_answer

Row = tuple[Any, ...]
"""A row as the drivers give it: its columns in order."""

_SET_UP_SECONDS = 60.0
_SET_UP_PAUSE_SECONDS = 0.1


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


@dataclass(frozen=True, slots=True)
class RowSource:
    """Rows for a table's ``columns``, in any order, in the form in which a database is quickest.

    ``binary`` begins to give blocks in PostgreSQL's binary format for COPY. ``sqlite_files`` begins
    to give a few SQLite files with parts of the table, from its name and the statement that creates
    it; times are text there, and what breaks the table's constraints is an IntegrityError.
    """

    columns: Sequence[str]
    binary: Callable[[], Iterator[bytes]]
    sqlite_files: Callable[[str, str], Iterator[Path]]


class Restart(ReuniteError):
    """Another transaction got in between: decide again from the start."""

    code = "restart"


class _Thread(threading.local):
    connection: BaseDatabaseWrapper | None = None


_thread = _Thread()


class Dialect(ABC):
    """The interface between ``store`` and a database, always on Django's default connection."""

    vendor: ClassVar[str]
    names: ClassVar[dict[str, str]]
    """SQL for the names in a template's braces: ``json_object``, ``json_array`` (an aggregate),
    ``json_text`` (JSON from a parameter of text), ``contact_of_event`` (the ``contactId`` in the
    payload of ``e``), ``json_merged`` (one JSON object with the members of another),
    ``last_link`` (the id of the link that the statement before inserted), ``loaded_ids`` (the first
    and the last id that the load ``e`` gave, to follow BETWEEN), ``latest`` (the greatest
    argument), ``age`` (seconds since ``happened_at``), ``database_bytes`` (to
    follow SELECT), ``connections`` (a statement that counts them by state),
    ``declared_values`` (a table of contacts' values of declared kinds: ``contact_id``, ``kind``,
    ``value``, ``counting_key``, null if it does not count, and ``key``), ``unless_locked``
    (leaves a row out that another transaction has locked) and ``created`` (a table of the contact
    that ``insertion`` inserted, or empty)."""
    has_one_writer: ClassVar[bool]
    """Whether a transaction that writes keeps out all others that do."""
    has_log_to_empty: ClassVar[bool]
    """Whether old values stay in a log until it is emptied."""
    snapshot: ClassVar[str]
    """Begins a transaction in which every statement sees the same rows."""

    def sql(self, template: str) -> str:
        """The template with this vendor's SQL in place of the names in braces."""
        return _filled(self, template)

    def run(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """Run statements in order, in as few round trips as the driver can; the rows of each."""
        connection = default_connection()
        try:
            connection.ensure_connection()
            rows = self._run(connection.connection, statements)
        except Exception:
            with self.driver_errors(connection):  # Each statement would take longer within it.
                raise
        note_answer()
        return rows

    def stream(self, statement: Statement) -> Iterator[Row]:
        """The rows of one statement, a batch at a time; within a transaction."""
        connection = default_connection()
        with self.driver_errors(connection):
            yield from self._stream(connection.connection, statement)

    def rollback(self) -> None:
        """End the transaction, if one is open, without a trace."""
        connection = default_connection()
        if connection.connection is not None:
            with self.driver_errors(connection):
                connection.connection.rollback()

    @abstractmethod
    def prepare(self, connection: BaseDatabaseWrapper) -> None:
        """Make a new connection what this dialect needs it to be."""

    @abstractmethod
    def begin(self, *, wait_seconds: float) -> list[Statement]:
        """Begin a transaction that will write."""

    @abstractmethod
    def lock(self, locks: Sequence[Lock], *, wait_seconds: float) -> list[Statement]:
        """Take locks in the order given, held until the transaction ends.

        From here on no statement of the transaction waits longer than ``wait_seconds`` for a lock.
        """

    @abstractmethod
    def telling(self, event: Statement) -> list[Statement]:
        """Insert events, and note that they have no number yet; ``event`` inserts them."""

    @abstractmethod
    def insertion(
        self, contact: Statement, event: Statement, read: Statement, *, beside: Statement | None
    ) -> list[Statement]:
        """Insert a contact and its event, then read; the last rows are those that were read.

        ``beside`` inserts rows of another table, one at least for a contact. It, ``event`` and
        ``read`` find the contact in the table ``{created}``.
        """

    @abstractmethod
    def table(
        self, name: str, columns: Mapping[str, str], rows: Sequence[Sequence[object]]
    ) -> Statement:
        """Values as a table, to stand after FROM: ``columns`` maps names to PostgreSQL types."""

    @abstractmethod
    def new_contact_ids(self, count: int) -> Statement:
        """Take ids that no contact ever had: rows of a first id, and how many there are from it."""

    @abstractmethod
    def after_erasing(self) -> tuple[Remaining, ...]:
        """Empty the log of what was overwritten, if no reader needs it, and let no writer wait.

        The result says where old values still are.
        """

    @abstractmethod
    def loading(self) -> AbstractContextManager[None]:
        """To be entered around a transaction that loads."""

    @abstractmethod
    def take_contact_ids(self, count: int) -> int:
        """In a transaction that loads: take ids in a row that no contact ever had; the first."""

    @abstractmethod
    def load(self, tables: Mapping[str, RowSource]) -> None:
        """In a transaction that loads: add many rows to tables.

        Raises IntegrityError, perhaps only with the commit, if a constraint does not hold.
        """

    @abstractmethod
    def last_ids(self, keys: Mapping[str, str]) -> dict[str, int]:
        """The last id that each table gave, 0 if none, of those that number their rows.

        ``keys`` are the tables' primary keys.
        """

    @abstractmethod
    def give_ids_after(self, keys: Mapping[str, str], last: Mapping[str, int]) -> list[Statement]:
        """In a transaction: let tables go on with ids after the last that they had or gave."""

    def files(self) -> list[Path]:
        """The files of this machine that hold the database; none if a server has them."""
        return []

    @abstractmethod
    def set_up_alone(self) -> AbstractContextManager[None]:
        """To be entered around what sets up the database: one process at a time.

        Raises BeingSetUp if another one takes longer than a minute.
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

    def ids(self, name: str, ids: Iterable[int]) -> Statement:
        """Ids as a table with the column ``id``, to stand after FROM."""
        return self.table(name, {"id": "bigint"}, [[each] for each in sorted(ids)])

    def with_rows(
        self,
        template: str,
        columns: Mapping[str, str],
        rows: Sequence[Sequence[object]],
        params: Sequence[object] = (),
    ) -> list[Statement]:
        """One statement with rows as the table ``r`` in place of ``{rows}``; none without rows.

        The template may have all names that ``sql`` knows. ``params`` are those before the rows.
        """
        if not rows:
            return []
        table = self.table("r", columns, rows)
        sql = template.format_map({**self.names, "rows": table.sql})
        return [Statement(sql, [*params, *table.params], prepared=False)]

    @contextmanager
    def driver_errors(self, connection: BaseDatabaseWrapper) -> Iterator[None]:
        """Turn the driver's errors into ours; the next to ask opens a broken connection anew."""
        try:
            with connection.wrap_database_errors:
                yield
        except Error as error:
            translated = self._translated(error)
            if translated is None:
                raise
            if isinstance(translated, StorageFull):
                note_full()
            if isinstance(translated, DatabaseUnavailable):
                note_absence()
            if isinstance(translated, DatabaseUnavailable | DatabaseReadOnly):
                # A new connection may lead to a server that can.
                connection.close()
            raise translated from error


def until_alone(try_to_be: Callable[[], bool]) -> None:
    """Try again and again; raises BeingSetUp after a minute."""
    deadline = time.monotonic() + _SET_UP_SECONDS
    while not try_to_be():
        if time.monotonic() > deadline:
            raise BeingSetUp
        time.sleep(_SET_UP_PAUSE_SECONDS)


def default_connection() -> BaseDatabaseWrapper:
    """Django's default connection, of this thread."""
    found = _thread.connection
    if found is None:
        # Django asks each time whether the thread runs an event loop; a request asks five times.
        found = _thread.connection = connections[DEFAULT_DB_ALIAS]
    return found


def unavailable(error: Exception) -> DatabaseUnavailable | None:
    """The error if the database is away."""
    away = isinstance(error, InterfaceError | OperationalError)
    return DatabaseUnavailable() if away else None


@cache
def _filled(dialect: Dialect, template: str) -> str:
    return template.format_map(dialect.names)
