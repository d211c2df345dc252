"""Long polls: requests that wait for an event, kept without a thread and asked again."""

from collections import deque

from reunite_service.http.wsgi import Exchange

_PAUSE_SECONDS = 0.5
_PLACES = 64
"""So many are asked again twice a second: some percent of a processor."""


class Parking:
    """A bounded number of places; a request without a place is answered at once."""

    def __init__(self) -> None:
        self._parked: deque[tuple[float, Exchange]] = deque()
        self._is_closed = False

    def close(self) -> None:
        """End all waiting."""
        self._is_closed = True

    def park(self, exchange: Exchange, now: float) -> bool:
        """Keep a request that wants to wait; False if its answer is to be sent."""
        until = exchange.waits_until
        if now >= until or self._is_closed or len(self._parked) >= _PLACES:
            return False
        self._parked.append((min(now + _PAUSE_SECONDS, until), exchange))
        return True

    def due(self, now: float) -> list[Exchange]:
        """The requests to ask again; for one thread alone."""
        due = []
        for _ in range(len(self._parked)):
            at, exchange = self._parked.popleft()
            if self._is_closed or now >= at:
                due.append(exchange)
            else:
                self._parked.append((at, exchange))
        return due
