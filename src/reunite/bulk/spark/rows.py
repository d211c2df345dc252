"""Rows of files, numbered in the order of the files."""

from dataclasses import astuple, dataclass, fields
from datetime import datetime
from functools import reduce

import pyarrow as pa
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.types import DateType, TimestampNTZType, TimestampType

from reunite.bulk.spark.files import expand, plain_of_address
from reunite.bulk.spark.tables import Tables

_FORMATS = {"csv": "csv", "jsonl": "json", "ndjson": "json", "parquet": "parquet"}
_COMPRESSED = (".gz", ".zst", ".bz2")
_CSV = {
    "header": "true",
    "escape": '"',  # RFC 4180 doubles a quote inside quotes.
    "multiLine": "true",  # A quoted value may hold line breaks; so a CSV file is read by one task.
    "enforceSchema": "false",  # Files whose columns are in another order are refused.
}

_TIMES = (DateType, TimestampNTZType, TimestampType)
_STARTS = pa.schema(
    {
        "address": pa.string(),
        "block": pa.int64(),
        "file": pa.string(),
        "to_row": pa.int64(),
        "to_line": pa.int64(),
    }
)


class UnreadableInput(ValueError):
    """An input is not in a form that can be read; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Rows:
    """``table``: row (from 1, through all files), file, line (from 1), and texts as given.

    But created_at is a time, and null where that cannot be read.
    ``has_more``: whether some input has external ids or sources.
    """

    table: DataFrame
    count: int
    has_more: bool


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of the inputs are called; one that no input has is empty."""

    email: str = "email"
    phone: str = "phone"
    created_at: str = "created_at"
    external_id: str = "external_id"
    source: str = "source"


DEFAULT_COLUMNS = Columns()


def read_rows(
    spark: SparkSession,
    inputs: list[str],
    *,
    columns: Columns,
    imported_at: datetime,
    tables: Tables,
) -> Rows:
    """All rows, numbered; a time that is not given is ``imported_at``.

    Text is copied, since where a row stands is known only while it is read; Parquet is not.
    Inputs must not change while they are planned. Raises NoSuchInput and UnreadableInput.
    """
    files = expand(spark, inputs)
    by_format: dict[str, list[str]] = {}
    for file in files:
        by_format.setdefault(_format(file), []).append(file)
    loaded = {form: _load(spark, form, group, columns) for form, group in by_format.items()}
    more = {columns.external_id, columns.source}
    has_more = any(more & set(table.columns) for table in loaded.values())
    parts = [
        _placed(form, table, _values(table, columns, imported_at), tables)
        for form, table in loaded.items()
    ]
    table, count = _numbered(spark, reduce(DataFrame.unionAll, parts), files)
    return Rows(table, count, has_more)


def _format(file: str) -> str:
    name = file.lower()
    for suffix in _COMPRESSED:
        name = name.removesuffix(suffix)
    try:
        return _FORMATS[name.rpartition(".")[2]]
    except KeyError:
        raise UnreadableInput(
            f"{file}: a name must end in {', '.join(_FORMATS)}, compressed or not."
        ) from None


def _load(spark: SparkSession, form: str, files: list[str], columns: Columns) -> DataFrame:
    reader = spark.read.options(**_CSV) if form == "csv" else spark.read
    if form == "json":
        reader = reader.schema(", ".join(f"`{name}` string" for name in astuple(columns)))
    table = reader.format(form).load(files)
    if not {columns.email, columns.phone} & set(table.columns):
        raise UnreadableInput(
            f"{files[0]} has neither a column {columns.email} nor {columns.phone}, but "
            f"{', '.join(table.columns)}: say which columns hold emails and phone numbers."
        )
    return table


def _placed(form: str, table: DataFrame, values: list[Column], tables: Tables) -> DataFrame:
    """With where each row stands: address and block of its file, and a number that grows there."""
    address = f.col("_metadata.file_path").alias("address")
    if form == "parquet":
        # The footer tells the number inside the file, however the file is cut into tasks.
        at = f.col("_metadata.row_index").alias("at")
        return table.select(address, f.lit(0).cast("bigint").alias("block"), at, *values)
    block = f.col("_metadata.file_block_start").alias("block")
    at = f.monotonically_increasing_id().alias("at")
    return tables.save(table.select(address, block, at, *values), f"{form}-rows")


def _values(table: DataFrame, columns: Columns, imported_at: datetime) -> list[Column]:
    """The columns of Columns, under their own names."""
    texts = {field.name: _text(table, getattr(columns, field.name)) for field in fields(columns)}
    time = _time(table, columns.created_at, imported_at)
    return [value.alias(name) for name, value in {**texts, "created_at": time}.items()]


def _time(table: DataFrame, column: str, imported_at: datetime) -> Column:
    if column in table.columns and isinstance(table.schema[column].dataType, _TIMES):
        return f.coalesce(table[column].cast("timestamp"), f.lit(imported_at))
    text = f.trim(_text(table, column))
    return f.when(f.coalesce(text, f.lit("")) == "", f.lit(imported_at)).otherwise(
        text.try_cast("timestamp")
    )


def _text(table: DataFrame, column: str) -> Column:
    if column not in table.columns:
        return f.lit(None).cast("string")
    return table[column].cast("string")


def _numbered(spark: SparkSession, table: DataFrame, files: list[str]) -> tuple[DataFrame, int]:
    """With the number of each row, from the number of rows in each block of each file."""
    order = {file: number for number, file in enumerate(files)}
    found = table.groupBy("address", "block").agg(f.min("at"), f.count("*")).collect()
    before = before_file = 0
    last_file = None
    blocks = []
    named = [(plain_of_address(address), address, *rest) for address, *rest in found]
    for file, address, block, first, count in sorted(
        named, key=lambda each: (order[each[0]], each[2])
    ):
        if file != last_file:
            last_file, before_file = file, before
        to_row = before + 1 - first
        numbers = {"to_row": to_row, "to_line": to_row - before_file}
        blocks.append({"address": address, "block": block, "file": file, **numbers})
        before += count
    # As Arrow, for what is given as a list comes from Python workers, anew in each step.
    starts = f.broadcast(spark.createDataFrame(pa.Table.from_pylist(blocks, _STARTS)))
    numbered = (
        (f.col("at") + f.col("to_row")).alias("row"),
        (f.col("at") + f.col("to_line")).alias("line"),
    )
    values = (field.name for field in fields(Columns))
    return table.join(starts, ["address", "block"]).select(*numbered, "file", *values), before
