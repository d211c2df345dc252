"""Overload: how many requests may wait for a thread, so that each is answered in its time."""

import logging
from collections import deque
from itertools import count

_log = logging.getLogger(__name__)
_LOOKED_BACK_SECONDS = 2.0
_LEAST_FOR_EACH_THREAD = 8
_TOLD_EVERY_SECONDS = 5.0


class Crowd:
    """Measures how many requests are answered in a second while others wait.

    ``patience_seconds`` is how long a request may wait. Where requests have waited for two seconds
    without a pause, no more may wait than would be answered in that time at the same speed. Until
    then any number may: a burst is no overload.
    """

    def __init__(self, threads: int, *, patience_seconds: float) -> None:
        self._patience_seconds = patience_seconds
        self._least = threads * _LEAST_FOR_EACH_THREAD
        self._answered = count()
        self._refused = count(1)
        self._seen: deque[tuple[float, int]] = deque()
        self._most: int | None = None
        self._is_told = True
        self._told_at = -_TOLD_EVERY_SECONDS

    def note_answered(self) -> None:
        """Note a request that the application answered."""
        next(self._answered)

    def admits(self, waiting: int) -> bool:
        """Whether another request may wait, beside so many that wait already."""
        if self._most is None or waiting < self._most:
            return True
        self._is_told = False
        next(self._refused)
        return False

    def look(self, waiting: int, now: float) -> None:
        """Measure. One thread calls this many times a second."""
        self._tell(now)
        if not waiting:
            self._seen.clear()
            self._most = None
            return
        # Reading the count raises it: each look counts as one answer.
        self._seen.append((now, next(self._answered)))
        while len(self._seen) > 1 and now - self._seen[1][0] >= _LOOKED_BACK_SECONDS:
            self._seen.popleft()
        (since, before), (_, after) = self._seen[0], self._seen[-1]
        if now - since >= _LOOKED_BACK_SECONDS:
            answered = after - before - (len(self._seen) - 1)
            per_second = answered / (now - since)
            self._most = max(self._least, int(per_second * self._patience_seconds))

    def _tell(self, now: float) -> None:
        """Log now and then that requests are refused: a line for each would be a flood."""
        if not self._is_told and now - self._told_at >= _TOLD_EVERY_SECONDS:
            self._is_told, self._told_at = True, now
            _log.warning(
                "Overload: %s requests were refused since the start, because more waited than can "
                "be answered in %g s.",
                f"{next(self._refused) - 1:,}",
                self._patience_seconds,
            )
