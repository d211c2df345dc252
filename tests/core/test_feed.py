from datetime import UTC, datetime

import pytest

from reunite.core.errors import EventsPruned, FeedRestarted, NumberAhead
from reunite.core.feed import Kept, Numbered, Waiting, numbered, prunable


def test_numbers_go_on_by_position_in_each_workspace():
    waiting = [Waiting(9, 0), Waiting(4, 1), Waiting(7, 0), Waiting(8, 1), Waiting(5, 2)]

    assert list(numbered(waiting, {0: 20, 1: 3})) == [
        Numbered(4, 1, 4),
        Numbered(5, 2, 1),
        Numbered(7, 0, 21),
        Numbered(8, 1, 5),
        Numbered(9, 0, 22),
    ]


def test_a_follower_goes_on_after_the_numbers_that_are_kept():
    Kept().require(0)
    kept = Kept(first=5, last=7)
    for after in (4, 5, 7):
        kept.require(after)
    for after in (0, 3):
        with pytest.raises(EventsPruned):
            kept.require(after)
    for feed, after in ((kept, 8), (Kept(), 1)):
        with pytest.raises(NumberAhead):
            feed.require(after)


def test_a_follower_of_another_feed_begins_anew():
    kept = Kept(first=5, last=7, feed_id="new")
    kept.require_same("new")
    kept.require_same(None)
    with pytest.raises(FeedRestarted):
        kept.require_same("old")


def test_events_are_pruned_up_to_the_first_that_is_younger_and_never_the_last():
    old, before, young = (datetime(2023, 4, day, tzinfo=UTC) for day in (1, 2, 3))

    assert prunable([(5, old), (3, old), (7, old)], before) == [5, 3]
    assert prunable([(5, old), (3, young), (7, old), (8, young)], before) == [5]
    assert prunable([(5, before), (7, young)], before) == []
    assert prunable([(5, old)], before) == []
    assert prunable([], before) == []
