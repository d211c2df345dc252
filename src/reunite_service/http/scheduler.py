"""The choice of a thread for each request, which granian calls."""

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Self

from granian import _granian

from reunite.api.http.errors import BodyTooSlow
from reunite.core.errors import ServerBusy
from reunite_service.http.bodies import SMALL_BYTES, Body, Pace, Room, Stream
from reunite_service.http.threads import Threads
from reunite_service.http.wsgi import Exchange, sent_files

_TICK_SECONDS = 0.05
_ALIVE = "/healthz"


class SameThread:
    """In place of an event loop: granian calls its functions itself, on its own thread."""

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *arguments: object, context: object = None
    ) -> None:
        """Call it."""
        callback(*arguments)

    call_soon = call_soon_threadsafe
    create_task = None
    """There are no tasks; granian looks the name up."""


_native: Any = _granian  # Its own stubs are of an older version.


class Scheduler(_native.CallbackScheduler):  # type: ignore[misc]  # as above
    """Gives requests to threads, with their bodies. Nothing here may wait."""

    def __new__(cls, *_: object, **__: object) -> Self:
        """Called by granian with a loop, and without a task."""
        scheduler: Scheduler = super().__new__(cls, SameThread(), None, None, None, None)
        return scheduler

    def __init__(self, threads: Threads, pace: Pace, *, max_body_bytes: int) -> None:
        super().__init__()
        self._threads = threads
        self._pace = pace
        self._max_body_bytes = max_body_bytes
        self._room = Room()
        self._collecting: set[Body] = set()
        self._under_way: set[Exchange] = set()
        self._schedule_fn = self._schedule
        threading.Thread(target=self._tick, daemon=True).start()

    def stop(self) -> None:
        """Stop waiting for bodies and for new events."""
        self._threads.stop_waiting()
        for body in list(self._collecting):
            body.give_up()

    @property
    def is_idle(self) -> bool:
        """Whether every request that came was answered."""
        return not self._under_way

    def _schedule(self, watcher: Any) -> None:
        exchange = Exchange(watcher)
        exchange.on_end = self._under_way.discard
        self._under_way.add(exchange)
        headers = exchange.scope.headers
        length = _length(headers)
        exchange.is_read = not length and "transfer-encoding" not in headers
        if exchange.path == _ALIVE:
            self._threads.answer_alive(exchange)
        elif not length:
            self._threads.answer(exchange)
        elif length > self._max_body_bytes:
            exchange.body = Stream(exchange.protocol, length, self._pace)
            self._threads.answer_stream(exchange)
        else:
            self._collect(exchange, length)

    def _collect(self, exchange: Exchange, length: int) -> None:
        def complete(body: bytes, failed: BodyTooSlow | None) -> None:
            exchange.body, exchange.failed = body, failed
            exchange.is_read = failed is None
            exchange.arrived = time.monotonic()
            self._threads.answer(exchange)

        if length > SMALL_BYTES:
            if not self._room.take(length):
                exchange.failed = ServerBusy()
                self._threads.answer(exchange)
                return
            exchange.on_end = partial(self._end_large, length)
        Body(exchange.protocol, length, complete, self._collecting)

    def _end_large(self, length: int, exchange: Exchange) -> None:
        self._room.give_back(length)
        self._under_way.discard(exchange)

    def _tick(self) -> None:
        while True:
            time.sleep(_TICK_SECONDS)
            now = time.monotonic()
            self._give_up_slow(now)
            self._threads.ask_again(now)
            sent_files.close_old(now)

    def _give_up_slow(self, now: float) -> None:
        # In a method of its own: the loop's variable would keep the last body, and its connection.
        for body in list(self._collecting):
            body.expire(self._pace, now)


def _length(headers: Any) -> int:
    """How many bytes will come. A body in chunks is refused, so none of it is read."""
    announced = headers.get("content-length") or ""
    return int(announced) if announced.isdecimal() else 0
