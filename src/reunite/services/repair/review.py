"""Review: the held merges one by one, those about which a reviewer was unsure behind the others."""

from dataclasses import dataclass

from reunite.core.scope import Scope
from reunite.services.snapshots import found_in_snapshot, from_snapshot
from reunite.store.database.queries import Snapshot
from reunite.store.tables import links
from reunite.store.tables.links import ListedLink


@dataclass(frozen=True, slots=True)
class Waiting:
    """The next held link, if there is one, and of how many held links a reviewer was unsure."""

    link: ListedLink | None
    deferred: int


def next_waiting(scope: Scope, *, after: int = 0, after_deferred: int | None = None) -> Waiting:
    """The first held link after an id, then the first that a reviewer deferred.

    With ``after_deferred`` it is the first deferred one after that id. So a reviewer who comes back
    goes on with links that no reviewer looked at. Raises TemporarilyUnavailable.
    """

    def read(snapshot: Snapshot) -> Waiting:
        found = None
        if after_deferred is None:
            found = snapshot.read(links.next_held(scope, after=after, is_deferred=False))
        if found is None:
            start = after_deferred or 0
            found = snapshot.read(links.next_held(scope, after=start, is_deferred=True))
        return Waiting(found, snapshot.read(links.count_deferred(scope)))

    return from_snapshot(read)


def count_waiting(scope: Scope, person_id: int) -> int:
    """How many held links end at a person. Reads all held links. Raises TemporarilyUnavailable."""
    return found_in_snapshot(links.count_held_of(scope, person_id))
