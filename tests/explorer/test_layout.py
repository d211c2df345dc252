"""Each node has a place of its own, the same one each time."""

from itertools import combinations
from random import Random

import pytest

from reunite.explorer.persons.layout import MAX_DEPTH, ROW, places


def laid_out(above, *, bridges=()):
    return places(
        above,
        width_of=lambda node: 20.0 + 7 * len(str(node)),
        begins_block=lambda parent, node: (parent, node) in bridges,
        may_begin=lambda node: node % 2 == 0,
    )


@pytest.mark.parametrize("seed", range(5))
def test_no_two_nodes_overlap(seed):
    chance = Random(seed)
    above = {0: None, **{n: chance.randrange(n) for n in range(1, 200)}}
    found = laid_out(above).values()
    for one, other in combinations(found, 2):
        beside = one.x + one.width <= other.x or other.x + other.width <= one.x
        assert beside or abs(one.y - other.y) >= ROW / 2


def test_the_same_forest_has_the_same_places():
    above = {0: None, 1: 0, 2: 0, 3: 1, 4: None}
    assert laid_out(above) == laid_out(dict(above))


def test_a_child_stands_to_the_right_and_a_bridge_begins_a_block_below():
    found = laid_out({0: None, 1: 0, 2: 1}, bridges={(1, 2)})
    assert found[1].x > found[0].x
    assert found[2].y > found[1].y
    assert (found[0].block, found[1].block, found[2].block) == (0, 0, 1)


def test_a_long_chain_is_broken_into_blocks():
    found = laid_out({n: n - 1 if n else None for n in range(100)})
    assert len({each.block for each in found.values()}) > 15
    assert max(each.x for each in found.values()) < (MAX_DEPTH + 2) * 120
