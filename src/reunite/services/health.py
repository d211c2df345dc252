"""Health: can requests be served?"""

import threading
import time
from contextlib import AbstractContextManager
from math import inf
from pathlib import Path

from reunite.core.errors import TemporarilyUnavailable
from reunite.store.database import health

_SECONDS_BETWEEN_WRITES = 1.0


def require_ready() -> None:
    """Raise DatabaseUnavailable or NotMigrated unless requests can be served."""
    health.require_answering()
    health.require_migrated()


class WriteProbe:
    """Whether writes work, tried at most once in so many seconds, however many ask."""

    def __init__(self, *, seconds_between: float) -> None:
        self._seconds_between = seconds_between
        self._counting = threading.Lock()
        self._tried_at = -inf
        self._found: TemporarilyUnavailable | None = None

    def require_writable(self) -> None:
        """Raise what the last try raised, if it did: an error that says why nothing is written."""
        if self._is_due():
            try:
                health.require_writable()
                self._found = None
            except TemporarilyUnavailable as error:
                self._found = error
        if (found := self._found) is not None:
            # An error collects a stack wherever it is raised, so each has one of its own.
            raise type(found) from found.__cause__

    def _is_due(self) -> bool:
        with self._counting:
            now = time.monotonic()
            is_due = now - self._tried_at >= self._seconds_between
            if is_due:
                self._tried_at = now
        return is_due


_probe = WriteProbe(seconds_between=_SECONDS_BETWEEN_WRITES)


def require_serving() -> None:
    """Raise an error that says why unless requests can be served, those that write, too."""
    require_ready()
    _probe.require_writable()


def database_files() -> list[Path]:
    """The files of this machine that hold the database; none if a server has them."""
    return health.files()


def set_up_alone() -> AbstractContextManager[None]:
    """To be entered around what sets up the database: one process at a time.

    Raises BeingSetUp if another one takes longer than a minute, and DatabaseUnavailable.
    """
    return health.set_up_alone()
