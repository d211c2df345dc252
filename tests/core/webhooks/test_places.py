"""How the requests that are under way are shared out among webhooks."""

from hypothesis import given
from hypothesis import strategies as st

from reunite.core.webhooks.places import PLACES, PLACES_OF_ONE, PLACES_OF_SLOW, shared_out

WEBHOOKS = st.integers(1, 90)


@given(
    st.lists(WEBHOOKS, unique=True, max_size=90),
    st.dictionaries(WEBHOOKS, st.integers(1, PLACES_OF_ONE), max_size=20),
    st.sets(WEBHOOKS),
)
def test_places_are_bounded_and_none_is_left_that_a_webhook_may_have(due, under_way, slow):
    before = sum(under_way.values())
    slow_before = sum(under_way.get(each, 0) for each in slow)
    begun = shared_out(due, under_way, slow)
    total = before + sum(begun.values())
    slow_total = slow_before + sum(begun.get(each, 0) for each in slow)

    assert set(begun) <= set(due)
    assert total <= max(PLACES, before)
    assert slow_total <= max(PLACES_OF_SLOW, slow_before)
    for each in due:
        own = under_way.get(each, 0) + begun.get(each, 0)
        most = 1 if each in slow else PLACES_OF_ONE
        assert own <= max(most, under_way.get(each, 0))
        is_satisfied = own >= most
        assert is_satisfied or total >= PLACES or (each in slow and slow_total >= PLACES_OF_SLOW)


def test_webhooks_that_are_slow_leave_half_of_the_places_to_others():
    slow = range(1, 200)
    begun = shared_out([*slow, 500], {}, slow)
    assert begun.pop(500) == PLACES_OF_ONE
    assert sum(begun.values()) == PLACES_OF_SLOW


def test_each_webhook_gets_a_place_before_one_gets_two():
    due = list(range(PLACES - 1))
    begun = shared_out(due, {}, ())
    assert begun == {each: 2 if each == 0 else 1 for each in due}


def test_those_that_wait_longest_come_first():
    due = list(range(2 * PLACES))
    assert shared_out(due, {}, ()) == dict.fromkeys(range(PLACES), 1)
