"""Replay the next chunk of a file while the chunk before is being written.

Rows that are read so early are valid only if no other writer came between. Each writer of a
workspace passes the gate and writes an event. So no writer came between if, behind the gate, the
last event is still the last event of the chunk before. The replay of that chunk knows its changes.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from django.db import connections

from reunite.core.errors import TemporarilyUnavailable
from reunite.services.imports.chunks import OwnersReplayed


class Prefetch:
    """The result of the replay of the next chunk, within one import."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._chunk: object = None
        self._found: Future[OwnersReplayed] = Future()
        self._last_event: int | None = None

    def begin(self, chunk: object, find: Callable[[], OwnersReplayed]) -> None:
        """Begin to replay the next chunk; behind the gate, before this chunk is written."""
        self._chunk, self._last_event = chunk, None
        self._found = self._pool.submit(find)

    def end(self, last_event: int) -> None:
        """Note the last event after the chunk is written, read in the same transaction."""
        self._last_event = last_event

    def found(self, chunk: object, *, last_event: int) -> OwnersReplayed | None:
        """The result, or None if it is not valid; behind the gate."""
        if self._chunk is not chunk or self._last_event != last_event:
            return None
        try:
            return self._found.result()
        except TemporarilyUnavailable:
            return None


@contextmanager
def prefetching() -> Iterator[Prefetch]:
    """Prefetch by a connection of its own, which is closed when the block ends."""
    with ThreadPoolExecutor(1, "prefetch") as pool:
        try:
            yield Prefetch(pool)
        finally:
            pool.submit(connections.close_all).result()
