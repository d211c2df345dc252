"""How the requests that are under way are shared out among webhooks."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from reunite.core.webhooks.places import (
    PLACES,
    PLACES_OF_ONE,
    PLACES_OF_SLOW,
    PLACES_OF_WORKSPACE,
    SLOW_OF_WORKSPACE,
    Receiver,
    shared_out,
)

RECEIVERS = st.builds(Receiver, st.integers(1, 4), st.integers(1, 40))


def receivers(numbers, *, workspace_id=1):
    return [Receiver(workspace_id, number) for number in numbers]


def by_workspace(counts):
    found = Counter()
    for each, count in counts.items():
        found[each.workspace_id] += count
    return found


@given(
    st.lists(RECEIVERS, unique=True, max_size=120),
    st.dictionaries(RECEIVERS, st.integers(1, PLACES_OF_ONE), max_size=20),
    st.sets(RECEIVERS),
)
def test_places_are_bounded_and_none_is_left_that_a_webhook_may_have(due, under_way, quick):
    begun = shared_out(due, under_way, quick)
    taken = Counter(under_way) + Counter(begun)
    before, after = by_workspace(under_way), by_workspace(taken)
    slow_before, slow = (
        by_workspace({each: count for each, count in counts.items() if each not in quick})
        for counts in (under_way, taken)
    )

    assert set(begun) <= set(due)
    assert taken.total() <= max(PLACES, before.total())
    assert slow.total() <= max(PLACES_OF_SLOW, slow_before.total())
    for workspace_id, count in slow.items():
        assert count <= max(SLOW_OF_WORKSPACE, slow_before[workspace_id])
    for workspace_id, count in after.items():
        assert count <= max(PLACES_OF_WORKSPACE, before[workspace_id])
    for each in due:
        most = PLACES_OF_ONE if each in quick else 1
        assert taken[each] <= max(most, under_way.get(each, 0))
        assert (
            taken[each] >= most
            or taken.total() >= PLACES
            or after[each.workspace_id] >= PLACES_OF_WORKSPACE
            or (each not in quick and slow.total() >= PLACES_OF_SLOW)
            or (each not in quick and slow[each.workspace_id] >= SLOW_OF_WORKSPACE)
        )


def test_webhooks_that_are_not_known_to_be_quick_leave_places_to_others_of_the_workspace():
    quick = Receiver(1, 500)
    begun = shared_out([*receivers(range(200)), quick], {}, {quick})
    assert begun.pop(quick) == PLACES_OF_ONE
    assert set(begun.values()) == {1}
    assert sum(begun.values()) == SLOW_OF_WORKSPACE


def test_webhooks_that_are_not_known_to_be_quick_leave_half_of_the_places_to_others():
    due = [each for number in range(4) for each in receivers(range(50), workspace_id=number)]
    begun = shared_out(due, {}, ())
    assert set(begun.values()) == {1}
    assert by_workspace(begun) == dict.fromkeys(range(4), PLACES_OF_SLOW // 4)


def test_the_webhooks_of_one_workspace_leave_places_to_others():
    due = receivers(range(200))
    assert sum(shared_out(due, {}, due).values()) == PLACES_OF_WORKSPACE
    other = Receiver(2, 500)
    assert shared_out([*due, other], {}, [*due, other])[other] == PLACES_OF_ONE


def test_the_workspace_with_fewest_places_gets_the_next_one():
    many = [*receivers(range(100)), *receivers(range(100, 200), workspace_id=2)]
    under_way = dict.fromkeys(many[:31], 1) | dict.fromkeys(many[100:131], 1)
    new = Receiver(3, 500)
    assert shared_out([*many, new], under_way, {*many, new}) == {
        new: 2,  # One place is left of 64 for each of the others, too, but they have more.
    }


def test_each_webhook_gets_a_place_before_one_gets_two():
    due = receivers(range(PLACES_OF_WORKSPACE - 1))
    begun = shared_out(due, {}, due)
    assert begun == {each: 2 if each.webhook_id == 0 else 1 for each in due}


def test_those_that_wait_longest_come_first():
    due = receivers(range(2 * PLACES))
    assert shared_out(due, {}, due) == dict.fromkeys(due[:PLACES_OF_WORKSPACE], 1)
