"""Limits for each key: quotas that fill again with time, so that no key takes all from others."""

import math
from dataclasses import dataclass, field

from reunite.core.errors import TooManyRequests

WINDOW_SECONDS = 10
"""A key may take at once what it may take in so much time."""
_ROUNDING_SECONDS = 1e-6


@dataclass(frozen=True)
class Quota:
    """What a key may take: ``size`` at once, and ``per_second`` on average.

    What is left of it follows from one number: the time at which it is whole again.
    """

    name: str
    per_second: float
    size: int = field(init=False)

    def __post_init__(self) -> None:
        """Compute the size once, since each request asks for it."""
        object.__setattr__(self, "size", max(1, math.floor(self.per_second * WINDOW_SECONDS)))

    @property
    def policy(self) -> str:
        """An item of the header RateLimit-Policy."""
        return f'"{self.name}";q={self.size};w={WINDOW_SECONDS}'

    def taken(self, whole_at: float, cost: int, now: float) -> float:
        """When the quota is whole again, after ``cost`` is taken from it.

        A cost above the whole quota is taken from a whole one. Raises TooManyRequests.
        """
        missing_seconds = whole_at - now if whole_at > now else 0.0
        room_seconds = (self.size - cost if cost < self.size else 0) / self.per_second
        if missing_seconds > room_seconds + _ROUNDING_SECONDS:
            raise TooManyRequests(self.name, math.ceil(missing_seconds - room_seconds))
        return now + missing_seconds + cost / self.per_second

    def left(self, whole_at: float, now: float) -> str:
        """An item of the header RateLimit."""
        if whole_at <= now:
            return f'"{self.name}";r={self.size};t=0'
        seconds = whole_at - now
        left = int(self.size - seconds * self.per_second + _ROUNDING_SECONDS)
        return f'"{self.name}";r={max(0, left)};t={math.ceil(seconds)}'
