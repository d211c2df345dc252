"""How much each key has taken of its quotas, in the memory of this process.

No request asks the database. The keys of one name in one workspace share their quotas, so a key
that replaces another has no second one.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from reunite.conf import reunite_settings
from reunite.core.access.callers import Caller
from reunite.core.access.limits import Quota

MAX_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Quotas:
    """The quotas of each key, by what the settings say; None where there is no limit."""

    requests: Quota | None
    rows: Quota | None
    policy: str
    """The header RateLimit-Policy."""


class Limits:
    """The used part of quotas. ``clock`` counts seconds from any moment."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._whole_at: dict[tuple[int, str | None, str], float] = {}
        self._taking = threading.Lock()

    def take(self, caller: Caller, quota: Quota | None, cost: int) -> None:
        """Take from a quota of the caller, if there is a limit. Raises TooManyRequests."""
        if quota is None:
            return
        taker = (caller.workspace_id, caller.name, quota.name)
        with self._taking:
            now = self._clock()
            if len(self._whole_at) >= MAX_KEPT:
                self._whole_at = {name: at for name, at in self._whole_at.items() if at > now}
            self._whole_at[taker] = quota.taken(self._whole_at.get(taker, now), cost, now)

    def left(self, caller: Caller, quotas: Quotas) -> str:
        """The header RateLimit, as draft-ietf-httpapi-ratelimit-headers-11 has it."""
        now = self._clock()
        return ", ".join(
            quota.left(self._whole_at.get((caller.workspace_id, caller.name, quota.name), now), now)
            for quota in (quotas.requests, quotas.rows)
            if quota is not None
        )


limits = Limits()
"""Those of this process."""


def quotas_in_force() -> Quotas | None:
    """The quotas that the settings say; None without any."""
    settings = reunite_settings()
    return _quotas(settings.REQUESTS_PER_SECOND, settings.ROWS_PER_SECOND)


@lru_cache(maxsize=8)
def _quotas(requests: float, rows: float) -> Quotas | None:
    one = Quota("requests", requests) if requests else None
    other = Quota("rows", rows) if rows else None
    policy = ", ".join(each.policy for each in (one, other) if each is not None)
    return Quotas(one, other, policy) if policy else None
