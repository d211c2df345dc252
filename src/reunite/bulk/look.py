"""The form of a file: its columns, chosen before any row is read."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import types

from reunite.bulk.content import content_of_file, start_of
from reunite.bulk.engine import Engine
from reunite.bulk.files import File
from reunite.bulk.sql import ABSENT, quoted, quoted_name
from reunite.core.identifiers.kinds import EMAIL_MAX_LENGTH
from reunite.core.imports.files import Columns, Form, Unreadable
from reunite.core.imports.records.columns import Chosen, choose
from reunite.core.imports.records.header import CSVShape, csv_sample, csv_shape
from reunite.core.imports.records.json_rows import Names, Object
from reunite.core.imports.records.json_shape import (
    JSONShape,
    json_sample,
    json_shape,
    names_at_start,
    names_of,
    objects_of,
)
from reunite.core.imports.records.sampled import (
    NOTHING_SAMPLED,
    SAMPLE_ROWS,
    Sampled,
    sampled,
)
from reunite.core.imports.records.text import text_of
from reunite.core.imports.records.values import Skipped


@dataclass(frozen=True, slots=True)
class Leaf:
    """A column of Parquet, or a field of a struct: the column's number, the path, the type."""

    number: int
    path: tuple[str, ...]
    type: pa.DataType


@dataclass(frozen=True, slots=True)
class Look:
    """A file, the names of its columns, and which of them are read.

    ``shape`` belongs to a file of text; ``leaves`` are the columns of Parquet, as the names.
    """

    file: File
    names: Sequence[str]
    chosen: Chosen
    shape: CSVShape | JSONShape | None = None
    leaves: Sequence[Leaf] = ()


def look(engine: Engine, file: File, asked: Columns, form: Form) -> Look:
    """Look at a file's first records; raises Unreadable if it cannot be read as orders."""
    match file.format:
        case "csv":
            start = start_of(file)
            csv = csv_shape(start, asked, form, name=file.name)
            chosen = _chosen(csv.names, asked, form, file, csv_sample(start, csv))
            return Look(file, csv.names, chosen, csv)
        case "jsonl":
            return _look_at_json(file, asked, form)
        case _:
            leaves = [
                Leaf(number, path, type)
                for number, column in enumerate(_schema(file))
                for path, type in _leaves(column.name, column.type)
            ]
            names = [".".join(leaf.path) for leaf in leaves]
            chosen = _chosen(names, asked, form, file, _sample(engine, file, leaves))
            return Look(file, names, chosen, leaves=leaves)


def look_again(found: Look, names: Names, asked: Columns, form: Form) -> Look:
    """The same file of JSON, with more names known."""
    chosen = _chosen(list(names), asked, form, found.file, found.chosen.sampled)
    return Look(found.file, list(names), chosen, found.shape)


@contextmanager
def json_objects(file: File, shape: JSONShape) -> Iterator[Iterator[Object | Skipped]]:
    """The objects of a file of JSON, in order."""
    with content_of_file(file) as content, text_of(content, shape.encoding) as text:
        yield objects_of(text, shape)


def _look_at_json(file: File, asked: Columns, form: Form) -> Look:
    start = start_of(file)
    shape = json_shape(start, form, name=file.name, asked=asked)
    names = list(names_at_start(start, shape))
    sample = json_sample(start, shape, names)
    try:
        chosen = _chosen(names, asked, form, file, sample)
    except Unreadable:
        # A column may have its first value far below.
        with json_objects(file, shape) as objects:
            names = list(names_of(objects))
        chosen = _chosen(names, asked, form, file, sample)
    return Look(file, names, chosen, shape)


def _chosen(
    names: Sequence[str], asked: Columns, form: Form, file: File, sample: Sampled
) -> Chosen:
    return choose(
        names,
        asked,
        has_times=form.has_times,
        start=f"{file.name} ",
        sampled=sample,
        has_header=file.format == "csv",
    )


def _sample(engine: Engine, file: File, leaves: Sequence[Leaf]) -> Sampled:
    """The first cells of Parquet's columns of text; none if they are damaged."""
    table = f"read_parquet([{quoted(str(file.path))}], hive_partitioning = false)"
    try:
        columns = engine.column_names(table)
        texts = ", ".join(
            _short_text(".".join(map(quoted_name, (columns[leaf.number], *leaf.path[1:]))))
            if is_text(leaf.type)
            else ABSENT
            for leaf in leaves
        )
        return sampled(engine.rows(f"SELECT {texts} FROM {table} LIMIT {SAMPLE_ROWS}"))
    except duckdb.Error:
        return NOTHING_SAMPLED


def _short_text(column: str) -> str:
    """SQL for a text, unless it is longer than any detail: a cell may have megabytes."""
    return f"CASE WHEN strlen({column}) <= {EMAIL_MAX_LENGTH} THEN {column} END"


def is_text(type: pa.DataType) -> bool:
    """Whether values of a type of Arrow are text, perhaps by their numbers in a dictionary."""
    type = type.value_type if types.is_dictionary(type) else type
    return bool(types.is_string(type) or types.is_large_string(type) or types.is_string_view(type))


def _schema(file: File) -> pa.Schema:
    try:
        return pq.read_schema(file.path)
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise Unreadable(
            f"{file.name} cannot be read: it is no Parquet (if it is text, say --format csv or "
            "--format jsonl), is cut off or is damaged"
        ) from error


def _leaves(name: str, type: pa.DataType) -> Iterator[tuple[tuple[str, ...], pa.DataType]]:
    """The paths and types of a column's values: its own, or those of the fields of a struct."""
    if not pa.types.is_struct(type):
        yield (name,), type
        return
    for each in type:
        for path, leaf in _leaves(each.name, each.type):
            yield (name, *path), leaf
