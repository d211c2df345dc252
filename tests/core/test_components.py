from hypothesis import given
from hypothesis import strategies as st

from reunite.core.persons.components import Components


def obvious_groups(joins):
    groups = []
    for join in joins:
        touched = [group for group in groups if group & set(join)]
        groups = [group for group in groups if not group & set(join)]
        groups.append(set(join).union(*touched))
    return groups


@given(st.lists(st.lists(st.integers(0, 20), min_size=1, max_size=4)))
def test_components_are_what_joining_sets_one_by_one_gives(joins):
    components = Components()
    for join in joins:
        components.join(join)

    assert sorted(map(sorted, components.groups())) == sorted(map(sorted, obvious_groups(joins)))


def test_a_chain_of_ten_thousand_links_is_one_component():
    components = Components()
    for link in range(10_000):
        components.join([link, link + 1])

    assert len(components.groups()) == 1
    assert components.find(0) == components.find(10_000)


def test_a_node_that_was_never_joined_is_alone():
    assert Components().find("a") == "a"
