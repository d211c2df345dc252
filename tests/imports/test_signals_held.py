"""A signal that comes while a process is being started waits, whichever thread takes it."""

import os
import signal
import threading
import time

import pytest

from reunite.processes import signals_held

pytestmark = pytest.mark.any_database

PATIENCE_SECONDS = 10


@pytest.fixture
def raising():
    """A handler that ends the work, and a second thread that takes signals."""

    def end(number, _frame):
        raise SystemExit(number)

    before = {each: signal.signal(each, end) for each in (signal.SIGINT, signal.SIGTERM)}
    ended = threading.Event()
    other = threading.Thread(target=ended.wait)
    other.start()
    yield
    ended.set()
    other.join()
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_another_thread_takes_waits_for_the_end_of_the_block(raising, number):
    steps = []
    with pytest.raises(SystemExit) as ended, signals_held():
        os.kill(os.getpid(), number)
        time.sleep(0.1)  # The system gives it to the other thread; Python would raise here.
        steps.append("block finished")
    assert ended.value.code == number
    assert steps == ["block finished"]


def test_a_thread_other_than_the_main_one_may_hold_signals(raising):
    mask = []

    def hold():
        with signals_held():
            mask.append(signal.pthread_sigmask(signal.SIG_BLOCK, []))
        mask.append(signal.pthread_sigmask(signal.SIG_BLOCK, []))

    thread = threading.Thread(target=hold)
    thread.start()
    thread.join(PATIENCE_SECONDS)
    assert mask == [{signal.SIGINT, signal.SIGTERM}, set()]


def test_a_signal_that_is_ignored_stays_ignored(raising):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with signals_held():
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
