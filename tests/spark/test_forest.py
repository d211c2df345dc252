import math
import random

import networkx
import pyarrow as pa
import pytest

from reunite.bulk.spark.forest import contract, spanning_forest
from reunite.bulk.spark.tables import Tables


def edges_of(spark, edges):
    columns = zip(*edges, strict=True)
    names = ("left", "right", "weight")
    return spark.createDataFrame(
        pa.table([pa.array(column, pa.int64()) for column in columns], names=names)
    )


@pytest.mark.parametrize(
    ("size", "finish_below"),
    [
        pytest.param(60, 0, marks=pytest.mark.thorough),
        pytest.param(200, 60, marks=pytest.mark.thorough),
        (200, 1000),
    ],
)
def test_the_forest_is_kruskals(spark, tmp_path, size, finish_below):
    rng = random.Random(finish_below)
    weights = list(range(size))
    rng.shuffle(weights)
    edges = [(*sorted(rng.sample(range(size * 5 // 6), 2)), weight) for weight in weights]
    forest = spanning_forest(
        spark,
        edges_of(spark, edges),
        tables=Tables(spark, str(tmp_path)),
        finish_below=finish_below,
    )
    graph = networkx.MultiGraph()
    graph.add_weighted_edges_from(edges)
    expected = networkx.minimum_spanning_edges(graph, data=True)
    assert sorted(row.weight for row in forest.weights.collect()) == sorted(
        data["weight"] for *_, data in expected
    )
    roots = {row.node: row.root for row in forest.roots.collect()}
    assert len(roots) == forest.roots.count()
    for component in networkx.connected_components(graph):
        assert len({roots.get(node, node) for node in component}) == 1
    assert not set(roots.values()) & roots.keys()


def test_a_graph_without_edges_needs_no_round(spark, tmp_path):
    nothing = spark.createDataFrame([], "left bigint, right bigint, weight bigint")
    forest = spanning_forest(spark, nothing, tables=Tables(spark, str(tmp_path)), finish_below=0)
    assert (forest.rounds, forest.roots.count(), forest.weights.count()) == (0, 0, 0)


@pytest.mark.thorough  # Each of some thirty rounds is several jobs of Spark.
def test_rounds_grow_with_the_logarithm_of_a_chain(spark, tmp_path):
    rounds = {}
    for length in (1_000, 10_000):
        # In file order, the worst for all that goes from one link to the next.
        chain = [(link, link + 1, link) for link in range(length)]
        tables = Tables(spark, str(tmp_path / str(length)))
        moves, _, remaining = contract(edges_of(spark, chain), tables=tables, finish_below=100)
        assert remaining <= 100
        rounds[length] = len(moves)
        # Five eighths of the edges are expected to remain after each round.
        assert len(moves) <= math.log(length / 100, 8 / 5) + 3
    assert rounds[10_000] - rounds[1_000] <= 8
