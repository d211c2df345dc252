"""A body that has ended lets go of granian's objects at once, so that its connection can end."""

import gc
import weakref

import pytest

from reunite_service.http.bodies import Body, Pace


class Arriving:
    """A part of a body that is to come. Like granian's future, it keeps its callback."""

    def __init__(self):
        self.parts = []
        self.is_cancelled = False

    def add_done_callback(self, callback):
        self.callback = callback

    def cancel(self):
        self.is_cancelled = True
        self.callback(self)

    def cancelled(self):
        return self.is_cancelled

    def result(self):
        return self.parts[0]

    def arrive(self, part):
        self.parts.append(part)
        self.callback(self)


class Protocol:
    """What granian gives for a request: each part is asked for."""

    def __aiter__(self):
        return self

    def __anext__(self):
        future = Arriving()
        self.last = weakref.ref(future)
        return future


@pytest.fixture
def without_collector():
    """No garbage collector, which cannot look into granian's futures anyway."""
    gc.disable()
    yield
    gc.enable()


def collected(length, end):
    """What came of a body, and whether granian's objects are still kept."""
    protocol = Protocol()
    kept = weakref.ref(protocol)
    found = []
    Body(protocol, length, lambda *what: found.append(what), collecting := set())
    end(protocol, collecting)
    futures = protocol.last
    del protocol
    return found, kept() or futures()


@pytest.mark.usefixtures("without_collector")
def test_a_body_that_came_keeps_no_connection():
    def end(protocol, _):
        protocol.last().arrive(b"ab")
        protocol.last().arrive(b"cd")

    found, kept = collected(4, end)

    assert found == [(b"abcd", None)]
    assert kept is None


@pytest.mark.usefixtures("without_collector")
def test_a_body_that_is_given_up_keeps_no_connection():
    def end(protocol, collecting):
        protocol.last().arrive(b"ab")
        next(iter(collecting)).expire(Pace(1, 1), now=float("inf"))

    (((body, failed),), kept) = collected(4, end)

    assert (body, failed.default_code) == (b"", "error")
    assert kept is None
