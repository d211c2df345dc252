"""A request that was put aside is not overtaken by those that came later."""

import threading
from queue import SimpleQueue

from reunite.core.errors import LockTimeout
from reunite.store.database.waiting import turn
from reunite_service.http.threads import Threads
from tests.concurrency.asked import Asked

SECONDS = 60


class Service:
    """An application whose requests need one lock; ``read`` waits until it may go on."""

    def __init__(self):
        self.lock = threading.Lock()
        self.may_go_on = threading.Event()
        self.begun = SimpleQueue()
        self.got_the_lock = []

    def __call__(self, environ, start_response):
        name = environ["PATH_INFO"]
        self.begun.put(name)
        if name == "read":
            assert self.may_go_on.wait(SECONDS)
        else:
            try:
                self._write(name)
            except LockTimeout:
                start_response("503 Busy", [])
                return []
        start_response("200 OK", [])
        return []

    def _write(self, name):
        with turn(SECONDS) as seconds:
            if not self.lock.acquire(timeout=seconds):
                raise LockTimeout
            self.got_the_lock.append(name)
            if name != "first":  # Somebody else has the lock at once.
                self.lock.release()


def test_a_request_that_was_put_aside_gets_the_next_turn_to_wait():
    service = Service()
    threads = Threads(service, 2, patience_seconds=SECONDS)

    def ask(name):
        asked = Asked(name)
        threads.answer(asked.exchange)
        return asked

    service.lock.acquire()
    first = ask("first")  # Takes the one turn.
    assert service.begun.get(timeout=SECONDS) == "first"
    old = ask("old")  # Is put aside.
    assert service.begun.get(timeout=SECONDS) == "old"
    read = ask("read")  # The thread that put it aside is busy now.
    assert service.begun.get(timeout=SECONDS) == "read"
    newer = [ask(f"newer {number}") for number in range(3)]

    service.lock.release()
    assert first.answered.wait(SECONDS)
    for _ in newer:  # These came to a thread before the old one did again, and found the lock held.
        assert service.begun.get(timeout=SECONDS).startswith("newer")
    assert service.begun.get(timeout=SECONDS) == "old"
    service.may_go_on.set()
    service.lock.release()

    for asked in [old, read, *newer]:
        assert asked.answered.wait(SECONDS)
    assert service.got_the_lock[:2] == ["first", "old"]
