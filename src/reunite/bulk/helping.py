"""The main function of a helper process.

It imports nothing that needs Django's settings: the process reads it before they are there.
"""

import signal
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import django

from reunite.causes import hide_messages
from reunite.processes import end_if_told, end_when_told, end_with_parent, pause

_LOOK_SECONDS = 0.05


def help_with(pipe: Connection) -> None:
    """The main function of the process: work at uploads until the worker has ended."""
    # A terminal sends Ctrl-C to the worker, too, which then ends this process.
    end_when_told(but_not_by=(signal.SIGINT,))
    end_with_parent()
    hide_messages()
    _let_system_end_it_first()
    django.setup()
    with suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        work = pipe.recv()
        while True:
            while not pipe.poll():
                pause(_LOOK_SECONDS)
            upload = pipe.recv()
            try:
                told = work(upload)
            except Exception as error:  # noqa: BLE001  # The next upload may go well.
                told = f"to be tried again: {type(error).__name__}"
            end_if_told()
            pipe.send(told)


def _let_system_end_it_first() -> None:
    """Where memory runs out, Linux is to end this process and not the database or a server."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")
