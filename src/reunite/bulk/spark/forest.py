"""The minimum spanning forest of a graph: who is connected, and by which edges first.

Borůvka's algorithm with randomised star contraction: Acar and Blelloch, "Algorithms: Parallel and
Sequential", the chapter on minimum spanning trees. In each round every node takes its lightest
edge, which belongs to the forest, and some nodes are contracted along it:

1. each node's lightest edge,
2. a random level for each node; a node moves to the other end of its edge if that end is on a
   lower level,
3. nodes that moved to a node that moved follow it,
4. the edges between what is left.

Where it deviates: four levels instead of the two sides of a coin. Of nodes that have edges, at
least 3/8 are expected to move, not 1/4, and no path of moves is longer than three. So the expected
number of rounds is at most log(nodes) / log(8/5) for any graph.
"""

import logging
from dataclasses import dataclass
from functools import reduce

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from reunite.bulk.spark.tables import Tables
from reunite.core.persons.components import Components

_LEVELS = 4
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Forest:
    """``roots``: node, root, for each node that is not its component's root.

    ``weights``: weight, of each edge of the forest. ``rounds`` were needed on the cluster.
    """

    roots: DataFrame
    weights: DataFrame
    rounds: int


def spanning_forest(
    spark: SparkSession, edges: DataFrame, *, tables: Tables, finish_below: int
) -> Forest:
    """The forest of ``edges`` (left, right, weight: whole numbers; each weight occurs once).

    What has at most ``finish_below`` edges is finished in the memory of the driver, at some 0.3 KB
    an edge.
    """
    moves, rest, remaining = contract(edges, tables=tables, finish_below=finish_below)
    rounds = len(moves)
    if remaining:
        _log.info("%d edges are finished on the driver", remaining)
        moves.append(tables.save(_finished(spark, rest), "moves"))
    roots = _roots(spark, moves, tables)
    weights = _union(spark, [each.select("weight") for each in moves], "weight bigint")
    return Forest(roots, weights, rounds)


def contract(
    edges: DataFrame, *, tables: Tables, finish_below: int
) -> tuple[list[DataFrame], DataFrame, int]:
    """Contract until at most ``finish_below`` edges are left: the moves of each round, the rest.

    The last is how many edges the rest has.
    """
    moves: list[DataFrame] = []
    while (remaining := edges.count()) > finish_below:
        _log.info("round %d: %d edges", len(moves) + 1, remaining)
        moved = tables.save(_moves(edges, salt=len(moves)), "moves")
        edges = tables.save(_contracted(edges, moved), "edges")
        moves.append(moved)
    return moves, edges, remaining


def _moves(edges: DataFrame, *, salt: int) -> DataFrame:
    """Where each node goes that moves (node, root), and by which edge (weight)."""
    ends = edges.select(f.col("left").alias("node"), f.col("right").alias("other"), "weight").union(
        edges.select("right", "left", "weight")
    )
    lightest = ends.groupBy("node").agg(  # Step 1.
        f.min_by("other", "weight").alias("other"), f.min("weight").alias("weight")
    )
    node, other = (
        f.pmod(f.xxhash64(name, f.lit(salt)), f.lit(_LEVELS)) for name in ("node", "other")
    )
    moving = lightest.where(other < node)  # Step 2.
    step = moving.select(f.col("node").alias("stop"), f.col("other").alias("next"))
    path = moving
    for after in range(1, _LEVELS - 1):  # Step 3.
        onward = step.withColumnsRenamed({"stop": f"stop_{after}", "next": f"next_{after}"})
        reached = "other" if after == 1 else f"next_{after - 1}"
        path = path.join(onward, f.col(reached) == f.col(f"stop_{after}"), "left")
    ends_of_path = [f"next_{after}" for after in range(_LEVELS - 2, 0, -1)]
    return path.select("node", f.coalesce(*ends_of_path, "other").alias("root"), "weight")


def _contracted(edges: DataFrame, moves: DataFrame) -> DataFrame:
    """The edges after the moves, without those that lead nowhere any more (step 4)."""
    for end in ("left", "right"):
        to = moves.select(f.col("node").alias(end), f.col("root").alias(f"{end}_root"))
        edges = edges.join(to, end, "left")
    now = [f.coalesce(f"{end}_root", end).alias(end) for end in ("left", "right")]
    return edges.select(*now, "weight").where(f.col("left") != f.col("right"))


def _finished(spark: SparkSession, edges: DataFrame) -> DataFrame:
    """The moves of the whole rest (Kruskal, "On the shortest spanning subtree of a graph", 1956).

    An edge of the forest is told with a node that it moved; which one is of no importance.
    """
    table = edges.toArrow().sort_by("weight")
    components: Components[int] = Components()
    chosen: list[tuple[int, int]] = []
    ends = zip(*(table[name].to_pylist() for name in ("left", "right", "weight")), strict=True)
    for left, right, weight in ends:
        goes = components.find(right)
        if goes != components.find(left):
            components.join((left, right))
            chosen.append((goes, weight))
    nodes = [node for node, _ in chosen]
    return spark.createDataFrame(
        pa.table(
            {
                "node": pa.array(nodes, pa.int64()),
                "root": pa.array([components.find(node) for node in nodes], pa.int64()),
                "weight": pa.array([weight for _, weight in chosen], pa.int64()),
            }
        )
    )


def _roots(spark: SparkSession, moves: list[DataFrame], tables: Tables) -> DataFrame:
    """The last root of each node that moved: each moved once, so from the last round backwards."""
    later: list[DataFrame] = []
    schema = "node bigint, root bigint"
    for moved in reversed(moves):
        now = moved.select("node", "root")
        if later:
            onward = _union(spark, later, schema).select(
                f.col("node").alias("root"), f.col("root").alias("last")
            )
            joined = now.join(onward, "root", "left")
            now = joined.select("node", f.coalesce("last", "root").alias("root"))
            now = tables.save(now, "roots")
        later.append(now)
    return _union(spark, later, schema)


def _union(spark: SparkSession, parts: list[DataFrame], schema: str) -> DataFrame:
    return reduce(DataFrame.unionAll, parts) if parts else spark.createDataFrame([], schema)
