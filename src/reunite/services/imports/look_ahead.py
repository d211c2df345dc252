"""Replay the next chunk of a file while the chunk before is being written.

What is read so early holds only if nobody else has written meanwhile. Whoever changes anything in
a workspace passes its gate and tells of it by an event; so nobody has if, behind the gate, the
last event is still that of the chunk before. What that chunk itself changed, its replay knows.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from django.db import connections

from reunite.core.errors import TemporarilyUnavailable
from reunite.services.imports.chunks import OwnersReplayed


class LookAhead:
    """What is known of the chunk to come, within one import."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._chunk: object = None
        self._found: Future[OwnersReplayed] = Future()
        self._last_event: int | None = None

    def begin(self, chunk: object, find: Callable[[], OwnersReplayed]) -> None:
        """Find out about the next chunk; to be called behind the gate, before this is written."""
        self._chunk, self._last_event = chunk, None
        self._found = self._pool.submit(find)

    def end(self, last_event: int) -> None:
        """Tell the last event behind the chunk that was written, read in that transaction."""
        self._last_event = last_event

    def found(self, chunk: object, *, last_event: int) -> OwnersReplayed | None:
        """What was found, or None if it does not hold; to be called behind the gate."""
        if self._chunk is not chunk or self._last_event != last_event:
            return None
        try:
            return self._found.result()
        except TemporarilyUnavailable:
            return None


@contextmanager
def look_ahead() -> Iterator[LookAhead]:
    """Look ahead by a connection of its own, which is closed when the block ends."""
    with ThreadPoolExecutor(1, "look-ahead") as pool:
        try:
            yield LookAhead(pool)
        finally:
            pool.submit(connections.close_all).result()
