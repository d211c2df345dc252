"""How many requests may wait for a thread."""

import pytest

from reunite_service.http.crowd import Crowd

TICK = 0.05


@pytest.fixture
def crowd():
    return Crowd(1, patience_seconds=5.0)


def pass_time(crowd, *, seconds, waiting, per_tick=0, since=0.0):
    for n in range(round(seconds / TICK)):
        crowd.look(waiting, since + n * TICK)
        for _ in range(per_tick):
            crowd.note_answered()
    return since + seconds


def test_a_burst_is_admitted(crowd):
    pass_time(crowd, seconds=1.9, waiting=1_000, per_tick=1)
    assert crowd.admits(1_000_000)


def test_no_more_are_admitted_than_are_answered_in_their_time(crowd):
    # 20 are answered in a second, so 100 in the five that each may wait.
    pass_time(crowd, seconds=4, waiting=1_000, per_tick=1)
    assert crowd.admits(95)
    assert not crowd.admits(105)


def test_some_are_admitted_where_none_is_answered(crowd):
    pass_time(crowd, seconds=4, waiting=50)
    assert crowd.admits(7)
    assert not crowd.admits(8)


def test_all_are_admitted_when_none_waits_any_more(crowd):
    now = pass_time(crowd, seconds=4, waiting=1_000)
    crowd.look(0, now)
    assert crowd.admits(1_000_000)


def test_refusals_are_logged_together(crowd, caplog):
    now = pass_time(crowd, seconds=4, waiting=1_000)
    for _ in range(2_000):
        assert not crowd.admits(1_000)
    pass_time(crowd, seconds=3, waiting=1_000, since=now)
    (line,) = caplog.messages
    assert "2,000 requests were refused" in line
