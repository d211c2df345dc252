"""What a process may need: to end when it is told to, and fewer looks for garbage."""

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_OBJECTS_UNTIL_COLLECTION = 100_000
_told_to_end = threading.Event()


def end_when_told() -> None:
    """Let SIGINT (Ctrl-C) and SIGTERM raise SystemExit(0) in this process's main thread."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)


def end_if_told() -> None:
    """Raise SystemExit(0) if the process was told to end, but a library made nothing of it.

    PyArrow and DuckDB import modules when they first need them, and swallow whatever is raised
    meanwhile. To be called now and then by what takes long.
    """
    if _told_to_end.is_set():
        sys.exit(0)


def _end(_number: int, _frame: object) -> None:
    _told_to_end.set()
    sys.exit(0)


def end_with_parent() -> None:
    """Let this process be told to end (SIGTERM) when the one that started it is gone.

    Does nothing in a process that ``multiprocessing`` did not start.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

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
