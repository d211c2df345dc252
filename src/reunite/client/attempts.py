"""How often, and when, a call is sent again."""

import random
import time
from typing import Any

from reunite.client.calls import Call
from reunite.client.errors import Busy, ClientError, NoAnswer

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 30.0


class Attempts:
    """The attempts of one call: the time that is left, and the pauses between attempts.

    A call is sent again if it was certainly not carried out: the server was not reached, or had no
    time. A call that ``repeats`` is sent again after a lost answer, too. Pauses grow and are
    random, so that clients that all lost their server do not come back at the same moment.
    ``Retry-After`` is obeyed.
    """

    def __init__(self, call: Call[Any], deadline_seconds: float) -> None:
        self._call = call
        self._ends_at = time.monotonic() + deadline_seconds
        self._pause = _FIRST_PAUSE_SECONDS
        self._was_sent = False

    @property
    def left_seconds(self) -> float:
        """The time that is left; an attempt has at least a moment."""
        return max(self._ends_at - time.monotonic(), 0.001)

    @property
    def attempt_seconds(self) -> float:
        """The time for the next attempt."""
        return min(self.left_seconds, self._call.attempt_seconds)

    @property
    def is_over(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() >= self._ends_at

    def no_answer(self, cause: Exception, *, was_sent: bool, request_id: str) -> NoAnswer:
        """The error of an attempt without an answer."""
        # An earlier attempt may have been carried out, too.
        self._was_sent |= was_sent
        reason = "the time is over" if self.is_over else str(cause) or type(cause).__name__
        return NoAnswer(reason, may_be_done=self._was_sent, request_id=request_id)

    def pause_after(self, error: ClientError) -> float:
        """Seconds until the next attempt. Raises the error if there shall be none."""
        if not self._may_repeat(error):
            raise error
        # From the half on, so that a busy server gets a rest.
        seconds = self._pause * random.uniform(0.5, 1)  # noqa: S311  # It is no secret.
        if isinstance(error, Busy):
            # Those that were sent away together shall not come back together.
            seconds += error.retry_after_seconds
        if seconds >= self.left_seconds:
            raise error
        self._pause = min(2 * self._pause, _LONGEST_PAUSE_SECONDS)
        return seconds

    def _may_repeat(self, error: ClientError) -> bool:
        if isinstance(error, NoAnswer | Busy):
            return self._call.repeats or not error.may_be_done
        return False
