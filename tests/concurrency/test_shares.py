"""Requests that take long do not take the threads from other senders, whoever sends them."""

import threading
import time
from types import SimpleNamespace

import pytest

from reunite.core.access.keys import make_key
from reunite.uploaded import FAILED
from reunite_service.http.shares import LONG_SECONDS, sender_of
from reunite_service.http.threads import Threads
from tests.concurrency.asked import Asked

SECONDS = 60
TICK_SECONDS = 0.05


class Service:
    """An application whose requests are long ones until ``may_go_on``, except quick ones."""

    def __init__(self):
        self.may_go_on = threading.Event()
        self.begun = []

    def __call__(self, environ, start_response):
        name = environ["PATH_INFO"]
        if environ[FAILED] is not None:
            start_response("503 Busy", [])
            return []
        self.begun.append(name)
        if not name.startswith("quick"):
            assert self.may_go_on.wait(SECONDS)
        start_response("200 OK", [])
        return []


class Server:
    """Threads that are looked after as by the scheduler."""

    def __init__(self, count, *, patience_seconds=SECONDS):
        self.service = Service()
        self.threads = Threads(self.service, count, patience_seconds=patience_seconds)
        self._over = threading.Event()
        threading.Thread(target=self._look_after, daemon=True).start()

    def _look_after(self):
        while not self._over.wait(TICK_SECONDS):
            self.threads.ask_again(time.monotonic())

    def ask(self, name, sender, *, upload=False):
        asked = Asked(name)
        asked.scope.headers = {"authorization": f"Bearer {sender}"}
        asked.statuses = []
        asked.proto.response_bytes = lambda status, *_: asked.statuses.append(status)
        if upload:
            self.threads.answer_stream(asked.exchange)
        else:
            self.threads.answer(asked.exchange)
        return asked

    def end(self):
        self.service.may_go_on.set()
        self._over.set()


@pytest.fixture
def serving():
    servers = []

    def serve(count, **more):
        servers.append(Server(count, **more))
        return servers[-1]

    yield serve
    for server in servers:
        server.end()


@pytest.mark.parametrize("count", [1, 2, 4])
def test_the_long_requests_of_one_sender_leave_a_thread_to_others(serving, count):
    server = serving(count)
    long = [server.ask(f"long {number}", "one") for number in range(20)]
    for number in range(5):
        quick = server.ask(f"quick {number}", "other")
        assert quick.answered.wait(SECONDS)
        assert quick.statuses == [200]
    begun = [name for name in server.service.begun if name.startswith("long")]
    # A burst may take all threads, and none more.
    assert len(begun) <= max(count, 2) + 1
    assert not any(each.answered.is_set() for each in long)

    server.service.may_go_on.set()
    assert all(each.answered.wait(SECONDS) for each in long)
    assert {each.statuses[0] for each in long} == {200}


def test_what_is_held_for_too_long_is_refused(serving):
    server = serving(2, patience_seconds=1.0)
    long = [server.ask(f"long {number}", "one") for number in range(5)]
    refused = [each for each in long if each.answered.wait(3 * LONG_SECONDS + 2)]
    assert len(refused) >= 2
    assert {each.statuses[0] for each in refused} == {503}
    server.service.may_go_on.set()
    assert all(each.answered.wait(SECONDS) for each in long)


def test_what_waits_too_long_is_refused_where_many_senders_take_all_threads(serving):
    server = serving(2, patience_seconds=1.0)
    long = [server.ask(f"long {number}", f"sender {number // 2}") for number in range(30)]
    quick = server.ask("quick", "other")
    assert quick.answered.wait(SECONDS)
    assert sum(each.answered.wait(5) for each in long[20:]) == 10
    server.service.may_go_on.set()
    assert all(each.answered.wait(SECONDS) for each in long)


def test_the_uploads_of_one_sender_leave_half_of_the_places_to_others(serving):
    server = serving(2)
    long = [server.ask(f"long {number}", "one", upload=True) for number in range(6)]
    assert sum(each.answered.wait(1) for each in long[4:]) == 2
    other = [server.ask(f"long {number}", "other", upload=True) for number in range(4)]
    late = server.ask("long", "third", upload=True)
    assert late.answered.wait(SECONDS)
    server.service.may_go_on.set()
    assert all(each.answered.wait(SECONDS) for each in long + other)
    statuses = [each.statuses[0] for each in [*long, *other, late]]
    assert statuses == [200] * 4 + [503] * 2 + [200] * 4 + [503]


def sender(**headers):
    return sender_of(SimpleNamespace(headers=headers))


def test_the_public_part_of_a_key_names_the_sender():
    text, _ = make_key(bytes(4), bytes(32))
    spellings = [f"Bearer {text}", f"bearer   {text}", f"BEARER \t{text} ", text]
    assert {sender(authorization=each) for each in spellings} == {"00000000"}
    assert sender(cookie="a=b; reunite_explorer=00000000.1795879646123:1xXKGv:mgAI") == "00000000"
    assert sender(cookie="a=b") == sender(authorization="") == sender() == ""
    assert sender(authorization="Bearer ru_bootstrap") == "ru_bootstrap"
