"""Answers about large persons give way to other requests: they are sent later."""

import threading
import time
from queue import SimpleQueue

from reunite_service.http.wsgi import Exchange

_ALONE_SECONDS = 0.05
"""If no other request was answered for this long, there is no request to give way to."""
_TIMES_LONGER = 8
"""An answer is kept back for so many times the processor time that it took."""
_LONGEST_SECONDS = 1.0


class GivingWay:
    """Keeps answers back in the order in which they were made, each for a second at most.

    A client that waits for its answer asks for nothing else. So requests for large persons get at
    most a ninth of the time of a process, however many clients send them, and the rest is for the
    others. No thread is blocked, and nothing is done twice.
    """

    def __init__(self) -> None:
        self._others_at = -_ALONE_SECONDS
        self._free_at = 0.0
        self._counting = threading.Lock()
        self._held: SimpleQueue[tuple[float, Exchange]] = SimpleQueue()
        threading.Thread(target=self._send_all, daemon=True).start()

    def note_other(self, now: float) -> None:
        """Note the answer of another request."""
        self._others_at = now

    def send(self, exchange: Exchange, *, processor_seconds: float, now: float) -> None:
        """Send an answer about a large person in its turn."""
        if now - self._others_at > _ALONE_SECONDS:
            exchange.send()
            return
        with self._counting:
            wanted = max(now, self._free_at) + _TIMES_LONGER * processor_seconds
            self._free_at = min(wanted, now + _LONGEST_SECONDS)
            self._held.put((self._free_at, exchange))

    def _send_all(self) -> None:
        while True:
            due, exchange = self._held.get()
            time.sleep(max(due - time.monotonic(), 0.0))
            exchange.send()
