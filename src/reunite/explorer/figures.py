"""Figures that read every contact, counted seldom and kept for a while in this process."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Generic, TypeVar

Counted = TypeVar("Counted")

SHARE = 100
"""Counting takes at most one part in so many of the time of a processor."""
MAX_KEPT = 100
"""Of so many workspaces figures are kept at most."""


@dataclass(frozen=True, slots=True)
class Figures(Generic[Counted]):
    """What was counted, and when; ``until_seconds`` of the clock it is kept."""

    counted: Counted
    at: datetime
    until_seconds: float


class Kept(Generic[Counted]):
    """Figures by workspace. Of requests at the same time one counts, and the others wait for it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._counting: dict[int, Lock] = {}
        self._kept: OrderedDict[int, Figures[Counted]] = OrderedDict()

    def of(self, workspace_id: int, count: Callable[[], Counted]) -> Figures[Counted]:
        """The figures that are kept, or those that ``count`` gives.

        What took a second to count is kept for SHARE seconds.
        """
        with self._lock:
            counting = self._counting.setdefault(workspace_id, Lock())
        with counting:
            kept = self._kept.get(workspace_id)
            if kept is not None and self._clock() < kept.until_seconds:
                return kept
            start, at = self._clock(), datetime.now(UTC)
            counted = count()
            end = self._clock()
            found = Figures(counted, at, end + SHARE * (end - start))
        with self._lock:
            self._kept[workspace_id] = found
            self._kept.move_to_end(workspace_id)
            while len(self._kept) > MAX_KEPT:
                oldest, _ = self._kept.popitem(last=False)
                self._counting.pop(oldest, None)
        return found

    def forget(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._kept.clear()
