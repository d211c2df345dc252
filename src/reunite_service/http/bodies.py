"""Request bodies on their way in: none is waited for by a thread that answers requests.

By the time t a body must have brought (t - BODY_TIMEOUT_SECONDS) * BODY_BYTES_PER_SECOND, so it has
a deadline and a least rate. Bodies together have a bounded place in memory.
"""

import io
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from reunite.api.http.errors import BodyTooSlow

SMALL_BYTES = 64 * 1024
"""Bodies up to here need no reservation: there are at most as many as connections."""
_ROOM_BYTES = 64 * 1024 * 1024
"""The memory that larger bodies may take together."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to wait for a body."""

    timeout_seconds: float
    bytes_per_second: float

    def allowed_seconds(self, received: int) -> float:
        """How long to wait in all, after so many bytes."""
        return self.timeout_seconds + received / self.bytes_per_second


class Room:
    """A number of bytes; each body takes some of them until it is answered."""

    def __init__(self, size_bytes: int = _ROOM_BYTES) -> None:
        self._left = size_bytes
        self._lock = threading.Lock()

    def take(self, size_bytes: int) -> bool:
        """Take bytes; False if not enough are left."""
        with self._lock:
            if size_bytes > self._left:
                return False
            self._left -= size_bytes
            return True

    def give_back(self, size_bytes: int) -> None:
        """Give back what was taken."""
        with self._lock:
            self._left += size_bytes


class Body:
    """A body that is collected in memory.

    ``then`` is called once with what came: all of it, or less if the client went away, or an error
    if the time was over.
    """

    __slots__ = ("_collecting", "_future", "_left", "_parts", "_protocol", "_since", "_then")

    def __init__(
        self,
        protocol: Any,
        length: int,
        then: Callable[[bytes, BodyTooSlow | None], None],
        collecting: set["Body"],
    ) -> None:
        self._protocol = protocol
        self._left = length
        self._then = then
        self._parts: list[bytes] = []
        self._collecting = collecting
        self._since = time.monotonic()
        protocol.__aiter__()
        collecting.add(self)
        self._next()

    def expire(self, pace: Pace, now: float) -> None:
        """Give up if it is too slow."""
        received = sum(map(len, self._parts))
        if now - self._since > pace.allowed_seconds(received):
            self.give_up()

    def give_up(self) -> None:
        """Answer it as too slow."""
        if self._end():
            if future := self._future:
                future.cancel()
            self._finish(b"", BodyTooSlow())

    def _next(self) -> None:
        self._future = future = self._protocol.__anext__()
        # A thread that ends it meanwhile may have cancelled the future before.
        if self in self._collecting:
            future.add_done_callback(self._arrived)
        else:
            future.cancel()
            self._future = None

    def _arrived(self, future: Any) -> None:
        """Called by granian, on a thread of granian."""
        if future.cancelled():
            return
        part = future.result()
        self._parts.append(part)
        self._left -= len(part)
        # An empty part is a client that went away.
        if part and self._left > 0:
            self._next()
        elif self._end():
            self._finish(b"".join(self._parts), None)

    def _end(self) -> bool:
        """Whether it ends now: it may arrive and expire at the same time."""
        try:
            self._collecting.remove(self)
        except KeyError:
            return False
        return True

    def _finish(self, body: bytes, failed: BodyTooSlow | None) -> None:
        """Hand over what came, and let go of granian's future.

        The future holds this object as its callback. The garbage collector cannot look into the
        future, so the two would keep each other, and the connection, for good.
        """
        self._future = None
        self._then(body, failed)


class Stream(io.RawIOBase):
    """A body of any size, as a file for a thread that waits for it.

    Bytes come as they are read. Time counts while the thread waits, so a full disk is not the
    client's fault. ``read`` raises BodyTooSlow.
    """

    def __init__(self, protocol: Any, length: int, pace: Pace) -> None:
        super().__init__()
        self._protocol = protocol.__aiter__()
        self._length = length
        self._pace = pace
        self._arrived: SimpleQueue[Any] = SimpleQueue()
        self._part = memoryview(b"")
        self._received = 0
        self._waited_seconds = 0.0

    def readable(self) -> bool:
        """It is."""
        return True

    @property
    def is_at_end(self) -> bool:
        """Whether all of it came."""
        return self._received >= self._length

    def close(self) -> None:
        """Stop waiting, and release the connection."""
        super().close()
        self._protocol = None

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what is there, or has come; 0 at the end."""
        part = self._part or self._next()
        size = min(len(buffer), len(part))
        buffer[:size], self._part = part[:size], part[size:]
        return size

    def _next(self) -> memoryview:
        try:
            future = self._protocol.__anext__()
        except StopAsyncIteration:
            return memoryview(b"")
        since = time.monotonic()
        future.add_done_callback(self._arrived.put)
        left = self._pace.allowed_seconds(self._received) - self._waited_seconds
        try:
            part: bytes = self._arrived.get(timeout=max(left, 0.0)).result()
        except Empty:
            future.cancel()
            # A cancelled future is put, too: it would hold the queue that holds it.
            self._arrived = SimpleQueue()
            raise BodyTooSlow from None
        self._waited_seconds += time.monotonic() - since
        self._received += len(part)
        return memoryview(part)
