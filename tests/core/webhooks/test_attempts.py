"""When a delivery is attempted again, when it is dead, and when its webhook is disabled."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reunite.core.events import DisabledFor
from reunite.core.webhooks.attempts import (
    GIVEN_UP_AFTER,
    JITTER,
    LEASE,
    LIMIT_SECONDS,
    MAX_ATTEMPTS,
    Attempt,
    DeliveryState,
    Failure,
    Next,
    after_attempt,
    why_disabled,
)

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
FAILED = Attempt(NOON, failure=Failure.TIMED_OUT)
CHANCES = st.floats(0, 1)
STATUSES = st.integers(100, 599)


def test_a_delivery_is_attempted_eight_times_within_28_hours():
    delays, at = [], NOON
    for attempts in range(1, MAX_ATTEMPTS):
        following = after_attempt(FAILED, attempts, ended=at, chance=0).at
        delays.append(following - at)
        at = following
    assert [each.total_seconds() for each in delays] == [
        *(5, 300, 1_800),
        *(2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600),
    ]
    assert after_attempt(FAILED, MAX_ATTEMPTS, ended=at, chance=0) == Next(DeliveryState.DEAD)
    assert at - NOON < timedelta(hours=28)


@given(st.integers(1, MAX_ATTEMPTS - 1), CHANCES)
def test_chance_lengthens_a_delay_by_a_tenth_at_most(attempts, chance):
    shortest = after_attempt(FAILED, attempts, ended=NOON, chance=0).at - NOON
    found = after_attempt(FAILED, attempts, ended=NOON, chance=chance).at - NOON
    longest = shortest * (1 + JITTER) + timedelta(microseconds=1)
    assert shortest <= found <= longest


@given(STATUSES, st.integers(1, MAX_ATTEMPTS), CHANCES)
def test_a_delivery_ends_with_a_status_of_success_or_with_its_last_attempt(
    status, attempts, chance
):
    found = after_attempt(Attempt(NOON, status), attempts, ended=NOON, chance=chance)
    if 200 <= status < 300:
        assert found == Next(DeliveryState.DELIVERED)
    elif attempts == MAX_ATTEMPTS:
        assert found == Next(DeliveryState.DEAD)
    else:
        assert found.state is DeliveryState.WAITING
        assert found.at > NOON


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_failure(status):
    assert not Attempt(NOON, status).succeeded


def test_a_lease_is_longer_than_an_attempt():
    assert timedelta(seconds=2 * LIMIT_SECONDS) < LEASE


@given(
    st.timedeltas(timedelta(0), timedelta(days=30)),
    st.integers(1, MAX_ATTEMPTS),
    STATUSES.filter(lambda status: not 200 <= status < 300 and status != 410),
)
def test_a_webhook_is_disabled_after_days_of_failure(failing, attempts, status):
    why = why_disabled(Attempt(NOON, status), attempts, failing_since=NOON - failing, ended=NOON)
    assert (why is DisabledFor.FAILURES) == (failing >= GIVEN_UP_AFTER and attempts >= 5)


def test_a_webhook_whose_receiver_is_gone_is_disabled_at_once():
    gone = Attempt(NOON, 410)
    assert why_disabled(gone, 1, failing_since=NOON, ended=NOON) is DisabledFor.GONE
