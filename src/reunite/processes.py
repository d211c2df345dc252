"""Helpers of processes: ending on a signal, and fewer runs of the garbage collector."""

import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from types import FrameType

Handler = Callable[[int, FrameType | None], object]
_OBJECTS_UNTIL_COLLECTION = 100_000
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_LATER_SECONDS = 2.0
_LOOK_SECONDS = 0.5
_END_SECONDS = 10.0
_PAUSE_STEP_SECONDS = 0.05
# Handlers set these. No event: its lock may be held by the code that a handler interrupts.
_told_to_end = False
_exit_code = 0
_interrupts: list[Callable[[], object]] = []


def end_when_told(*, but_not_by: Collection[int] = ()) -> None:
    """Let ``end_if_told`` and ``pause`` end this process after SIGINT (Ctrl-C) or SIGTERM.

    The handler raises nothing. An exception would come in the middle of anything, also in a
    callback of the garbage collector or in an import of a library, which print or swallow it.
    """
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN if number in but_not_by else _note)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


@contextmanager
def interrupted_by(interrupt: Callable[[], object]) -> Iterator[None]:
    """Within the block, ``interrupt`` is called when the process is told to end.

    For work of a library that takes long. The library then raises an error where it is safe.
    """
    _interrupts.append(interrupt)
    try:
        yield
    finally:
        _interrupts.remove(interrupt)


def pause(seconds: float) -> None:
    """Wait; raises SystemExit as ``end_if_told`` does."""
    until = time.monotonic() + seconds
    end_if_told()
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, _PAUSE_STEP_SECONDS))
        end_if_told()


@contextmanager
def signals_held() -> Iterator[None]:
    """Within the block SIGINT and SIGTERM wait, also in processes that are started in it.

    There they wait until ``end_when_told`` or ``begin_helping`` is called: a process that is only
    beginning would end with a traceback, or without the other one knowing why.

    Here the handlers wait, too. Blocking is a matter of one thread: another one (DuckDB has some)
    still takes the signal, and Python then runs the handler in the main thread. It would end a
    process between starting another one and sending the work to it.
    """
    waiting: list[int] = []
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    handlers = _handlers_replaced_by(lambda number, _frame: waiting.append(number))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for number in waiting:
            signal.raise_signal(number)


def _handlers_replaced_by(handler: Handler) -> dict[int, Handler]:
    """The handlers in Python that ``handler`` stands for now; none outside the main thread.

    Only the main thread may set handlers, and only the main thread runs them.
    """
    if threading.current_thread() is not threading.main_thread():
        return {}
    replaced: dict[int, Handler] = {}
    for each in _SIGNALS:
        found = signal.getsignal(each)
        if callable(found):
            replaced[each] = found
    for number in replaced:
        signal.signal(number, handler)
    return replaced


@contextmanager
def cleaned_up(say: Callable[[], object]) -> Iterator[None]:
    """Within the block, SIGINT and SIGTERM end this process only after it has cleaned up.

    ``say`` is called then. The exit code is 130 or 143, as if the signal had ended it. For what a
    command does; in another thread than the main one it changes nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _end_as_by_signal) for number in _SIGNALS}
    try:
        yield
    except BaseException:
        if not _told_to_end:
            raise
        say()
        sys.exit(_exit_code)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end_if_told() -> None:
    """Raise SystemExit if the process was told to end.

    To be called now and then by what takes long, where nothing is half done. Commands end by an
    exception of their handler (``cleaned_up``), which PyArrow and DuckDB may swallow: they import
    modules when they first need them. So commands call this, too.
    """
    if _told_to_end:
        sys.exit(_exit_code)


def _note(_number: int, _frame: object) -> None:
    global _told_to_end  # noqa: PLW0603  # A handler has no other place to leave it.
    _told_to_end = True
    for interrupt in tuple(_interrupts):
        interrupt()


def _end_as_by_signal(number: int, _frame: object) -> None:
    global _told_to_end, _exit_code  # noqa: PLW0603  # as above
    _exit_code = 128 + number
    _told_to_end = True
    # Once is enough: a second Ctrl-C must not interrupt the cleaning up.
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    sys.exit(_exit_code)


def begin_helping() -> None:
    """Let this process of a pool leave signals to the one that started it, and end with that.

    Terminals and supervisors send them to both. A process that is gone while the pool is being
    closed makes the pool complain, or wait for good; so SIGTERM ends this one a moment later.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end_later)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    end_with_parent()


def _end_later(_number: int, _frame: object) -> None:
    timer = threading.Timer(_LATER_SECONDS, os._exit, [0])
    timer.daemon = True
    timer.start()


def end_with_parent() -> None:
    """Let this process be told to end (SIGTERM) when the one that started it is gone.

    It is ended if it has not by itself a little later. Does nothing in a process that
    ``multiprocessing`` did not start.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        # Not by the pipe of multiprocessing: processes that were forked later hold it open, too.
        while os.getppid() == parent.pid:
            time.sleep(_LOOK_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_END_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Within the block the garbage collector runs a hundred times less often.

    For work that makes millions of objects and hardly any cycles of them.
    """
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS_UNTIL_COLLECTION, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
