"""Look up whom the next chunk's identifiers belong to while the chunk before is being written.

What is read so early holds only if nobody else has written meanwhile. Whoever changes anything in
a workspace passes its gate and tells of it by an event; so nobody has if, behind the gate, the
last event is still that of the chunk before. What that chunk itself changed, its replay knows.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connections

from reunite.core.errors import TemporarilyUnavailable
from reunite.core.identifiers import Identifier
from reunite.core.owners import OwnersReplay
from reunite.core.person import Primary
from reunite.store import bulk_loads

Owners = dict[Identifier, Primary]


@dataclass(frozen=True, slots=True)
class _Read:
    """What was asked, and the answer to come."""

    identifiers: set[Identifier]
    owners: Future[Owners]


@dataclass(frozen=True, slots=True)
class _Written:
    """A chunk that was written since, and the last event behind it."""

    replay: OwnersReplay
    last_event: int


class LookAhead:
    """What is known of the chunk to come, within one import."""

    def __init__(self, pool: ThreadPoolExecutor, *, workspace_id: int) -> None:
        self._pool = pool
        self._workspace_id = workspace_id
        self._read: _Read | None = None
        self._written: _Written | None = None

    def begin(self, identifiers: set[Identifier]) -> None:
        """Read whom these belong to; to be called behind the gate, before anything is written."""
        owners = self._pool.submit(bulk_loads.owners, identifiers, workspace_id=self._workspace_id)
        self._read, self._written = _Read(identifiers, owners), None

    def end(self, replay: OwnersReplay, last_event: int) -> None:
        """Tell what was written since ``begin``, and the last event, read in that transaction."""
        self._written = _Written(replay, last_event)

    def owners(self, identifiers: set[Identifier], *, last_event: int) -> Owners | None:
        """Whom they belong to, or None where that is to be asked; to be called behind the gate."""
        read, written = self._read, self._written
        if read is None or written is None or written.last_event != last_event:
            return None
        if not identifiers <= read.identifiers:
            return None
        try:
            return written.replay.current(identifiers, read.owners.result())
        except TemporarilyUnavailable:
            return None


@contextmanager
def look_ahead(*, workspace_id: int) -> Iterator[LookAhead]:
    """Look ahead by a connection of its own, which is closed when the block ends."""
    with ThreadPoolExecutor(1, "look-ahead") as pool:
        try:
            yield LookAhead(pool, workspace_id=workspace_id)
        finally:
            pool.submit(connections.close_all).result()
