"""Reading rows: a query, and the reader that runs it.

A function of the store that reads in one round trip returns a ``Query`` and does not run it. The
caller chooses the reader: ``outside.read(query)``, ``snapshot.read(query)`` or
``locked.read(query)``. So each call shows whether a read is inside a transaction.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, NamedTuple, TypeVar, overload

from reunite.store.database.dialects import Row, Statement, dialect

Found = TypeVar("Found")
Found_co = TypeVar("Found_co", covariant=True)
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")


class Query(NamedTuple, Generic[Found_co]):
    """Statements that read, and how to understand their rows; it may have no statements."""

    statements: Sequence[Statement]
    found_from: Callable[[Sequence[list[Row]]], Found_co]


def query(statement: Statement, found_from: Callable[[list[Row]], Found]) -> Query[Found]:
    """The query of one statement."""
    return Query([statement], lambda results: found_from(results[0]))


class Reader:
    """Reads rows as they are now, outside any transaction and without a lock."""

    def run(self, *statements: Statement) -> list[list[Row]]:
        """Run statements; the rows of each."""
        return dialect().run(statements)

    def stream(self, statement: Statement) -> Iterator[Row]:
        """The rows of a statement, a batch at a time; within a transaction or a snapshot."""
        return dialect().stream(statement)

    @overload
    def read(self, one: Query[A], /) -> A: ...
    @overload
    def read(self, one: Query[A], two: Query[B], /) -> tuple[A, B]: ...
    @overload
    def read(self, one: Query[A], two: Query[B], three: Query[C], /) -> tuple[A, B, C]: ...
    @overload
    def read(
        self, one: Query[A], two: Query[B], three: Query[C], four: Query[D], /
    ) -> tuple[A, B, C, D]: ...
    def read(self, *queries: Query[Any]) -> Any:
        """The results of queries, in one round trip."""
        if len(queries) == 1 and (only := queries[0]).statements:  # As most are.
            return only.found_from(self.run(*only.statements))
        statements = [statement for each in queries for statement in each.statements]
        rows = iter(self.run(*statements) if statements else ())
        found = tuple(each.found_from([next(rows) for _ in each.statements]) for each in queries)
        return found if len(found) > 1 else found[0]


outside = Reader()
"""Each read sees the rows that are committed by then; the next one may see other rows."""


class Snapshot(Reader):
    """Reads rows as of one moment, and waits for no writer."""


@contextmanager
def snapshot() -> Iterator[Snapshot]:
    """All reads by the snapshot see the same rows, until the block ends."""
    current = dialect()
    current.run([Statement(current.snapshot, prepared=False)])
    try:
        yield Snapshot()
    finally:
        current.rollback()
