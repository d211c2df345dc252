"""Sending the messages of webhooks beside other work."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connections

from reunite.core.errors import TemporarilyUnavailable
from reunite.services.webhooks.deliveries import has_webhooks

_PAUSE_SECONDS = 0.5
_STOP_SECONDS = 2.0


def send_all() -> None:
    """Send the messages that can be sent now. Raises TemporarilyUnavailable."""
    if has_webhooks():
        from reunite.services.webhooks.send import sender  # It takes memory.

        with sender() as started:
            started.finish()


class SendingThread(threading.Thread):
    """Sends messages until it is told to stop; what it is at then goes on later.

    ``say`` is told once of each trouble with the database.
    """

    def __init__(self, say: Callable[[str], object]) -> None:
        super().__init__(daemon=True)
        self._say = say
        self._trouble = ""
        self._stopping = threading.Event()
        self._error: Exception | None = None

    def run(self) -> None:
        """Work."""
        try:
            self._wait_for_webhooks()
            if not self._stopping.is_set():
                self._send()
        except Exception as error:  # noqa: BLE001  # The main thread raises it.
            self._error = error
        finally:
            connections.close_all()

    def stop(self) -> None:
        """Let it end, soon."""
        self._stopping.set()
        self.join(_STOP_SECONDS)

    def require_working(self) -> None:
        """Raise the error that has ended it, if one has."""
        if self._error is not None:
            raise self._error

    def _wait_for_webhooks(self) -> None:
        while not (self._tried(has_webhooks) or self._stopping.is_set()):
            self._stopping.wait(_PAUSE_SECONDS)

    def _send(self) -> None:
        from reunite.services.webhooks.send import sender  # It takes memory.

        with sender() as started:
            while not self._stopping.is_set():
                if not self._tried(started.step):
                    started.wait(_PAUSE_SECONDS) if started.is_busy else self._stopping.wait(
                        _PAUSE_SECONDS
                    )

    def _tried(self, work: Callable[[], bool]) -> bool:
        try:
            done = work()
        except TemporarilyUnavailable as error:
            if str(error) != self._trouble:
                self._trouble = str(error)
                self._say(self._trouble)
            self._stopping.wait(_PAUSE_SECONDS)
            return False
        self._trouble = ""
        return done


@contextmanager
def sending(say: Callable[[str], object]) -> Iterator[SendingThread]:
    """Within the block, messages are sent."""
    thread = SendingThread(say)
    thread.start()
    try:
        yield thread
    finally:
        thread.stop()
