"""Tell how much of a long statement is done, while it is at work."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

from reunite.bulk.engine import Engine
from reunite.bulk.job import Tell

_SECONDS = 1.0
WHOLE = 100
"""Progress is a percentage: of this total."""


@contextmanager
def told_meanwhile(what: str, engine: Engine, tell: Tell) -> Iterator[None]:
    """Within the block, tell now and then how much of what the engine does is done, in percent."""
    is_over = threading.Event()

    def watch() -> None:
        most = 0
        while not is_over.wait(_SECONDS):
            most = max(most, engine.percent())
            tell(what, most, WHOLE)
        connections.close_all()  # Those that ``tell`` used in this thread.

    watcher = threading.Thread(target=watch, name="meanwhile", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()
