"""From files to contacts, persons and links, as DataFrame operations.

The same plan as on one machine (docs/explanation/bulk-on-a-cluster.md):

1. rows, numbered in the order of the files,
2. canonical keys of distinct values, and the first row of each identifier,
3. the minimum spanning forest of what joins first rows, by row number,
4. the primary of each contact, and the rows that merged two persons.
"""

import logging
import time
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from reunite.bulk.spark.files import exists
from reunite.bulk.spark.forest import Forest, spanning_forest
from reunite.bulk.spark.places import placed
from reunite.bulk.spark.reduction import Reduction, reduce_rows
from reunite.bulk.spark.rows import Rows, Say, read_rows
from reunite.bulk.spark.session import session
from reunite.bulk.spark.tables import Tables
from reunite.core.identifiers.kinds import Identifier
from reunite.core.imports.files import Columns, Form
from reunite.core.imports.reasons import REASONS
from reunite.core.imports.records.values import Skipped
from reunite.core.policy.policy import Policy
from reunite.core.policy.rules import policy_from, rules_of

FINISH_BELOW = 1_000_000
_ROWS_A_PARTITION = 500_000
_SMALL = 50_000
# Without a time zone in the file, so that no reader shifts it.
_UTC = "CAST(created_at AS timestamp_ntz) AS created_at"
_MORE = ("external_id", "source")
_MAX_REASONS = len(REASONS)
_ANY_COLUMNS = Columns()
_USUAL_FORM = Form()
_log = logging.getLogger(__name__)


class OutputExists(ValueError):
    """The output is there already."""

    def __init__(self, output: str) -> None:
        super().__init__(f"{output} is there already: name a directory that is not.")


@dataclass(frozen=True, slots=True)
class Planned:
    """How many of each, and in how many rounds on the cluster.

    ``columns``: what the columns of each file are called, by their field.
    """

    rows: int
    contacts: int
    persons: int
    links: int
    refused: int
    rounds: int
    columns: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)


def plan(
    inputs: Sequence[str],
    output: str,
    *,
    policy_rules: Mapping[str, Any] | Policy,
    master: str | None = None,
    checkpoint: str | None = None,
    columns: Columns = _ANY_COLUMNS,
    form: Form = _USUAL_FORM,
    format: str | None = None,
    say: Say | None = None,
    imported_at: datetime | None = None,
    retired: Collection[Identifier] = (),
    finish_below: int = FINISH_BELOW,
    conf: Mapping[str, str] | None = None,
) -> Planned:
    """Plan what the rows of ``inputs`` make, sent one by one by time; write it to ``output``.

    ``inputs``: paths, directories and globs of CSV, JSON Lines and Parquet, compressed or not.
    Rows are numbered from 1 through all of them, and taken in the order of (created_at, row).
    ``output``: a directory that is not there yet. Below it, in Parquet:

    - ``contact``: row, primary_row, created_at, email, phone_number, email_key, phone_key,
      external_id, source
    - ``link``: row, created_at, email_key, phone_key, external_id, source, of each row that merged
      two persons
    - ``refused``: row, file, line, reason, and all reasons in order; line as ``reunite import``
      tells it
    - ``left_out``: the same of values that cannot be read, of rows that are taken without them

    ``policy_rules``: a policy, or the JSON form of one; what it says of values is applied, its
    limits and what it says of verified identifiers are not. ``master``: Spark's, such as
    ``local[*]`` or ``spark://host:7077``; None under ``spark-submit``. ``checkpoint``: a directory
    that all machines reach, for what is made on the way and removed afterwards; beside the output
    unless named. ``columns``: names of columns that are not recognised; ``form``: how the files are
    written; ``format``: csv, jsonl or parquet, where names do not tell it; ``say`` is told which
    column is read as what. ``imported_at``: the time of rows that have none; now unless given.
    ``retired``: identifiers that do not count. ``finish_below``: with at most so many edges,
    persons are found on the driver. ``conf``: settings of Spark that go before ours.

    Raises ValueError, saying what to do, for inputs and outputs that cannot be used, and
    InvalidRequest for rules that are none.
    """
    # A mistake in it is told before anything starts.
    policy = policy_rules if isinstance(policy_rules, Policy) else policy_from(policy_rules)
    if policy.kinds or columns.identifiers:
        raise ValueError("A cluster knows no declared kinds: plan on one machine.")
    with session(master, conf=conf) as spark:
        if exists(spark, output):
            raise OutputExists(output)
        directory = f"{checkpoint}/{uuid.uuid4().hex}" if checkpoint else f"{output}.checkpoint"
        tables = Tables(spark, directory)
        try:
            return _plan(
                spark,
                list(inputs),
                output,
                policy_rules=rules_of(policy),
                columns=columns,
                form=form,
                format=format,
                say=say or _log.info,
                imported_at=imported_at or datetime.now(UTC),
                retired=retired,
                finish_below=finish_below,
                tables=tables,
            )
        finally:
            tables.remove()


