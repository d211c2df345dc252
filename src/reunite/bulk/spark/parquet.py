"""Columns of Parquet as texts, by the rule that ``core.records.values`` has for JSON."""

from collections.abc import Iterator, Sequence
from datetime import UTC

import pyarrow as pa
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.pandas.functions import arrow_udf
from pyspark.sql.types import (
    BinaryType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegralType,
    NullType,
    StringType,
    TimestampNTZType,
    TimestampType,
)

from reunite.bulk.spark.look import Look
from reunite.core.imports.records.times import (
    FIRST_TIME,
    LAST_TIME,
    NO_TIME,
    PLAIN_TIME,
    PLAIN_TIME_WITH_OFFSET,
    time_reader,
)
from reunite.core.imports.records.values import (
    DOUBLE_BITS,
    TIME_END,
    UNREADABLE,
    VALUE_MAX_LENGTH,
    whole_max,
)

_TIMES = (DateType, TimestampNTZType, TimestampType)
_NO_TIME = rf"^(?:{NO_TIME})\z"
_PLAIN = rf"^(?:{PLAIN_TIME}|{PLAIN_TIME_WITH_OFFSET})\z"


def read_parquet(
    spark: SparkSession, looks: Sequence[Look], date_format: str | None
) -> Iterator[DataFrame]:
    """The rows of files of Parquet, as ``text.read_lines`` has them; files that are alike at once.

    The footer tells the number inside the file, however the file is cut into tasks.
    """
    alike: dict[object, list[Look]] = {}
    for each in looks:
        columns = [(each.paths[index], each.types[index]) for index in each.chosen.wanted]
        alike.setdefault((each.chosen, str(columns)), []).append(each)
    for group in alike.values():
        table = spark.read.parquet(*(each.file for each in group))
        yield table.select(
            f.col("_metadata.file_path").alias("address"),
            f.lit(0).cast("bigint").alias("block"),
            f.col("_metadata.row_index").alias("at"),
            f.lit(None).cast("string").alias("problem"),
            *_values(group[0], date_format),
        )


def _values(look: Look, date_format: str | None) -> list[Column]:
    chosen = look.chosen

    def text(index: int | None) -> Column:
        if index is None:
            return f.lit(None).cast("string")
        is_moment = index == chosen.created_at
        return _text(_column(look.paths[index]), look.types[index], is_moment=is_moment)

    at = text(chosen.created_at)
    is_typed = chosen.created_at is not None and isinstance(look.types[chosen.created_at], _TIMES)
    typed = _column(look.paths[chosen.created_at or 0]).cast("timestamp")
    time = _within(typed if is_typed else _time(at, date_format))
    return [
        text(next(iter(chosen.email), None)).alias("email"),
        text(next(iter(chosen.phone_number), None)).alias("phone"),
        time.alias("created_at"),
        text(chosen.external_id).alias("external_id"),
        text(chosen.source).alias("source"),
        (time.isNotNull() | f.coalesce(at, f.lit("")).rlike(_NO_TIME)).alias("is_time"),
    ]


def _column(path: Sequence[str]) -> Column:
    return f.col(".".join(f"`{name.replace('`', '``')}`" for name in path))


def _text(column: Column, type: DataType, *, is_moment: bool) -> Column:
    """A column's text; ``is_moment``: of one that is read as times, as numbers with fractions."""
    unreadable = f.lit(UNREADABLE)
    if isinstance(type, StringType | BinaryType):
        # Text is not always UTF-8, and older writers do not say that bytes are text.
        text = f.coalesce(f.try_validate_utf8(column.cast("string")), unreadable)
        return f.when(column.isNotNull(), _bounded(text))
    if isinstance(type, _TIMES):
        return column.cast("string")
    if isinstance(type, NullType):
        return f.lit(None).cast("string")
    told = f.when(column.isNull(), None)
    if isinstance(type, IntegralType):
        told = told.when(column >= 0, column.cast("string"))
    elif isinstance(type, DoubleType | FloatType | DecimalType):
        is_whole = (column == f.floor(column)) & (column >= 0)
        is_whole &= column < whole_max(bits_of(type))
        if not isinstance(type, DecimalType):
            told = told.when(f.isnan(column), None)  # What is no number stands for a missing one.
        told = told.when(is_whole, column.cast("bigint").cast("string"))
        if is_moment and bits_of(type) == DOUBLE_BITS:
            exact = "decimal(20, 0)", "decimal(26, 6)"
            whole, fraction = (column.cast(each).cast("string") for each in exact)
            number = f.when(column == f.floor(column), whole).otherwise(fraction)
            told = told.when(column.between(1, TIME_END), number)
    return told.otherwise(unreadable).cast("string")


def bits_of(type: DataType) -> int:
    """The bits of a binary number with a point; DOUBLE_BITS for any other type."""
    return DOUBLE_BITS // 2 if isinstance(type, FloatType) else DOUBLE_BITS


def _bounded(text: Column) -> Column:
    return f.when(f.octet_length(text) > VALUE_MAX_LENGTH, f.lit(UNREADABLE)).otherwise(text)


def _time(text: Column, date_format: str | None) -> Column:
    """A text as a time. Python reads what is not plain: that costs."""

    @arrow_udf("timestamp")  # type: ignore[call-overload, untyped-decorator]  # Declared too narrowly.
    def read(texts: pa.Array) -> pa.Array:
        read_time = time_reader(date_format)
        times = [None if each is None else read_time(each) for each in texts.to_pylist()]
        return pa.array(times, pa.timestamp("us", "UTC"))

    is_plain = text.rlike(_PLAIN) if date_format is None else f.lit(False)
    by_python: Column = read(f.when(~is_plain, text))
    return f.coalesce(f.when(is_plain, text.try_cast("timestamp")), by_python)


def _within(time: Column) -> Column:
    first, last = (f.lit(each.replace(tzinfo=UTC)) for each in (FIRST_TIME, LAST_TIME))
    return f.when(time.between(first, last), time)
