"""Reading the feed: what happened after a number."""

from dataclasses import dataclass

from reunite.core.scope import Scope
from reunite.services.feed.numbers import number_for_reader
from reunite.store.database.transactions import read, retried
from reunite.store.feed import numbers, pages
from reunite.store.feed.pages import FeedEvent


@dataclass(frozen=True, slots=True)
class Page:
    """Events in the order of their numbers, and the last number that the feed has, or more."""

    events: list[FeedEvent]
    last: int


def read_events(scope: Scope, *, after: int, limit: int) -> Page:
    """Up to ``limit`` events after a number: the next ones, without gaps.

    Raises EventsPruned, NumberAhead, or TemporarilyUnavailable.
    """

    def attempt(_seconds_left: float) -> Page:
        number_for_reader()
        # In this order: what is pruned in between is missed below, and not taken for nothing new.
        page_rows, kept_rows = read(
            pages.select_page(scope, after=after, limit=limit), numbers.select_kept(scope)
        )
        events = pages.page_from(page_rows)
        kept = numbers.kept_from(kept_rows)
        kept.require(after)
        return Page(events, kept.last)

    return retried(attempt)
