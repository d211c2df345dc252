"""What each key may take, counted in memory."""

import pytest

from reunite.core.access.callers import ANYBODY, Caller, KeyScope
from reunite.core.access.limits import Quota
from reunite.core.errors import TooManyRequests
from reunite.services.access import limits as limits_module
from reunite.services.access.limits import Limits, quotas_in_force

SHOP = Caller(0, "shop", frozenset(KeyScope))
OTHER_WORKSPACE = Caller(1, "shop", frozenset(KeyScope))
SLOW = Quota("requests", 0.2)


class Clock:
    now = 1_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def quotas(settings):
    def quotas(requests=0.0, rows=0.0):
        more = {"REQUESTS_PER_SECOND": requests, "ROWS_PER_SECOND": rows}
        settings.REUNITE = {**settings.REUNITE, **more}
        return quotas_in_force()

    return quotas


def test_without_settings_there_are_no_quotas(quotas, clock):
    assert quotas() is None
    limits = Limits(clock)
    for _ in range(100):
        limits.take(SHOP, quotas(rows=1).requests, 1_000_000)


def test_each_key_has_quotas_of_its_own(clock):
    limits = Limits(clock)
    rows = Quota("rows", 100)
    limits.take(SHOP, SLOW, 1)
    limits.take(SHOP, SLOW, 1)
    with pytest.raises(TooManyRequests, match="quota of requests"):
        limits.take(SHOP, SLOW, 1)
    limits.take(SHOP, rows, 1_000)
    with pytest.raises(TooManyRequests, match="quota of rows"):
        limits.take(SHOP, rows, 1)
    for other in (ANYBODY, OTHER_WORKSPACE):
        limits.take(other, SLOW, 1)
        limits.take(other, rows, 1_000)

    clock.now += 5
    limits.take(SHOP, SLOW, 1)
    limits.take(SHOP, rows, 500)


def test_headers_tell_what_is_left_and_when_it_is_whole_again(quotas, clock):
    limits = Limits(clock)
    both = quotas(requests=10, rows=100)
    limits.take(SHOP, both.requests, 1)
    limits.take(SHOP, both.rows, 250)
    assert both.policy == '"requests";q=100;w=10, "rows";q=1000;w=10'
    assert limits.left(SHOP, both) == '"requests";r=99;t=1, "rows";r=750;t=3'
    assert limits.left(ANYBODY, both) == '"requests";r=100;t=0, "rows";r=1000;t=0'
    one = quotas(rows=100)
    assert (one.policy, limits.left(SHOP, one)) == ('"rows";q=1000;w=10', '"rows";r=750;t=3')


def test_keys_whose_quotas_are_whole_take_no_memory(clock, monkeypatch):
    monkeypatch.setattr(limits_module, "MAX_KEPT", 3)
    limits = Limits(clock)
    for n in range(9):
        limits.take(Caller(0, str(n), frozenset()), Quota("requests", 1), 1)
        clock.now += 2
    assert len(limits._whole_at) <= 3
