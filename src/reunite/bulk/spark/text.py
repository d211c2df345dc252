"""Rows of text, read on the cluster by ``core.records`` as on one machine."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby, islice
from typing import TextIO

import pyarrow as pa
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.pandas.functions import arrow_udf

from reunite.bulk.spark.files import plain_of_address
from reunite.bulk.spark.look import Look
from reunite.core.imports.records.csv_rows import csv_rows
from reunite.core.imports.records.header import CSVShape
from reunite.core.imports.records.json_rows import Names, Object, json_rows
from reunite.core.imports.records.json_shape import objects_of
from reunite.core.imports.records.text import Lines, content_of, text_of
from reunite.core.imports.records.times import ReadTime, says_no_time, time_reader
from reunite.core.imports.records.values import Row, Skipped

VALUES = ("email", "phone", "created_at", "external_id", "source")
_RECORD = pa.struct(
    {
        "problem": pa.string(),
        "names": pa.list_(pa.string()),
        "email": pa.string(),
        "phone": pa.string(),
        "created_at": pa.timestamp("us", "UTC"),
        "is_time": pa.bool_(),
        "external_id": pa.string(),
        "source": pa.string(),
    }
)
_SQL_RECORDS = """
    array<struct<problem string, names array<string>, email string, phone string,
                 created_at timestamp, is_time boolean, external_id string, source string>>
"""
# So large that no file is divided, and no two are in one task.
_WHOLE = str(2**50)
_UNITS = {"utf-16": 2, "utf-32": 4}
_DIVISION = ("spark.sql.files.maxPartitionBytes", "spark.sql.files.openCostInBytes")


def read_lines(spark: SparkSession, looks: Iterable[Look], date_format: str | None) -> DataFrame:
    """The records of files of text, in order, with where each stands (address, block).

    ``problem`` is ``malformed`` or ``blank`` for what is no row; ``names`` are those of JSON that
    no record of the block had before. ``is_time`` is false for a time that cannot be read.
    """
    by_file = {each.file: each for each in looks}
    lines = spark.read.format("text").option("lineSep", "\n").load(list(by_file))
    address = f.col("_metadata.file_path").alias("address")
    block = f.col("_metadata.file_block_start").alias("block")
    records = _reader(by_file, date_format)(address, block, f.col("value").cast("binary"))
    read = lines.select(address, block, records.alias("records"))
    return read.select("address", "block", f.explode("records").alias("record")).select(
        "address", "block", "record.*"
    )


@contextmanager
def undivided(spark: SparkSession) -> Iterator[None]:
    """Within the block, each file is read by one task: what a line means depends on those above."""
    before = {key: spark.conf.get(key) for key in _DIVISION}
    try:
        for key in _DIVISION:
            spark.conf.set(key, _WHOLE)
        yield
    finally:
        for key, value in before.items():
            spark.conf.set(key, str(value))


def _reader(by_file: Mapping[str, Look], date_format: str | None) -> Callable[..., Column]:
    """A function of lines (address, block, content) that makes of each the records it ends.

    Or of a later one, for it must give back as many as it gets: a list for each line.
    """

    @arrow_udf(_SQL_RECORDS)  # type: ignore[call-overload, untyped-decorator]  # Declared too narrowly.
    def read(
        batches: Iterator[tuple[pa.Array, pa.Array, pa.Array]],
    ) -> Iterator[pa.Array]:
        owed: deque[int] = deque()
        read_time = time_reader(date_format)
        records: list[dict[str, object]] = []
        for (address, _), lines in groupby(_lines(batches, owed), lambda line: line[:2]):
            look = by_file[plain_of_address(address)]
            for record in _records(look, (line for *_, line in lines), read_time):
                if len(owed) > 1:  # All of the first of these batches was read.
                    yield _given_back(records, owed.popleft())
                    records = []
                records.append(record)
        while owed:
            yield _given_back(records, owed.popleft())
            records = []

    # Else Spark would call it twice: to leave out lines without records, and on what is left.
    return read.asNondeterministic()  # type: ignore[no-any-return]  # Declared as Any.


def _lines(
    batches: Iterable[tuple[pa.Array, pa.Array, pa.Array]], owed: deque[int]
) -> Iterator[tuple[str, int, bytes]]:
    for columns in batches:
        owed.append(len(columns[0]))
        yield from zip(*(column.to_pylist() for column in columns), strict=True)


def _given_back(records: list[dict[str, object]], length: int) -> pa.Array:
    """Lists, as many as there were lines: the first has the records."""
    ends = pa.array([0, *[len(records)] * length], pa.int32())
    return pa.ListArray.from_arrays(ends, pa.array(records, _RECORD))


def _content(lines: Iterable[bytes], *, unit: int) -> Iterator[bytes]:
    """The lines with the breaks between them; how the last one ended is not known."""
    length = 0
    for number, line in enumerate(lines):
        piece = b"\n" + line if number else line
        length += len(piece)
        yield piece
    if length % unit:
        yield b"\n"  # The last byte of a line break at the end.


def _records(
    look: Look, lines: Iterable[bytes], read_time: ReadTime
) -> Iterator[dict[str, object]]:
    """The records of a block."""
    encoding = look.shape.encoding if look.shape else ""
    text = text_of(content_of(_content(lines, unit=_UNITS.get(encoding, 1))), encoding)
    wanted = look.chosen.wanted
    places = [
        wanted.index(index) if index is not None else None
        for index in (
            next(iter(look.chosen.email), None),
            next(iter(look.chosen.phone_number), None),
            look.chosen.created_at,
            look.chosen.external_id,
            look.chosen.source,
        )
    ]
    names = Names()
    new_names: list[str] = []

    def see(record: Object) -> None:
        before = len(names)
        if names.see(record):
            new_names.extend(islice(names, before, None))

    for row in _rows(look, text, see):
        if isinstance(row, Skipped):
            yield {"problem": row.value, "is_time": True}
            continue
        record = dict(zip(VALUES, (None if p is None else row[p] for p in places), strict=True))
        at = record["created_at"]
        time = read_time(at) if at else None
        is_time = time is not None or not at or says_no_time(at)
        yield {**record, "created_at": time, "is_time": is_time, "names": new_names.copy() or None}
        new_names.clear()


def _rows(look: Look, text: TextIO, see: Callable[[Object], None]) -> Iterator[Row | Skipped]:
    shape = look.shape
    if isinstance(shape, CSVShape):
        lines = Lines(text)
        lines.skip(shape.before)
        yield from csv_rows(lines, shape.delimiter, width=len(look.names), chosen=look.chosen)
    elif shape is not None:
        yield from json_rows(objects_of(text, shape), look.fields, see)
