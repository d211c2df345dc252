"""The sender of a worker: makes deliveries, attempts them, and notes what came of them.

Sending may be interrupted at any moment: a delivery that was taken is due again when its lease
is over, with the same message id.
"""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic

from reunite.core.webhooks.places import SLOW_SECONDS, Receiver
from reunite.core.webhooks.signing import texts_of
from reunite.services.webhooks.attempts import Begun, Ended, begin_attempts, note_ended
from reunite.services.webhooks.deliveries import make_deliveries
from reunite.services.webhooks.outbox import Outbox, Sent
from reunite.services.webhooks.webhooks import allowed_networks, signing_keys

_FINISHING_SECONDS = 1.0
_MAKING_SECONDS = 0.2


@contextmanager
def sender() -> Iterator["Sender"]:
    """A sender with an outbox of its own, as the settings are."""
    with Outbox(allowed_networks()) as outbox:
        yield Sender(outbox)


class Sender:
    """Works in steps, in one thread."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._keys = signing_keys()
        self._under_way: dict[Future[Sent], Begun] = {}
        self._to_note: list[Ended] = []
        self._make_at = 0.0
        self._quick: set[Receiver] = set()

    @property
    def is_busy(self) -> bool:
        """Whether attempts are under way, or not noted yet."""
        return bool(self._under_way or self._to_note)

    def finish(self) -> None:
        """Do all that can be done now. Raises TemporarilyUnavailable."""
        while self.step() or self.is_busy:
            self.wait(_FINISHING_SECONDS)

    def step(self) -> bool:
        """Note what has ended, make deliveries, and begin attempts; whether anything was done.

        Raises TemporarilyUnavailable; what could not be noted is noted by a later step.
        """
        self._collect()
        noted = bool(self._to_note)
        self._note()
        made = self._make()
        under_way = Counter(each.webhook.receiver for each in self._under_way.values())
        begun = begin_attempts(under_way, self._quick)
        for each in begun:
            texts = texts_of((secret.stored for secret in each.secrets), self._keys)
            sent = self._outbox.post(each.claimed.event, each.webhook.url, texts)
            self._under_way[sent] = each
        return bool(noted or made or begun)

    def _make(self) -> int:
        """Make deliveries; how many events were read. Seldom while there is enough to do."""
        if self._under_way and monotonic() < self._make_at:
            return 0
        made = make_deliveries()
        self._make_at = monotonic() + _MAKING_SECONDS
        return made

    def wait(self, seconds: float) -> None:
        """Wait until an attempt has ended, or for so long; at once if none is under way."""
        if self._under_way:
            wait(self._under_way, timeout=seconds, return_when=FIRST_COMPLETED)

    def _collect(self) -> None:
        for future in [each for each in self._under_way if each.done()]:
            begun, sent = self._under_way.pop(future), future.result()
            self._to_note.append(Ended(begun, sent.attempt, datetime.now(UTC)))
            if sent.seconds < SLOW_SECONDS:
                self._quick.add(begun.webhook.receiver)
            else:
                self._quick.discard(begun.webhook.receiver)

    def _note(self) -> None:
        while self._to_note:
            webhook = self._to_note[0].begun.webhook
            own = [each for each in self._to_note if each.begun.webhook.id == webhook.id]
            note_ended(webhook, own)
            self._to_note = [each for each in self._to_note if each not in own]
