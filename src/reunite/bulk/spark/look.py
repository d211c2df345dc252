"""The form of files: the driver looks at the start of each before any row is read."""

import bz2
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql.types import DataType, StructType

from reunite.bulk.spark.files import start_of
from reunite.core.imports.files import Columns, Form, Unreadable, told_by
from reunite.core.imports.records.columns import Chosen, choose
from reunite.core.imports.records.header import START_BYTES, CSVShape, csv_sample, csv_shape
from reunite.core.imports.records.json_shape import (
    JSONShape,
    json_sample,
    json_shape,
    names_at_start,
)
from reunite.core.imports.records.sampled import NOTHING_SAMPLED, Sampled

_BZIP2 = ".bz2"
_NONE = Chosen((), (), None, None, None)


@dataclass(frozen=True, slots=True)
class Look:
    """A file, the names of its columns, and which of them are read.

    Of JSON perhaps none was found yet. ``shape`` belongs to text; ``paths`` and ``types`` belong
    to the columns of Parquet, like ``names``. ``sampled``: what the first cells of text hold; those
    of Parquet are not looked at, for it may come in thousands of files.
    """

    file: str
    names: Sequence[str] = ()
    chosen: Chosen = _NONE
    shape: CSVShape | JSONShape | None = None
    paths: Sequence[tuple[str, ...]] = ()
    types: Sequence[DataType] = ()
    sampled: Sampled = NOTHING_SAMPLED

    @property
    def first_line(self) -> int:
        """The line of its first row."""
        return self.shape.before + 2 if isinstance(self.shape, CSVShape) else 1

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The names of the columns that are read, and what each is read as."""
        return self.chosen.fields(self.names)

    def with_names(self, names: Sequence[str], asked: Columns, form: Form) -> "Look":
        """The same file with all names that are in it; raises Unreadable."""
        chosen = choose(
            names,
            asked,
            has_times=form.has_times,
            start=f"{self.file} ",
            sampled=self.sampled,
            has_header=isinstance(self.shape, CSVShape),
        )
        if len(chosen.email) > 1 or len(chosen.phone_number) > 1:
            raise Unreadable(
                "a cluster reads one column of emails and one of phone numbers: "
                "import with --engine duckdb"
            )
        return replace(self, names=names, chosen=chosen)


def look(spark: SparkSession, file: str, asked: Columns, form: Form, *, format: str | None) -> Look:
    """Look at a file; raises Unreadable if it cannot be read as orders."""
    match format or told_by(file.lower().removesuffix(_BZIP2).rpartition("/")[2])[0]:
        case "csv":
            start = _start(spark, file)
            csv = csv_shape(start, asked, form, name=file)
            found = Look(file, shape=csv, sampled=csv_sample(start, csv))
            return found.with_names(csv.names, asked, form)
        case "jsonl":
            return _look_at_json(_start(spark, file), file, asked, form)
        case "parquet":
            leaves = list(_leaves(spark.read.parquet(file).schema))
            paths, types = zip(*leaves, strict=True) if leaves else ((), ())
            found = Look(file, paths=paths, types=types)
            return found.with_names([".".join(path) for path in paths], asked, form)
    raise Unreadable(f"{file}: a name must end in csv, jsonl or parquet, compressed or not")


def _look_at_json(start: bytes, file: str, asked: Columns, form: Form) -> Look:
    shape = json_shape(start, form, name=file, asked=asked)
    names = list(names_at_start(start, shape))
    found = Look(file, names, shape=shape, sampled=json_sample(start, shape, names))
    try:
        return found.with_names(names, asked, form)
    except Unreadable:
        return found  # A column may have its first value far below.


def _leaves(
    type: StructType, above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], DataType]]:
    for each in type.fields:
        if isinstance(each.dataType, StructType):
            yield from _leaves(each.dataType, (*above, each.name))
        else:
            yield (*above, each.name), each.dataType


def _start(spark: SparkSession, file: str) -> bytes:
    """Up to START_BYTES of what is in a file of text, without its compression."""
    stored = start_of(spark, file, START_BYTES)
    name = file.lower()
    try:
        if name.endswith(".gz"):
            return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(stored, START_BYTES)
        if name.endswith(".zst"):
            with pa.CompressedInputStream(io.BytesIO(stored), "zstd") as stream:
                return bytes(stream.read(START_BYTES))
        if name.endswith(_BZIP2):
            return bz2.BZ2Decompressor().decompress(stored, START_BYTES)
    except (OSError, zlib.error, pa.ArrowException) as error:
        raise Unreadable(f"{file} cannot be read: it is damaged or cut off") from error
    return stored
