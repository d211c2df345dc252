"""Backups of a SQLite file.

A file beside a write-ahead log (``-wal``) is not the whole database, and a log beside a file that
it does not belong to brings old contents back. So a backup is copied by SQLite, page by page from
one snapshot, and before a file is replaced its log is emptied and removed.
"""

import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from django.core.management import CommandError
from django.db import connection

from reunite.services.feed.restart import new_feed_id

_PAGES_AT_ONCE = 10_000
_PAGES_BETWEEN_LINES = 1_000_000


def back_up(file: Path) -> None:
    """Copy the database as it is now into the file."""
    with _reading(Path(connection.settings_dict["NAME"])) as source:
        # Within a transaction all pages are of one moment, even if others write meanwhile.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        _copy(source, file)


def migrations_in(file: Path) -> set[str]:
    """The migrations of Reunite in a backup; none if it is no whole database of Reunite."""
    if not _is_whole(file):
        return set()
    with _reading(file) as source:
        try:
            ((sound,),) = source.execute("PRAGMA quick_check(1)").fetchall()
            rows = source.execute("SELECT name FROM django_migrations WHERE app = 'reunite'")
            return {name for (name,) in rows} if sound == "ok" else set()
        except sqlite3.DatabaseError:
            return set()


def restore(file: Path, *, restarts_feed: bool) -> None:
    """Replace the database by the backup. Raises CommandError while another process uses it.

    With ``restarts_feed`` the feeds get another id.
    """
    path = Path(connection.settings_dict["NAME"])
    connection.close()
    unfinished = path.with_name(f".{path.name}.restoring")
    try:
        unfinished.touch(mode=0o600, exist_ok=True)
        with _reading(file) as source:
            _copy(source, unfinished)
        if restarts_feed:
            with closing(sqlite3.connect(unfinished, isolation_level=None)) as copied:
                copied.execute("UPDATE workspace SET feed_id = ?", [new_feed_id()])
        _require_unused(path)
        for suffix in ("-wal", "-shm", "-journal"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        unfinished.replace(path)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _is_whole(file: Path) -> bool:
    """Whether the file is as long as its header says (https://sqlite.org/fileformat2.html)."""
    with file.open("rb") as opened:
        header = opened.read(100)
    page_bytes, pages = (int.from_bytes(header[at]) for at in (slice(16, 18), slice(28, 32)))
    # A page of 65,536 bytes does not fit into its two bytes, and is written as 1.
    return file.stat().st_size == pages * (65_536 if page_bytes == 1 else page_bytes) > 0


def _reading(path: Path) -> "closing[sqlite3.Connection]":
    return closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True))


def _copy(source: sqlite3.Connection, file: Path) -> None:
    try:
        with closing(sqlite3.connect(file)) as target:
            source.backup(target, pages=_PAGES_AT_ONCE, progress=_progress())
            # One file, with no log beside it; it is on the disk when this returns.
            target.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise CommandError(f"the database cannot be copied: {error}") from error


def _progress() -> Callable[[int, int, int], None]:
    told = 0

    def tell(_status: int, remaining: int, total: int) -> None:
        nonlocal told
        if total - remaining >= told + _PAGES_BETWEEN_LINES:
            told = total - remaining
            print(f"{told / total:.0%} copied", file=sys.stderr)

    return tell


def _require_unused(path: Path) -> None:
    """Empty the log into the file, which needs that no other process has it open."""
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(path, timeout=1)) as old:
            old.execute("PRAGMA locking_mode = EXCLUSIVE")
            old.execute("BEGIN EXCLUSIVE")
            old.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        raise CommandError(
            f"another process uses {path}: stop the server and the worker, then restore"
        ) from error
    except sqlite3.DatabaseError:
        return  # The file is no database, so no process uses it.
