"""Dump: everything that is stored as lines of JSON, and its way back into an empty database.

The first line says which tables and columns follow, and which ids were given last. Then comes one
line for each row: the table's name and the values. The last line counts the rows and has the
digest of all lines before, so that a file that was cut or changed is never taken for a whole one.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from typing import Any

import orjson
from django.db import DataError, IntegrityError

from reunite import __version__
from reunite.conf import reunite_settings
from reunite.core.errors import DatabaseNotEmpty, DumpUnreadable
from reunite.core.scope import default_scope
from reunite.store.database.locks import gate
from reunite.store.database.queries import snapshot
from reunite.store.database.transactions import transaction
from reunite.store.feed import numbers
from reunite.store.persons import dumps
from reunite.store.persons.dumps import DumpedRow, Table
from reunite.store.tables.workspaces import new_feed_id

FORM = 1
_ROWS = 2_000
_MOVED = (
    "It was not done when the database was dumped: send the file again, or import it again with "
    "the same command."
)
OnProgress = Callable[[int], object]


def _untold(_count: int) -> None:
    pass


def dump(write: Callable[[bytes], object], *, on_progress: OnProgress = _untold) -> int:
    """Write all that is stored, as of one moment, a line at a time; how many rows.

    Locks nothing, and holds a few rows in memory. Raises TemporarilyUnavailable.
    """
    digest = hashlib.sha256()

    def tell(line: object) -> None:
        encoded = orjson.dumps(line) + b"\n"
        digest.update(encoded)
        write(encoded)

    counts: Counter[str] = Counter()
    with snapshot() as current:
        found = dumps.tables()
        tell(
            {
                "reunite": "dump",
                "form": FORM,
                "version": __version__,
                "tables": {table.name: table.columns for table in found},
                "lastIds": dumps.last_ids(),
            }
        )
        for table in found:
            for row in dumps.rows(current, table):
                tell([table.name, *row])
                counts[table.name] += 1
                if counts[table.name] % _ROWS == 0:
                    on_progress(counts.total())
    write(orjson.dumps({"rows": counts, "sha256": digest.hexdigest()}) + b"\n")
    return counts.total()


def load(lines: Iterable[bytes], *, on_progress: OnProgress = _untold) -> int:
    """Store all that a dump holds, under the ids that it had, or nothing; how many rows.

    The database must be empty, and of this version. Requests that write wait until it is done.
    Imports that had not ended have failed: their files are elsewhere. Raises DumpUnreadable,
    DatabaseNotEmpty or TemporarilyUnavailable.
    """
    reader = _Reader(lines)
    wait_seconds = reunite_settings().LOCK_TIMEOUT_SECONDS
    with transaction(wait_seconds=wait_seconds) as locked:
        locked.lock(gate(default_scope(), shared=False))
        locked.run()
        reader.read_head()
        if not dumps.are_empty(locked):
            raise DatabaseNotEmpty
        dumps.empty_workspaces(locked)
        try:
            for table, rows in reader.groups():
                dumps.insert(table, rows, locked)
                on_progress(reader.counts.total())
            dumps.give_ids_after(reader.last_ids, locked)
            locked.commit(
                dumps.end_imports(_MOVED),
                numbers.await_numbers(),
                numbers.restart(new_feed_id()),
            )
        except (IntegrityError, DataError, TypeError, ValueError) as error:
            raise DumpUnreadable(reader.number, "a row that the database refuses") from error
    return reader.counts.total()


def _columns(tables: Iterable[Table]) -> dict[str, list[str]]:
    return {table.name: list(table.columns) for table in tables}


class _Reader:
    """Reads a dump line by line, and looks whether it is whole."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = iter(lines)
        self._digest = hashlib.sha256()
        self._tables: dict[str, Table] = {}
        self.number = 0
        self.counts: Counter[str] = Counter()
        self.last_ids: dict[str, int] = {}

    def read_head(self) -> None:
        head = self._next()
        if not isinstance(head, dict) or head.get("reunite") != "dump":
            raise DumpUnreadable(self.number, "no dump of Reunite")
        found: list[Table] = next(
            (each for each in dumps.forms() if _columns(each) == head.get("tables")), []
        )
        self._tables = {table.name: table for table in found}
        if head.get("form") != FORM or not found:
            version = str(head.get("version"))
            raise DumpUnreadable(
                self.number,
                f"tables of another version: load it with Reunite {version}, then upgrade that",
            )
        last_ids = head.get("lastIds")
        if not isinstance(last_ids, dict) or not all(
            name in self._tables and type(id) is int for name, id in last_ids.items()
        ):
            raise DumpUnreadable(self.number, "no ids that were given last")
        self.last_ids = last_ids

    def groups(self) -> Iterator[tuple[Table, list[DumpedRow]]]:
        """Rows of one table, some at a time."""
        for table, rows in groupby(self._rows(), key=lambda each: each[0]):
            while some := [row for _, row in islice(rows, _ROWS)]:
                yield table, some

    def _rows(self) -> Iterator[tuple[Table, DumpedRow]]:
        while True:
            digest = self._digest.hexdigest()
            line = self._next()
            if isinstance(line, dict):
                self._require_whole(line, digest)
                return
            if not isinstance(line, list) or line[:1] == [] or line[0] not in self._tables:
                raise DumpUnreadable(self.number, "no row of a table")
            name, *row = line
            self.counts[name] += 1
            yield self._tables[name], row

    def _require_whole(self, foot: dict[str, Any], digest: str) -> None:
        if foot != {"rows": self.counts, "sha256": digest} or next(self._lines, None) is not None:
            raise DumpUnreadable(self.number, "it has another end than the rows before it")

    def _next(self) -> Any:
        self.number += 1
        line = next(self._lines, b"")
        if not line.endswith(b"\n"):
            raise DumpUnreadable(self.number, "the end of a file that was cut")
        self._digest.update(line)
        try:
            return orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise DumpUnreadable(self.number, "no JSON") from error
