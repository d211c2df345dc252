"""A helper process makes the attempts of a worker, which watches over its memory.

Files can take more memory than anybody foresees, and the system then ends the process that has
most. So the worker itself reads no file. Its helper may have so much memory as IMPORT_MEMORY says;
with more it is ended, and the worker goes on with the next file. A helper is also ended when the
file that it is at was deleted: then the import was cancelled.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from reunite.bulk.helping import help_with
from reunite.conf import reunite_settings
from reunite.processes import end_if_told, signals_held
from reunite.services.imports.pending_uploads import failed_attempt, remove, scope_of
from reunite.services.imports.uploads import Upload

Work = Callable[[Upload], str | None]

_LOOK_SECONDS = 0.05
_STOP_SECONDS = 5.0
# From deleting a file that is done with to saying so.
_ANSWER_SECONDS = 2.0
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
# A helper that uses up to this share of its memory after a file is used for the next file.
_REUSED_BELOW = 0.25

TOO_MUCH = (
    "It took more memory than the setting IMPORT_MEMORY allows, and was stopped: raise it, or send "
    "the file in parts."
)
ENDED = "The process that imported it was ended ({how}): see that the machine has memory enough."


class Helper:
    """At most one process, started when it is needed; ``work`` handles one upload."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    def attempt(self, upload: Upload) -> str | None:
        """Have an upload imported by the helper; what came of it."""
        process, pipe = self._started()
        pipe.send(upload)
        limit_bytes = reunite_settings().IMPORT_MEMORY
        while not pipe.poll(_LOOK_SECONDS):
            end_if_told()
            if resident_bytes(process.pid) > limit_bytes:
                self._kill()
                return failed_attempt(scope_of(upload), upload, TOO_MUCH)
            if not upload.path.exists() and not pipe.poll(_ANSWER_SECONDS):
                self.stop()
                remove(upload)
                return "cancelled"
        try:
            told: str | None = pipe.recv()
        except (EOFError, OSError):
            process.join()
            how = _how(process.exitcode)
            self._kill()
            if process.exitcode == 0:
                return None  # It was told to end, as this process may be.
            return failed_attempt(scope_of(upload), upload, ENDED.format(how=how))
        if resident_bytes(process.pid) > limit_bytes * _REUSED_BELOW:
            self.stop()
        return told

    def stop(self) -> None:
        """Let the process end: by itself if it can, else soon."""
        if self._process is not None:
            self._process.terminate()
            self._process.join(_STOP_SECONDS)
        self._kill()

    def _started(self) -> tuple[BaseProcess, Connection]:
        if self._process is None or self._pipe is None or not self._process.is_alive():
            self._kill()
            # A helper that is killed leaves the semaphores of its pool to a tracker, which starts
            # with the first helper. The tracker removes them, and need not warn of that.
            os.environ["PYTHONWARNINGS"] = "ignore:resource_tracker:UserWarning"
            self._pipe, its_end = multiprocessing.Pipe()
            context = multiprocessing.get_context("spawn")
            self._process = context.Process(target=help_with, args=(its_end,), name="import-helper")
            with signals_held():
                self._process.start()
            its_end.close()
            self._pipe.send(self._work)
        return self._process, self._pipe

    def _kill(self) -> None:
        if self._process is not None and self._pipe is not None:
            self._process.kill()
            self._process.join()
            self._pipe.close()
        self._process = self._pipe = None


@contextmanager
def helper(work: Work) -> Iterator[Helper]:
    """A helper that has ended when the block ends."""
    started = Helper(work)
    try:
        yield started
    finally:
        started.stop()


def resident_bytes(pid: int | None) -> int:
    """The memory that a process and those that it started have; 0 where the system does not say."""
    total = 0
    with suppress(OSError, ValueError, IndexError):
        folder = Path(f"/proc/{pid}")
        total += int((folder / "statm").read_text().split()[1]) * _PAGE_BYTES
        for children in folder.glob("task/*/children"):
            total += sum(map(resident_bytes, map(int, children.read_text().split())))
    return total


def _how(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return signal.Signals(-exit_code).name
    return f"exit code {exit_code}"
