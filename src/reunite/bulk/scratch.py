"""Folders for what memory does not hold: each is of one process, and goes when that has ended.

They hold contact details. A process that is killed leaves its folder behind; the next one that
makes a folder in the same place removes it. A lock on a file in the folder says that its process
lives: the system takes the lock back when the process ends, however it ends.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_PREFIX = "reunite-bulk-"
_LOCK = "lock"
# Between making a folder and locking it nothing says whose it is; so it was in older versions.
_UNLOCKED_SECONDS = 3600.0


@contextmanager
def own_folder(place: Path | None = None) -> Iterator[Path]:
    """A new folder in a place, by default the system's for temporary files; removed afterwards."""
    remove_left(place)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=place, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        unlocked = folder / f"{_LOCK}.new"
        with unlocked.open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            unlocked.rename(folder / _LOCK)  # Under this name it is never seen without its lock.
            yield folder


def remove_left(place: Path | None = None) -> None:
    """Remove the folders in a place whose processes have ended; those of others stay."""
    for folder in Path(place or tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if folder.lstat().st_uid == os.getuid() and not folder.is_symlink():
                _remove_if_left(folder)


def _remove_if_left(folder: Path) -> None:
    try:
        lock = (folder / _LOCK).open("rb")
    except FileNotFoundError:
        if time.time() - folder.stat().st_mtime > _UNLOCKED_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
        return
    with lock:
        if _is_free(lock):
            shutil.rmtree(folder, ignore_errors=True)


def _is_free(lock: BinaryIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
