"""Pending uploads: those that a worker has yet to import, one worker each.

A lock on the file itself says that a worker is at it. The system takes it back when the process
ends, however it ends, so that another goes on where it was.
"""

import fcntl
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from reunite.conf import reunite_settings
from reunite.core.errors import ImportNotFound
from reunite.core.imports.states import ImportState
from reunite.core.scope import Scope, default_scope
from reunite.services.imports.dry_runs import set_aside
from reunite.services.imports.progress import MAX_ATTEMPTS, fail_attempt, show
from reunite.services.imports.uploads import Reading, Upload, reading_of, upload_folder
from reunite.store.database.queries import outside
from reunite.store.tables import imports
from reunite.store.tables.imports import Import

KEEP_STRAYS = timedelta(days=1)
"""How long a file without an import is kept: its upload may still be under way."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An upload that this process has for itself, and its import."""

    upload: Upload
    found: Import
    reading: Reading


def pending() -> list[Upload]:
    """The uploads in the folder, of all workspaces, also those that another worker has claimed.

    In the order of their ids, but behind the others what was tried already.
    """
    folder = upload_folder()
    names = [path.stem for path in folder.glob("*.upload")]
    ids = sorted(int(name) for name in names if name.isdecimal())
    if not ids:
        return []
    attempts = outside.read(imports.attempts())
    return [Upload(folder, each) for each in sorted(ids, key=lambda each: attempts.get(each, 0))]


def in_turn() -> Iterator[Upload]:
    """The uploads that are pending, each once, and those that come meanwhile.

    Workspaces take turns, so one that sends many files does not delay the files of the others.
    """
    begun: set[int] = set()
    turns: Counter[int | None] = Counter()
    while left := [each for each in pending() if each.import_id not in begun]:
        workspaces = outside.read(imports.workspaces())
        # Of equals the first one is chosen, so within a workspace the order stays.
        chosen = min(left, key=lambda each: turns[workspaces.get(each.import_id)])
        begun.add(chosen.import_id)
        turns[workspaces.get(chosen.import_id)] += 1
        yield chosen


def scope_of(upload: Upload) -> Scope:
    """The workspace that an upload was sent to; of an upload without an import, the default one."""
    return outside.read(imports.scope_of(upload.import_id)) or default_scope()


@contextmanager
def claim(scope: Scope, upload: Upload) -> Iterator[Claimed | None]:
    """Within the block, have an upload for this process; None if there is nothing to do with it.

    The files of an import that has ended are removed.
    """
    try:
        file = upload.path.open("rb")
    except FileNotFoundError:
        yield None
        return
    with file:
        yield _claimed(scope, upload) if _lock(file) else None


def failed_attempt(scope: Scope, upload: Upload, reason: str) -> str:
    """Note why an attempt failed; what came of the upload, which is deleted after the last one."""
    shutil.rmtree(upload.scratch_path, ignore_errors=True)
    number = fail_attempt(scope, upload.import_id, reason)
    if number is None:
        remove(upload)
        return "failed"
    return f"attempt {number} of {MAX_ATTEMPTS} failed"


def remove(upload: Upload) -> None:
    """Delete the file; the list of refused rows stays."""
    shutil.rmtree(upload.scratch_path, ignore_errors=True)
    upload.reading_path.unlink(missing_ok=True)
    upload.path.unlink(missing_ok=True)


def remove_old() -> int:
    """Delete lists of refused rows after REFUSED_RETENTION_DAYS; how many.

    What belongs to no upload (any more) goes, too.
    """
    keep_refused = timedelta(days=reunite_settings().REFUSED_RETENTION_DAYS)
    old = [each for each in upload_folder().glob("*.refused.csv") if _is_older(each, keep_refused)]
    for path in old:
        path.unlink(missing_ok=True)
    for pattern in ("*.part", "*.told"):
        for path in upload_folder().glob(pattern):
            if _is_older(path, KEEP_STRAYS):
                path.unlink(missing_ok=True)
                if path.suffix == ".told":
                    path.with_suffix(".json").unlink(missing_ok=True)
    for path in upload_folder().glob("*.scratch"):
        # Of an import that was cancelled, or whose worker was killed at its end.
        if not path.with_suffix(".upload").exists():
            shutil.rmtree(path, ignore_errors=True)
    return len(old)


def _lock(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _claimed(scope: Scope, upload: Upload) -> Claimed | None:
    try:
        found = show(scope, upload.import_id)
        reading, digest = reading_of(upload)
        is_ours = found.digest == digest
    except (ImportNotFound, OSError, ValueError, LookupError, TypeError):
        is_ours = False
    if not is_ours:
        if _is_older(upload.path, KEEP_STRAYS):
            remove(upload)
        return None
    if not found.state.is_unfinished:
        is_told = found.is_dry and found.state is ImportState.DONE
        (set_aside if is_told else remove)(upload)
        return None
    return Claimed(upload, found, reading)


def _is_older(path: Path, age: timedelta) -> bool:
    try:
        return time.time() - path.stat().st_mtime > age.total_seconds()
    except FileNotFoundError:
        return False
