"""What a file is like: its columns, chosen before a row of it is read."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from reunite.bulk.content import content_of_file, start_of
from reunite.bulk.files import File
from reunite.core.imports.files import Columns, Form, Unreadable
from reunite.core.imports.records.columns import Chosen, choose
from reunite.core.imports.records.header import CSVShape, csv_shape
from reunite.core.imports.records.json_rows import Names, Object
from reunite.core.imports.records.json_shape import (
    JSONShape,
    json_shape,
    names_at_start,
    names_of,
    objects_of,
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

    ``shape`` is that of a file of text; ``leaves`` are the columns of Parquet, as the names.
    """

    file: File
    names: Sequence[str]
    chosen: Chosen
    shape: CSVShape | JSONShape | None = None
    leaves: Sequence[Leaf] = ()


def look(file: File, asked: Columns, form: Form) -> Look:
    """Look at a file's first records; raises Unreadable if it cannot be read as orders."""
    match file.format:
        case "csv":
            csv = csv_shape(start_of(file), asked, form, name=file.name)
            return Look(file, csv.names, _chosen(csv.names, asked, form, file), csv)
        case "jsonl":
            return _look_at_json(file, asked, form)
        case _:
            leaves = [
                Leaf(number, path, type)
                for number, column in enumerate(_schema(file))
                for path, type in _leaves(column.name, column.type)
            ]
            names = [".".join(leaf.path) for leaf in leaves]
            return Look(file, names, _chosen(names, asked, form, file), leaves=leaves)


def look_again(found: Look, names: Names, asked: Columns, form: Form) -> Look:
    """The same file of JSON, of which more names are known."""
    chosen = _chosen(list(names), asked, form, found.file)
    return Look(found.file, list(names), chosen, found.shape)


@contextmanager
def json_objects(file: File, shape: JSONShape) -> Iterator[Iterator[Object | Skipped]]:
    """The objects of a file of JSON, in order."""
    with content_of_file(file) as content, text_of(content, shape.encoding) as text:
        yield objects_of(text, shape)


def _look_at_json(file: File, asked: Columns, form: Form) -> Look:
    start = start_of(file)
    shape = json_shape(start, form, name=file.name)
    names = list(names_at_start(start, shape))
    try:
        chosen = _chosen(names, asked, form, file)
    except Unreadable:
        # A column may have its first value far below.
        with json_objects(file, shape) as objects:
            names = list(names_of(objects))
        chosen = _chosen(names, asked, form, file)
    return Look(file, names, chosen, shape)


def _chosen(names: Sequence[str], asked: Columns, form: Form, file: File) -> Chosen:
    return choose(names, asked, has_times=form.has_times, start=f"{file.name} ")


def _schema(file: File) -> pa.Schema:
    try:
        return pq.read_schema(file.path)
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise Unreadable(
            f"{file.name} cannot be read: it is no Parquet, is cut off or is damaged"
        ) from error


def _leaves(name: str, type: pa.DataType) -> Iterator[tuple[tuple[str, ...], pa.DataType]]:
    """The paths and types of a column's values: its own, or those of the fields of a struct."""
    if not pa.types.is_struct(type):
        yield (name,), type
        return
    for each in type:
        for path, leaf in _leaves(each.name, each.type):
            yield (name, *path), leaf
