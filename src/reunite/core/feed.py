"""The numbers of the change feed: events of a workspace, counted from 1 without gaps.

A position is drawn before its transaction commits, so a position may appear below others that were
read long ago. Numbers are given to committed events, under one lock: no number below one that was
read can appear any more. Of two events of one person the second has the greater position and is
committed after the first, so numbers keep their order.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import NamedTuple

from reunite.core.errors import EventsPruned, FeedRestarted, NumberAhead


class Waiting(NamedTuple):
    """A committed event that has no number yet."""

    position: int
    workspace_id: int


class Numbered(NamedTuple):
    """An event and its number in the feed of its workspace."""

    position: int
    workspace_id: int
    number: int


@dataclass(frozen=True, slots=True)
class Kept:
    """The numbers that a feed has: ``first`` is 1 and ``last`` 0 before there is any.

    ``feed_id`` is another one after the database was replaced.
    """

    first: int = 1
    last: int = 0
    feed_id: str = ""

    def require_same(self, feed_id: str | None) -> None:
        """Raise FeedRestarted if a follower knows another feed; None for who does not say."""
        if feed_id not in (None, self.feed_id):
            raise FeedRestarted

    def require(self, after: int) -> None:
        """Raise EventsPruned or NumberAhead if no follower can go on after this number."""
        if after < self.first - 1:
            raise EventsPruned
        if after > self.last:
            raise NumberAhead


def numbered(waiting: Iterable[Waiting], last: Mapping[int, int]) -> Iterator[Numbered]:
    """Give numbers by position; ``last`` is the last number of each workspace that has one."""
    numbers = dict(last)
    for position, workspace_id in sorted(waiting):
        numbers[workspace_id] = numbers.get(workspace_id, 0) + 1
        yield Numbered(position, workspace_id, numbers[workspace_id])


def prunable(first: Sequence[tuple[int, datetime]], before: datetime) -> list[int]:
    """Which of the first events of a feed may go: positions, by positions and times in order.

    Those that come before the first that is younger, so that no number is missing between others,
    and never the last one given.
    """
    return [position for position, _ in takewhile(lambda each: each[1] < before, first[:-1])]
