"""Quotas that fill again with time."""

from math import ceil

import pytest

from reunite.core.access.limits import WINDOW_SECONDS, Quota
from reunite.core.errors import TooManyRequests

QUOTA = Quota("requests", 2.0)


def test_a_whole_quota_is_taken_at_once_and_fills_again():
    whole_at = 100.0
    for n in range(QUOTA.size):
        assert QUOTA.left(whole_at, 100.0) == f'"requests";r={QUOTA.size - n};t={ceil(n / 2)}'
        whole_at = QUOTA.taken(whole_at, 1, 100.0)
    assert whole_at == 100.0 + WINDOW_SECONDS

    with pytest.raises(TooManyRequests) as refused:
        QUOTA.taken(whole_at, 1, 100.0)
    assert refused.value.retry_after_seconds == 1

    assert QUOTA.left(whole_at, 100.0) == '"requests";r=0;t=10'
    assert QUOTA.left(whole_at, 100.5) == '"requests";r=1;t=10'
    QUOTA.taken(whole_at, 1, 100.5)
    assert QUOTA.left(whole_at, 500.0) == '"requests";r=20;t=0'
    assert QUOTA.policy == '"requests";q=20;w=10'


def test_what_waits_as_long_as_it_is_told_is_taken():
    whole_at = QUOTA.taken(0.0, 15, 0.0)
    with pytest.raises(TooManyRequests) as refused:
        QUOTA.taken(whole_at, 10, 0.0)
    wait = refused.value.retry_after_seconds
    assert wait == 3  # 5 are left, and 2 come each second.
    QUOTA.taken(whole_at, 10, float(wait))


def test_more_than_the_whole_quota_is_taken_from_a_whole_one():
    whole_at = QUOTA.taken(0.0, 1_000, 0.0)
    assert QUOTA.left(whole_at, 0.0) == '"requests";r=0;t=500'
    with pytest.raises(TooManyRequests) as refused:
        QUOTA.taken(whole_at, 1_000, 0.0)
    assert refused.value.retry_after_seconds == 500


def test_a_small_quota_lets_one_request_in():
    slow = Quota("requests", 0.01)
    assert slow.size == 1
    whole_at = slow.taken(0.0, 1, 0.0)
    with pytest.raises(TooManyRequests) as refused:
        slow.taken(whole_at, 1, 0.0)
    assert refused.value.retry_after_seconds == 100
