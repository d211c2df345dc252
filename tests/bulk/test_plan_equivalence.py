"""A plan of all rows at once is what sending them one by one would have led to."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reunite.bulk.engine import engine
from reunite.bulk.spanning import contract_trees, span
from reunite.core.persons.components import Components
from tests.bulk.planning import planned, replayed, write_csv
from tests.effort import EFFORT

emails = st.sampled_from([None, "", " ", *(f"{name}@x.example" for name in "abcdefgh")])
phones = st.sampled_from([None, "", "1", "2", "3", "4", "5", "6", "7", "8"])
# The same values as others write them, values that do not count, and some that cannot be read.
other_emails = st.sampled_from(["A@X.Example", " b@x.example", "none@none.example", "none", "a@b"])
other_phones = st.sampled_from(["(1)", "+2", "00000000", "n/a", "-", "3 "])
rows = st.tuples(emails | other_emails, phones | other_phones, st.integers(0, 5))
on_files = settings(
    deadline=None,
    max_examples=40 * EFFORT,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@on_files
@given(st.lists(rows, min_size=1, max_size=30))
def test_contacts_primaries_merges_and_refusals_are_those_of_rows_sent_one_by_one(tmp_path, rows):
    path = write_csv(tmp_path / "orders.csv", rows)
    assert planned(path) == replayed(rows)


@on_files
@given(st.lists(rows, min_size=1, max_size=30))
def test_rows_in_order_and_in_any_order_of_time_are_the_same(tmp_path, rows):
    rows = sorted(rows, key=lambda row: row[2])
    path = write_csv(tmp_path / "orders.csv", rows)
    assert planned(path) == replayed(rows)


edges = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 12)).filter(lambda edge: edge[0] < edge[1]),
    max_size=30,
    unique=True,
)


@settings(deadline=None, max_examples=40 * EFFORT)
@given(edges)
def test_the_forest_is_that_of_edges_taken_one_by_one(edges):
    components = Components()
    taken = []
    for weight, edge in enumerate(edges):
        if components.find(edge[0]) != components.find(edge[1]):
            taken.append((weight,))
        components.join(edge)
    with engine(threads=1) as duck:
        duck.run("CREATE TABLE edge (one BIGINT, other BIGINT, weight BIGINT)")
        ones, others = [list(ends) for ends in zip(*edges, strict=True)] or [[], []]
        duck.add_columns("edge", one=ones, other=others, weight=list(range(len(edges))))
        span(duck, "edge")
        assert duck.rows("SELECT weight FROM forest ORDER BY weight") == taken
        expected = sorted((n, min(group)) for group in components.groups() for n in group)
        assert duck.rows("SELECT node, least FROM component ORDER BY node") == expected


@pytest.mark.parametrize("length", [10_000, 100_000])
def test_a_long_chain_takes_rounds_that_grow_with_its_logarithm(length):
    with engine(threads=1) as duck:
        # Weights that rise along the chain are the worst: everybody hooks onto the neighbour.
        duck.run(
            f"""CREATE TABLE edge AS SELECT range AS one, range + 1 AS other, range AS weight
                FROM range({length})"""
        )
        rounds = span(duck, "edge")
        assert duck.rows("SELECT count(*), max(least) FROM component") == [(length + 1, 0)]
        assert rounds <= length.bit_length()
        duck.run(
            f"""CREATE TABLE deep AS SELECT range AS node, greatest(range - 1, 0) AS parent
                FROM range({length})"""
        )
        # The last one finds that everybody has arrived.
        assert contract_trees(duck, "deep") <= length.bit_length() + 1
        assert duck.rows("SELECT max(parent) FROM deep") == [(0,)]
