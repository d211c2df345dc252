"""Whether the disk of the database has room, as the last writes of this process found."""

import time
from math import inf

_COUNTS_SECONDS = 10.0


class _Process:
    full_at = -inf
    """When the last write failed for want of room, if none succeeded since."""


_process = _Process()


def note_full() -> None:
    """A write found no room."""
    _process.full_at = time.monotonic()


def note_written() -> None:
    """A write was committed."""
    if _process.full_at != -inf:
        _process.full_at = -inf


def is_full() -> bool:
    """Whether the last write found no room, and that was seconds ago."""
    return time.monotonic() - _process.full_at < _COUNTS_SECONDS
