"""How long a thread may wait for the database, and how many may wait for locks at once.

Nothing is limited until a thread says so, as those that answer requests do: a command may take its
time.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from math import inf

from reunite.core.errors import LockTimeout

NO_ANSWER = "no answer in time"
_GRACE_SECONDS = 1.0
"""The database itself should say first that it cannot answer in time."""
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 0.5
_TRY_SECONDS = 0.02
"""As long as a lock is usually held, at most."""
_STUCK_TRY_SECONDS = 0.001
_STUCK_SECONDS = 0.25


class Turns:
    """How many threads of the process may wait for locks; the others only try."""

    def __init__(self, count: int) -> None:
        self._count = self._left = count
        self._counting = threading.Lock()
        self.waiting: set[int] = set()
        """The threads that wait for a lock now, by their idents."""
        self._stuck_until = 0.0

    @property
    def is_free(self) -> bool:
        """Whether who was turned away may ask again; always if there are no turns to wait for."""
        return self._left > 0 or not self._count

    @contextmanager
    def turn(self, wait_seconds: float) -> Iterator[float]:
        """For the block: how long to wait for a lock. A LockTimeout then may mean: ask again."""
        if _thread.may_wait and self._take():
            self.waiting.add(threading.get_ident())
            try:
                yield wait_seconds
            finally:
                self.waiting.discard(threading.get_ident())
                with self._counting:
                    self._left += 1
        else:
            # A lock that was just tried in vain is tried for no longer than that takes.
            stuck = time.monotonic() < self._stuck_until
            tried_seconds = min(_STUCK_TRY_SECONDS if stuck else _TRY_SECONDS, wait_seconds)
            try:
                yield tried_seconds
            except LockTimeout:
                self._stuck_until = time.monotonic() + _STUCK_SECONDS
                _thread.turned_away = tried_seconds < wait_seconds
                raise

    def _take(self) -> bool:
        with self._counting:
            is_free = self._left > 0
            self._left -= is_free
        return is_free


class _Thread(threading.local):
    patience_seconds: float | None = None
    turns: Turns | None = None
    may_wait = True
    turned_away = False
    was_away = False
    concerned_large = False


_thread = _Thread()


@contextmanager
def limited(
    patience_seconds: float, turns: Turns | None = None, *, may_wait: bool = True
) -> Iterator[None]:
    """For the block: how long this thread waits for an answer of the database, and its turns.

    Where it may not wait, it takes no turn, even if one is free: others come first.
    """
    before = _thread.patience_seconds, _thread.turns
    _thread.patience_seconds, _thread.turns, _thread.may_wait = patience_seconds, turns, may_wait
    _thread.turned_away = _thread.was_away = _thread.concerned_large = False
    try:
        yield
    finally:
        _thread.patience_seconds, _thread.turns = before


def patience_seconds() -> float | None:
    """How long this thread waits for one answer of the database; None for ever."""
    return _thread.patience_seconds


def deadline() -> float | None:
    """Until when this thread waits for an answer that it asks for now; None for ever."""
    patience = _thread.patience_seconds
    return None if patience is None else time.monotonic() + patience + _GRACE_SECONDS


def was_turned_away() -> bool:
    """Whether the thread had no turn, so that it waited less for a lock than it might have."""
    return _thread.turned_away


def note_large() -> None:
    """This thread reads a large person."""
    _thread.concerned_large = True


def concerned_large() -> bool:
    """Whether the thread has read a large person since it was last limited."""
    return _thread.concerned_large


def turn(wait_seconds: float) -> AbstractContextManager[float]:
    """For the block: how long this thread may wait for a lock."""
    turns = _thread.turns
    return nullcontext(wait_seconds) if turns is None else turns.turn(wait_seconds)


class Absence:
    """How often one request asks again while the database is away.

    A restart takes seconds, and a request waits for its end, but only if no request has waited for
    so long already.
    """

    def __init__(self, deadline: float, *, may_pause: bool) -> None:
        self._deadline = deadline
        self._may_pause = may_pause
        self._patience_seconds = deadline - time.monotonic()
        self._pause_seconds = 0.0

    def is_worth_another_try(self) -> bool:
        """Pause, and say so; False if it should be told that the database is away."""
        now = time.monotonic()
        if not self._pause_seconds:
            # A connection that was lost long ago is noticed now: the database may be there.
            self._pause_seconds = _FIRST_PAUSE_SECONDS
            return now < self._deadline
        if not self._may_pause or now - _process.away_since > self._patience_seconds:
            return False
        time.sleep(min(self._pause_seconds, max(self._deadline - now, 0.0)))
        self._pause_seconds = min(2 * self._pause_seconds, _LONGEST_PAUSE_SECONDS)
        return time.monotonic() < self._deadline


class _Process:
    away_since = inf
    """Since when no thread has reached the database; infinite while it answers."""


_process = _Process()


def note_answer() -> None:
    """The database answered this thread."""
    if _process.away_since != inf:
        _process.away_since = inf


def note_absence() -> None:
    """The database did not answer this thread."""
    _thread.was_away = True
    _process.away_since = min(_process.away_since, time.monotonic())


def was_away() -> bool:
    """Whether the database was away since the thread was last limited."""
    return _thread.was_away
