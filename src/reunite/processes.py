"""What a process may need: to end with the one that started it, and fewer looks for garbage."""

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_OBJECTS_UNTIL_COLLECTION = 100_000


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
