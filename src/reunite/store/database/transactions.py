"""Transactions that lock first and write last, and what to do when they collide."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from reunite.conf import reunite_settings
from reunite.core.errors import DatabaseUnavailable, LockTimeout, ReuniteError
from reunite.counting import counters
from reunite.store.database.dialects import Dialect, Lock, Restart, Row, Statement, dialect
from reunite.store.database.dialects.base import default_connection
from reunite.store.database.queries import Reader
from reunite.store.database.storage import note_written
from reunite.store.database.waiting import Absence, patience_seconds, turn, was_turned_away

Result = TypeVar("Result")
_COMMIT = Statement("COMMIT")


class Transaction(Reader):
    """An open transaction: BEGIN travels with the first statements and COMMIT with the last."""

    def __init__(self, dialect: Dialect, *, wait_seconds: float) -> None:
        self._dialect = dialect
        self._wait_seconds = wait_seconds
        self._first = dialect.begin(wait_seconds=wait_seconds)
        self.is_committed = False

    def lock(self, *locks: Lock) -> None:
        """Wait for locks in the order given; together with the statements that are run next.

        Each of these has a snapshot of its own, taken when the locks are held.
        """
        self._first += self._dialect.lock(locks, wait_seconds=self._wait_seconds)

    def run(self, *statements: Statement) -> list[list[Row]]:
        """Run statements; the rows of each."""
        first, self._first = self._first, []
        return self._dialect.run([*first, *statements])[len(first) :]

    def commit(self, *statements: Statement) -> list[list[Row]]:
        """Run the last statements and commit; the rows of each."""
        rows = self.run(*statements, _COMMIT)[:-1]
        self.is_committed = True
        note_written()
        return rows


def refuse_callers_transaction() -> None:
    """Raise RuntimeError inside transaction.atomic(), which could undo what was answered."""
    if default_connection().in_atomic_block:
        raise RuntimeError("Reunite commits on its own: call it outside transaction.atomic().")


@contextmanager
def transaction(*, wait_seconds: float) -> Iterator[Transaction]:
    """Open a transaction; what is not committed when the block ends is rolled back.

    Raises RuntimeError inside a caller's transaction, whose locks would outlive the decision.
    """
    refuse_callers_transaction()
    current = dialect()
    with turn(wait_seconds) as granted_seconds:
        opened = Transaction(current, wait_seconds=granted_seconds)
        try:
            yield opened
        finally:
            if not opened.is_committed:
                current.rollback()


def retried(attempt: Callable[[float], Result], *, timeout_seconds: float | None = None) -> Result:
    """Call ``attempt`` with the seconds left, again when another transaction got in between.

    Only for what may be done twice. Without ``timeout_seconds`` the setting LOCK_TIMEOUT_SECONDS
    holds. Raises LockTimeout when the time is over. A lost connection is
    opened anew once, or until the thread has no patience left; then DatabaseUnavailable is raised.
    """
    refuse_callers_transaction()
    if timeout_seconds is None:
        timeout_seconds = reunite_settings().LOCK_TIMEOUT_SECONDS
    patience = patience_seconds()
    deadline = time.monotonic() + (
        timeout_seconds if patience is None else min(timeout_seconds, patience)
    )
    absence = Absence(deadline, may_pause=patience is not None)
    cause: ReuniteError = LockTimeout()
    while (left := deadline - time.monotonic()) > 0:
        try:
            return attempt(left)
        except Restart:
            cause = LockTimeout()
            counters.count("reunite_retries_total", "collision")
        except LockTimeout as error:
            cause = error
            break
        except DatabaseUnavailable as error:
            cause = error
            if not absence.is_worth_another_try():
                break
            counters.count("reunite_retries_total", cause.code)
    if not was_turned_away():  # Otherwise the request is asked again.
        counters.count("reunite_given_up_total", cause.code)
    raise cause
