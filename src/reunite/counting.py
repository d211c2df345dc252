"""Counting: what this process did, and what all processes of the server did together.

Counting costs no query and no file: numbers are kept in memory. Once a second a process writes its
numbers to a file of its own in the folder that all processes share. Who wants to know reads the
files. The numbers of a process that has ended are added to those of all that ended before, so no
counter goes back, and no file stays.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import orjson

from reunite.core.metrics import Figures, Key, Value, added, empty_row, observed

WRITTEN_EVERY_SECONDS = 1.0
_ENDED, _FOLDER = "ended.json", "folder"


class Counters:
    """Numbers of one process, counted by many threads."""

    def __init__(self) -> None:
        self._counts: dict[Key, float] = {}
        self._rows: dict[Key, list[float]] = {}
        self._counting = threading.Lock()

    def count(self, *key: str) -> None:
        """Count one more: the name of a counter, and the values of its labels."""
        with self._counting:
            self._counts[key] = self._counts.get(key, 0.0) + 1.0

    def observe(self, *key: str, seconds: float) -> None:
        """Add an observation to a histogram."""
        with self._counting:
            observed(self._rows.setdefault(key, empty_row()), seconds)

    def figures(self) -> dict[Key, Value]:
        """All numbers so far."""
        with self._counting:
            return {**self._counts, **{key: [*row] for key, row in self._rows.items()}}


counters = Counters()
"""Those of this process."""


class SharedCounts:
    """The numbers of the processes that share a folder. A lock on a file says who is alive."""

    def __init__(self, folder: Path, own: Counters = counters) -> None:
        self._folder = folder
        self._own = own
        self._name = uuid4().hex
        with _locked(folder / _FOLDER):  # No process may see the file before it is locked.
            self._alive = os.open(folder / f"{self._name}.lock", os.O_CREAT | os.O_WRONLY, 0o600)
            fcntl.flock(self._alive, fcntl.LOCK_EX)

    def write(self) -> None:
        """Write the numbers of this process."""
        _write(self._folder / f"{self._name}.json", self._own.figures())

    def write_always(self) -> None:
        """Let a thread write them until the process ends."""

        def work() -> None:
            stopping = threading.Event()
            with suppress(OSError):  # The folder is gone, and with it who would ask.
                while not stopping.wait(WRITTEN_EVERY_SECONDS):
                    self.write()

        threading.Thread(target=work, daemon=True).start()

    def close(self) -> None:
        """Be alive no more, as when the process ends."""
        os.close(self._alive)

    def read(self) -> tuple[dict[Key, Value], int]:
        """The numbers of all processes, those that have ended too, and how many are alive."""
        self.write()
        with _locked(self._folder / _FOLDER):
            alive = []
            for lock in sorted(self._folder.glob("*.lock")):
                figures = lock.with_suffix(".json")
                if lock.stem == self._name or not _is_free(lock):
                    alive.append(_read(figures))
                    continue
                ended = self._folder / _ENDED
                _write(ended, added([_read(ended), _read(figures)]))
                figures.unlink(missing_ok=True)
                lock.unlink()
            return added([_read(self._folder / _ENDED), *alive]), len(alive)


class _Process:
    shared: SharedCounts | None = None


_process = _Process()


def share(folder: Path) -> None:
    """Let this process write its numbers to a folder, and read those of others there."""
    _process.shared = SharedCounts(folder)
    _process.shared.write_always()


def all_counted() -> tuple[dict[Key, Value], int]:
    """The numbers of all processes that share a folder with this one, and how many are alive."""
    if _process.shared is None:
        return counters.figures(), 1
    return _process.shared.read()


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    number = os.open(file, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)


def _is_free(lock: Path) -> bool:
    number = os.open(lock, os.O_WRONLY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(number)


def _write(file: Path, figures: Figures) -> None:
    whole = file.with_suffix(f".{uuid4().hex}")
    whole.write_bytes(orjson.dumps([[*key, value] for key, value in figures.items()]))
    whole.replace(file)


def _read(file: Path) -> dict[Key, Value]:
    try:
        rows = orjson.loads(file.read_bytes())
    except FileNotFoundError:
        return {}
    return {tuple(key): value for *key, value in rows}
