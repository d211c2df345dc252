"""A snapshot, page by page: where each contact belongs, and from which number to go on."""

from dataclasses import dataclass

from reunite.core.scope import Scope
from reunite.services.feed.numbers import number_for_reader
from reunite.store.database.queries import outside
from reunite.store.database.transactions import retried
from reunite.store.feed import numbers, snapshots
from reunite.store.feed.snapshots import Member


@dataclass(frozen=True, slots=True)
class SnapshotPage:
    """Contacts by id. Nothing that happened up to ``number`` is missing in them.

    ``next`` is after which id the next page begins; None if there is none.
    """

    number: int
    members: list[Member]
    next: int | None
    feed_id: str


def read_snapshot(
    scope: Scope, *, after: int, limit: int, feed_id: str | None = None
) -> SnapshotPage:
    """A page of a snapshot, of at most ``limit`` contacts after an id.

    ``feed_id`` comes from the pages before, None for the first page.

    Pages are not of one moment. Who keeps the number of the first, reads all, and then applies the
    events after that number, ends with the contacts as they are: each event says where its contacts
    belong, so one that a page has seen already changes nothing in the end. Raises FeedRestarted or
    TemporarilyUnavailable.
    """

    def attempt(_seconds_left: float) -> SnapshotPage:
        number_for_reader()
        # In this order: the contacts of each event with a number are seen below.
        kept, (members, next) = outside.read(
            numbers.kept(scope), snapshots.page(scope, after=after, limit=limit)
        )
        kept.require_same(feed_id)
        return SnapshotPage(kept.last, members, next, kept.feed_id)

    return retried(attempt)
