"""The next state of a delivery, and of its webhook, after each attempt."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from reunite.core.events import DisabledFor

_DELAYS = tuple(
    timedelta(seconds=each) for each in (0, 5, 5 * 60, 30 * 60, *(n * 3600 for n in (2, 5, 10, 10)))
)
"""From an attempt that failed to the next one; the first attempt waits for none."""
MAX_ATTEMPTS = len(_DELAYS)
JITTER = 0.1
"""By so much of itself a delay may be longer, so that failed deliveries do not come together."""
LIMIT_SECONDS = 15.0
"""How long one attempt may take, from looking up the name to the status of the answer."""
LEASE = timedelta(minutes=1)
"""For so long a delivery belongs to the worker that attempts it; then any worker may."""
GIVEN_UP_AFTER = timedelta(days=5)
"""A webhook that fails for so long is disabled."""
_TRIED_BEFORE_GIVING_UP = 5
"""The least failures of the delivery: an old failure and a new one are not days of failure."""

_OK, _GONE = range(200, 300), 410


class DeliveryState(StrEnum):
    """How far a delivery is."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


class Failure(StrEnum):
    """Why an attempt got no answer."""

    ADDRESS_REFUSED = "address_refused"
    NAME_UNKNOWN = "name_unknown"
    NOT_CONNECTED = "not_connected"
    NO_ANSWER = "no_answer"
    TIMED_OUT = "timed_out"
    TLS_FAILED = "tls_failed"
    NOT_SIGNED = "not_signed"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: when it began, and the status of the answer or why there is none."""

    at: datetime
    status: int | None = None
    failure: Failure | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the receiver has the message. A redirect is not followed, so it is a failure."""
        return self.status in _OK


@dataclass(frozen=True, slots=True)
class Next:
    """A delivery after an attempt; without a time it is not attempted any more."""

    state: DeliveryState
    at: datetime | None = None


def after_attempt(attempt: Attempt, attempts: int, *, ended: datetime, chance: float) -> Next:
    """What becomes of a delivery after its ``attempts``-th attempt, which ``ended`` then.

    ``chance`` is from 0 to 1, and lengthens the delay.
    """
    if attempt.succeeded:
        return Next(DeliveryState.DELIVERED)
    if attempts >= MAX_ATTEMPTS:
        return Next(DeliveryState.DEAD)
    return Next(DeliveryState.WAITING, ended + _DELAYS[attempts] * (1 + JITTER * chance))


def why_disabled(
    attempt: Attempt, attempts: int, *, failing_since: datetime, ended: datetime
) -> DisabledFor | None:
    """Why the webhook of a delivery that failed ``attempts`` times is disabled; None if it is not.

    ``failing_since`` is the first failure since its last success.
    """
    if attempt.status == _GONE:
        return DisabledFor.GONE
    has_failed_for_days = ended - failing_since >= GIVEN_UP_AFTER
    if has_failed_for_days and attempts >= _TRIED_BEFORE_GIVING_UP:
        return DisabledFor.FAILURES
    return None