def _plan(
    spark: SparkSession,
    inputs: list[str],
    output: str,
    *,
    policy_rules: Mapping[str, Any],
    columns: Columns,
    form: Form,
    format: str | None,
    say: Say,
    imported_at: datetime,
    retired: Collection[Identifier],
    finish_below: int,
    tables: Tables,
) -> Planned:
    clock = _Clock()
    rows = read_rows(
        spark,
        inputs,
        asked=columns,
        form=form,
        format=format,
        imported_at=imported_at,
        tables=tables,
        say=say,
    )
    for key, value in _sized(spark, rows.count).items():
        spark.conf.set(key, value)
    clock.tell("%d rows numbered", rows.count)
    in_order = placed(rows.table, last=rows.last, tables=tables)
    reduction = reduce_rows(in_order, rules=policy_rules, retired=retired, tables=tables)
    edges = tables.save(reduction.edges, "edges")
    clock.tell("first rows found")
    forest = spanning_forest(spark, edges, tables=tables, finish_below=finish_below)
    clock.tell("persons found in %d rounds", forest.rounds)
    _contacts(rows, reduction, forest, tables).write.parquet(f"{output}/contact")
    _links(rows, reduction, forest).write.parquet(f"{output}/link")
    for name, told in (("refused", True), ("left_out", False)):
        _wrong(in_order, reduction, is_refused=told).write.parquet(f"{output}/{name}")
    planned = _counted(spark, output, rows.count, forest.rounds)
    clock.tell("written: %s", planned)
    return replace(planned, columns=rows.columns)


def _sized(spark: SparkSession, rows: int) -> dict[str, str]:
    """Settings that suit so many rows.

    For few rows, what Spark does to be fast with many takes most of the time: it compiles each
    step to Java, and plans it again after each shuffle.
    """
    small = rows < _SMALL
    partitions = max(-(-rows // _ROWS_A_PARTITION), spark.sparkContext.defaultParallelism)
    return {
        "spark.sql.shuffle.partitions": str(1 if small else partitions),
        "spark.sql.codegen.wholeStage": str(not small).lower(),
        "spark.sql.codegen.factoryMode": "NO_CODEGEN" if small else "FALLBACK",
        "spark.sql.adaptive.enabled": str(not small).lower(),
    }


def _contacts(rows: Rows, reduction: Reduction, forest: Forest, tables: Tables) -> DataFrame:
    roots = forest.roots.withColumnRenamed("node", "place")
    contacts = (
        reduction.contacts.join(roots, "place", "left")
        .withColumn("root", f.coalesce("root", "place"))
        .join(_primaries(reduction, forest, tables), "root", "left")
        .withColumn("primary_row", f.coalesce("primary_row", "row"))
    )
    return _with_more(contacts, rows).selectExpr(
        "row",
        "primary_row",
        _UTC,
        "email",
        "phone AS phone_number",
        "email_key",
        "phone_key",
        *_MORE,
    )


def _with_more(table: DataFrame, rows: Rows) -> DataFrame:
    """The table with the external id and the source of each of its rows."""
    if not rows.has_more:
        return table.withColumns({name: f.lit(None).cast("string") for name in _MORE})
    given = (f.when(f.trim(name) != "", f.col(name)).alias(name) for name in _MORE)
    return table.join(rows.table.select("row", *given), "row")


def _primaries(reduction: Reduction, forest: Forest, tables: Tables) -> DataFrame:
    """The primary_row of each root, of persons of several contacts."""
    oldest = f.least("root", f.min("node")).alias("place")
    first = forest.roots.groupBy("root").agg(oldest)
    row = reduction.contacts.select("place", f.col("row").alias("primary_row"))
    return tables.save(first.join(row, "place").select("root", "primary_row"), "primaries")


def _links(rows: Rows, reduction: Reduction, forest: Forest) -> DataFrame:
    """The rows that merged two persons: edges of the forest that made no contact."""
    merged = forest.weights.withColumnRenamed("weight", "place")
    links = reduction.joining.join(merged, "place")
    return _with_more(links, rows).selectExpr("row", _UTC, "email_key", "phone_key", *_MORE)


def _wrong(rows: DataFrame, reduction: Reduction, *, is_refused: bool) -> DataFrame:
    """The rows that cannot be taken, or those that are taken without a value, with the reasons.

    What is wrong with identifiers is told last, and not of a record that is no row; a time that is
    left out is told first, but for why the row is refused.
    """
    given, pairs = rows.alias("given"), reduction.wrong.alias("pair")
    same = [f.col(f"given.{name}").eqNullSafe(f.col(f"pair.{name}")) for name in ("email", "phone")]
    is_row = ~f.coalesce(f.col("problem").isin(*(each.value for each in Skipped)), f.lit(False))
    of_pair = f.when(is_row & f.col("reasons").isNotNull(), f.col("reasons"))
    none = f.array().cast("array<string>")
    wrong = f.concat("problems", f.coalesce(of_pair, none))
    time = f.when(f.col("time_is_left_out"), f.array(f.lit("invalid_created_at"))).otherwise(none)
    why = int(is_refused)
    reasons = f.concat(f.slice(wrong, 1, why), time, f.slice(wrong, 1 + why, _MAX_REASONS))
    is_taken = f.col("problem").isNull() & ~f.coalesce("is_refused", f.lit(False))
    told = given.join(pairs, same, "left").where(~is_taken if is_refused else is_taken)
    told = told.select("row", "file", "line", reasons.alias("reasons"))
    first = f.try_element_at("reasons", f.lit(1)).alias("reason")
    return told.where("size(reasons) > 0").select("row", "file", "line", first, "reasons")


def _counted(spark: SparkSession, output: str, rows: int, rounds: int) -> Planned:
    contacts = spark.read.parquet(f"{output}/contact")
    number, persons = contacts.selectExpr("count(*)", "count_if(row = primary_row)").first() or (
        0,
        0,
    )
    links, refused = (
        spark.read.parquet(f"{output}/{name}").count() for name in ("link", "refused")
    )
    return Planned(rows, number, persons, links, refused, rounds)


class _Clock:
    """Tells what was done, and after how many seconds. No personal data: only numbers."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def tell(self, what: str, *numbers: object) -> None:
        _log.info("%6.1f s: " + what, time.monotonic() - self._start, *numbers)
