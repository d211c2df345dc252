"""Progress of commands that take long: a plain line now and then."""

import time
from typing import Protocol

SECONDS_BETWEEN_LINES = 5.0


class Output(Protocol):
    """Where lines go."""

    def write(self, message: str) -> object:
        """Write a line."""


class Progress:
    """Tells how much was done so far, and how fast, unless that was told a moment ago.

    ``count`` is how much was done so far.
    """

    def __init__(self, output: Output, done: str) -> None:
        self._output = output
        self._done = done
        self._started = self._told = time.monotonic()
        self.count = 0

    def tell(self, count: int) -> None:
        """Take note that so much was done."""
        self.count = count
        now = time.monotonic()
        if now - self._told >= SECONDS_BETWEEN_LINES:
            self._told = now
            rate = count / (now - self._started)
            self._output.write(f"{count:,} {self._done}, {rate:,.0f}/s")
