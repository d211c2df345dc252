"""Processes that this program starts, and that are not to outlive it."""

import multiprocessing
import os
import signal
import threading


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
