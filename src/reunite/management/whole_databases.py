"""Files that hold a whole database: dumps of `reunite dump`, and backups of `reunite backup`."""

from pathlib import Path

_BACKUPS = {b"SQLite format 3\0": "SQLite", b"PGDMP": "PostgreSQL"}
_DUMPS = (b"\x1f\x8b", b'{"')


def backed_up(file: Path) -> str | None:
    """The kind of database that a backup is of; None for another file.

    Raises OSError if the file cannot be read.
    """
    start = _start(file)
    return next((kind for mark, kind in _BACKUPS.items() if start.startswith(mark)), None)


def is_dump(file: Path) -> bool:
    """Whether a file begins as a dump does; raises OSError if it cannot be read."""
    return _start(file).startswith(_DUMPS)


def _start(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(max(map(len, _BACKUPS)))
