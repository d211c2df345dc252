"""Rows of files, numbered in the order of the files."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import itemgetter

import pyarrow as pa
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as f

from reunite.bulk.spark.files import expand, plain_of_address
from reunite.bulk.spark.look import Look, look
from reunite.bulk.spark.parquet import bits_of, read_parquet
from reunite.bulk.spark.tables import Tables
from reunite.bulk.spark.text import VALUES, read_lines, undivided
from reunite.core.imports.files import Columns, Form
from reunite.core.imports.records.columns import columns_of, name_of, told
from reunite.core.imports.records.header import rows_not_text
from reunite.core.imports.records.json_shape import JSONShape
from reunite.core.imports.records.times import without_times
from reunite.core.imports.records.values import DOUBLE_BITS, Skipped, told_of_bits

Say = Callable[[str], object]

_STARTS = pa.schema(
    {
        "address": pa.string(),
        "block": pa.int64(),
        "file": pa.string(),
        "to_row": pa.int64(),
        "to_line": pa.int64(),
        "is_timeless": pa.bool_(),
    }
)


@dataclass(frozen=True, slots=True)
class Rows:
    """``table``: row (from 1, through all files), file, line, problem, and texts as given.

    But created_at is a time, and null where that cannot be read; ``time_is_left_out`` for rows that
    are taken without theirs. ``count``: how many records there are; ``last``: the highest number of
    a row. ``has_more``: whether some file has external ids or sources. ``columns``: what the
    columns of each file are called, by their field.
    """

    table: DataFrame
    count: int
    last: int
    has_more: bool
    columns: dict[str, dict[str, list[str]]]


def read_rows(
    spark: SparkSession,
    inputs: list[str],
    *,
    asked: Columns,
    form: Form,
    format: str | None,
    imported_at: datetime,
    tables: Tables,
    say: Say,
) -> Rows:
    """All rows, numbered; a time that is not given is ``imported_at``.

    Text is copied, since where a row stands is known only while it is read; Parquet is not.
    Inputs must not change while they are planned. Raises NoSuchInput and Unreadable.
    """
    looks = [look(spark, file, asked, form, format=format) for file in expand(spark, inputs)]
    text = _Text(spark, asked, form, tables)
    parts: list[DataFrame] = []
    for group, is_divided in (
        ([each for each in looks if _is_one_text(each)], False),
        ([each for each in looks if each.shape and not _is_one_text(each)], True),
    ):
        if group:
            parts.append(text.table(group, is_divided=is_divided))
    looks = [text.found.get(each.file, each) for each in looks]
    for each in looks:
        for words in told(each.names, each.chosen):
            say(f"{each.file}: {words}")
        for index in each.chosen.exact if each.types else ():
            if (bits := bits_of(each.types[index])) < DOUBLE_BITS:
                name = name_of(each.names, index, each.chosen)
                say(f"{each.file}: {told_of_bits(name, bits)}")
    parts += read_parquet(spark, [each for each in looks if not each.shape], form.date_format)
    whole = reduce(DataFrame.unionAll, parts)
    blocks, count, last = _blocks(whole, looks, is_asked=asked.created_at is not None, say=say)
    # As Arrow, for what is given as a list comes from Python workers, anew in each step.
    starts = f.broadcast(spark.createDataFrame(pa.Table.from_pylist(blocks, _STARTS)))
    columns = {each.file: columns_of(each.names, each.chosen) for each in looks}
    numbered = _numbered(whole, starts, imported_at)
    return Rows(numbered, count, last, any(map(_has_more, looks)), columns)


def _is_one_text(found: Look) -> bool:
    """Whether what a line means depends on those above it."""
    if isinstance(found.shape, JSONShape):
        return found.shape.start is not None or not found.shape.encoding.startswith("utf-8")
    return found.shape is not None


def _has_more(found: Look) -> bool:
    return (found.chosen.external_id, found.chosen.source) != (None, None)


class _Text:
    """Reads files of text; ``found`` is how they look when all names in them are known."""

    def __init__(self, spark: SparkSession, asked: Columns, form: Form, tables: Tables) -> None:
        self._spark = spark
        self._asked = asked
        self._form = form
        self._tables = tables
        self.found: dict[str, Look] = {}

    def table(self, looks: Sequence[Look], *, is_divided: bool) -> DataFrame:
        """Their records. They are read again, if a name that comes late changes what is read."""
        while True:
            with nullcontext() if is_divided else undivided(self._spark):
                lines = read_lines(self._spark, looks, self._form.date_format)
                saved = self._tables.save(
                    lines.withColumn("at", f.monotonically_increasing_id()), "text"
                )
            settled = self._settled(saved, looks)
            self.found |= {each.file: each for each in settled}
            if [each.fields for each in settled] == [each.fields for each in looks]:
                return saved.select("address", "block", "at", "problem", *VALUES, "is_time")
            looks = settled

    def _settled(self, table: DataFrame, looks: Sequence[Look]) -> list[Look]:
        more = table.select("address", f.explode("names")).distinct().collect()
        names = {each.file: dict.fromkeys(each.names) for each in looks}
        spelt = {file: {name.casefold() for name in known} for file, known in names.items()}
        for address, name in sorted(more):
            file = plain_of_address(address)
            if name.casefold() not in spelt[file]:
                names[file].setdefault(name)
                spelt[file].add(name.casefold())
        return [
            each.with_names(list(names[each.file]), self._asked, self._form)
            if isinstance(each.shape, JSONShape)
            else each
            for each in looks
        ]


def _blocks(
    whole: DataFrame, looks: Sequence[Look], *, is_asked: bool, say: Say
) -> tuple[list[dict[str, object]], int, int]:
    """What numbers the rows of each block of each file; how many there are, and the last number."""
    is_row = f.coalesce(f.col("problem") != Skipped.BLANK.value, f.lit(True))
    found = (
        whole.groupBy("address", "block")
        .agg(
            f.min("at"),
            f.count("*"),
            f.count_if(is_row),
            f.count_if(f.col("is_time") & f.col("created_at").isNotNull()),
            f.count_if(~f.col("is_time")),
            f.count_if(f.coalesce(f.col("problem") == Skipped.NOT_TEXT.value, f.lit(False))),
        )
        .collect()
    )
    by_file: dict[str, list[Row]] = {}
    for row in sorted(found, key=itemgetter(1)):
        by_file.setdefault(plain_of_address(row[0]), []).append(row)
    blocks: list[dict[str, object]] = []
    last = count = 0
    for each in looks:
        line = each.first_line
        own = by_file.get(each.file, [])
        is_timeless = False
        if sum(row[6] for row in own) and not sum(row[5] for row in own):
            name = name_of(each.names, each.chosen.created_at or 0, each.chosen)
            formats = each.chosen.sampled.formats_of(each.chosen.created_at)
            is_timeless, words = without_times(name, is_asked=is_asked, formats=formats)
            say(f"{each.file}: {words}")
        lost = sum(row[7] for row in own)
        if lost and each.shape is not None:
            say(f"{each.file}: {rows_not_text(lost, each.shape.encoding)}")
        for address, block, first, records, rows, *_ in own:
            numbers = {"to_row": last + 1 - first, "to_line": line - first}
            where = {"address": address, "block": block, "file": each.file}
            blocks.append({**where, **numbers, "is_timeless": is_timeless})
            last += records
            line += records
            count += rows
    return blocks, count, last


def _numbered(whole: DataFrame, starts: DataFrame, imported_at: datetime) -> DataFrame:
    is_bad = ~f.col("is_time") & ~f.col("is_timeless")
    time = f.when(~is_bad, f.coalesce("created_at", f.lit(imported_at)))
    is_left_out = (~f.col("is_time") & f.col("is_timeless")).alias("time_is_left_out")
    texts = ("email", "phone", "external_id", "source")
    return (
        whole.join(starts, ["address", "block"])
        .where(f.coalesce(f.col("problem") != Skipped.BLANK.value, f.lit(True)))
        .select(
            (f.col("at") + f.col("to_row")).alias("row"),
            (f.col("at") + f.col("to_line")).alias("line"),
            "file",
            "problem",
            time.alias("created_at"),
            is_left_out,
            *texts,
        )
    )
