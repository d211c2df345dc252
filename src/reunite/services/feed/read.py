"""Reading the feed: what happened after a number."""

from dataclasses import dataclass

from reunite.core.scope import Scope
from reunite.services.feed.numbers import number_for_reader
from reunite.store.database.queries import outside
from reunite.store.database.transactions import retried
from reunite.store.feed import numbers, pages
from reunite.store.feed.pages import FeedEvent


@dataclass(frozen=True, slots=True)
class Page:
    """Events in the order of their numbers, and the last number that the feed has, or more."""

    events: list[FeedEvent]
    last: int
    feed_id: str


def read_events(scope: Scope, *, after: int, limit: int, feed_id: str | None = None) -> Page:
    """Up to ``limit`` events after a number: the next ones, without gaps.

    ``feed_id`` names the feed of the number, None for any. Raises EventsPruned,
    FeedRestarted, NumberAhead, or TemporarilyUnavailable.
    """

    def attempt(_seconds_left: float) -> Page:
        number_for_reader()
        # In this order: if events are pruned in between, the check below finds them missing.
        events, kept = outside.read(
            pages.page(scope, after=after, limit=limit), numbers.kept(scope)
        )
        kept.require_same(feed_id)
        kept.require(after)
        return Page(events, kept.last, kept.feed_id)

    return retried(attempt)
