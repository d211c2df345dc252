"""Parts of the threads: the long requests of one sender do not take all threads from others."""

import threading
import time
from collections import deque
from collections.abc import Collection
from typing import Any

from django.http.cookie import parse_cookie

from reunite.core.access.keys import read_key
from reunite.core.errors import ServerBusy
from reunite.explorer.http.access import COOKIE
from reunite_service.http.wsgi import Exchange

LONG_SECONDS = 0.25
"""A request of any operation that has a thread for so long is a long one."""
_LEAST = 2
_MOST_HELD = 256
"""So many requests of one sender wait for its long ones to end; more are refused."""


class Shares:
    """Which requests are answered now, and which wait because their sender has its part.

    A sender has at most half of the threads for long requests, and two at least: then its further
    requests are held until one of them ends. Requests that wait for a lock are not counted, since
    they hold back no other sender.
    """

    def __init__(self, threads: int, *, patience_seconds: float) -> None:
        self._most = max(_LEAST, threads // 2)
        self._patience_seconds = patience_seconds
        self._under_way: dict[int, tuple[Any, float]] = {}
        self._long: dict[int, str] = {}
        self._held: dict[str, deque[Exchange]] = {}
        self._holding = threading.Lock()

    def begin(self, exchange: Exchange, now: float) -> None:
        """This thread answers the request from now on."""
        self._under_way[threading.get_ident()] = exchange.scope, now

    def end(self) -> None:
        """This thread has an answer."""
        thread = threading.get_ident()
        # In this order: ``look`` marks first, and then sees whether the request is under way still.
        del self._under_way[thread]
        self._long.pop(thread, None)

    def holds(self, exchange: Exchange) -> bool:
        """Keep the request back if its sender has its part; False if it may be answered.

        What has waited for too long is not held any more. A request that is one too many is not
        held either, but refused.
        """
        if not self._long or exchange.failed is not None:
            return False
        if time.monotonic() - exchange.arrived > self._patience_seconds:
            return False
        sender = sender_of(exchange.scope)
        with self._holding:
            if not self._has_its_part(sender):
                return False
            held = self._held.setdefault(sender, deque())
            if len(held) >= _MOST_HELD:
                exchange.failed = ServerBusy()
                return False
            held.append(exchange)
            return True

    @property
    def held(self) -> int:
        """How many requests are held, of all senders."""
        return sum(map(len, [*self._held.values()])) if self._held else 0

    def held_of_sender(self, exchange: Exchange) -> int:
        """How many requests of the same sender are held."""
        return len(self._held.get(sender_of(exchange.scope), ())) if self._held else 0

    def let_go(self, now: float) -> list[Exchange]:
        """The requests that go on: their sender has a free part, or they have waited too long."""
        if not self._held:
            return []
        free: list[Exchange] = []
        with self._holding:
            for sender, held in [*self._held.items()]:
                all_may_go = not self._has_its_part(sender)
                while held and (all_may_go or now - held[0].arrived > self._patience_seconds):
                    free.append(held.popleft())
                if not held:
                    del self._held[sender]
        return free

    def look(self, now: float, waiting_for_locks: Collection[int]) -> int:
        """Find the long requests; how many threads have been busy for that long.

        To be called by one thread alone.
        """
        busy = 0
        for thread, entry in [*self._under_way.items()]:
            scope, since = entry
            if now - since < LONG_SECONDS:
                continue
            busy += 1
            if thread in waiting_for_locks:
                self._long.pop(thread, None)
            elif thread not in self._long:
                self._long[thread] = sender_of(scope)
                if self._under_way.get(thread) is not entry:
                    self._long.pop(thread, None)
        return busy

    def _has_its_part(self, sender: str) -> bool:
        return [*self._long.values()].count(sender) >= self._most


def sender_of(scope: Any) -> str:
    """What names the sender of a request, before its key is looked at.

    It is the public part of the key, in the header or behind the cookie of the explorer. Senders
    without a key are one. A key that does not exist is refused at once, so it takes no thread long.
    """
    headers = scope.headers
    if words := (headers.get("authorization") or "").split():
        key = read_key(words[-1])
        return words[-1] if key is None else key.short
    cookie = headers.get("cookie")
    return parse_cookie(cookie).get(COOKIE, "").partition(".")[0] if cookie else ""
