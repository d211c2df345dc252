"""A file by its beginning: its columns, what each is read as, and the first rows."""

import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from reunite.core.imports.files import Columns, Form, Unreadable
from reunite.core.imports.records.columns import choose, told
from reunite.core.imports.records.csv_rows import csv_records
from reunite.core.imports.records.header import csv_sample, csv_shape
from reunite.core.imports.records.json_rows import json_rows
from reunite.core.imports.records.json_shape import (
    json_sample,
    json_shape,
    names_at_start,
    objects_of,
)
from reunite.core.imports.records.sampled import Sampled
from reunite.core.imports.records.text import Lines, text_of
from reunite.core.imports.records.values import UNREADABLE, Skipped

PREVIEW_BYTES = 256 * 1024
"""The part of a file that is enough, as it is sent and without its compression."""
PREVIEW_ROWS = 10
PREVIEW_COLUMNS = 100
_CELL_MAX_LENGTH = 80
_NAME_MAX_LENGTH = 255
_OTHER = "…"
"""Stands for a value that is no text and no number."""
_GZIP = zlib.MAX_WBITS | 16

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what a user can call it, and the field of ``Columns`` that it is read as, if any.

    ``cells`` are those of the first rows, cut where they are long.
    """

    name: str
    sayable: str
    field: str | None
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """The first columns of a file, how many more there are, and what is said of them.

    ``problem`` is why the file cannot be read with these columns. There are no columns where the
    beginning does not tell them: of Parquet, and of what zstd has compressed.
    """

    columns: tuple[Column, ...] = ()
    left_out: int = 0
    notes: tuple[str, ...] = ()
    problem: str | None = None


def preview(
    start: bytes,
    *,
    name: str,
    format: str,
    compression: str | None,
    columns: Columns,
    form: Form,
) -> Preview:
    """Preview the file ``name`` that begins with ``start``, up to PREVIEW_BYTES of it.

    Raises Unreadable for a file that cannot be read with any choice of columns.
    """
    if format == "parquet" or compression == "zstd":
        return Preview()
    if compression == "gzip":
        start = _unzipped(start, name)
    names, sample, rows = (_csv if format == "csv" else _json)(start, name, columns, form)
    try:
        chosen = choose(names, columns, has_times=form.has_times, start=f"{name} ", sampled=sample)
        fields = dict(zip(chosen.wanted, (field for _, field in chosen.fields(names)), strict=True))
        notes, problem = tuple(told(names, chosen)), None
    except Unreadable as error:
        fields, notes, problem = {}, (), str(error)
    shown = sorted({*range(min(len(names), PREVIEW_COLUMNS)), *fields})
    return Preview(
        tuple(
            Column(
                _shown(names[index]),
                _sayable(names, index),
                fields.get(index),
                tuple(row[index] if index < len(row) else "" for row in rows),
            )
            for index in shown
        ),
        len(names) - len(shown),
        notes,
        problem,
    )


def _csv(
    start: bytes, name: str, columns: Columns, form: Form
) -> tuple[Sequence[str], Sampled, Rows]:
    shape = csv_shape(start, columns, form, name=name)
    lines = Lines(text_of(io.BytesIO(start), shape.encoding))
    lines.skip(shape.before)
    records = islice(csv_records(lines, shape.delimiter), 1, None)
    rows = _first(each for each in records if not isinstance(each, Skipped) and each)
    return shape.names, csv_sample(start, shape), rows


def _json(
    start: bytes, name: str, columns: Columns, form: Form
) -> tuple[Sequence[str], Sampled, Rows]:
    shape = json_shape(start, form, name=name, asked=columns)
    names = list(names_at_start(start, shape))
    objects = objects_of(text_of(io.BytesIO(start), shape.encoding), shape)
    found = json_rows(objects, [(each, "") for each in names], see=lambda _: None)
    rows = _first(each for each in found if not isinstance(each, Skipped))
    return names, json_sample(start, shape, names), rows


def _first(rows: Iterator[Sequence[str | None]]) -> Rows:
    return [[_shown(cell or "") for cell in row] for row in islice(rows, PREVIEW_ROWS)]


def _shown(text: str) -> str:
    """The text as a page can show it."""
    return _OTHER if text == UNREADABLE else _encodable(text[:_CELL_MAX_LENGTH])


def _encodable(text: str) -> str:
    """The text without halves of surrogate pairs, which JSON can name."""
    return text.encode(errors="replace").decode()


def _sayable(names: Sequence[str], index: int) -> str:
    """The name where it tells this column alone, else the number."""
    name = names[index]
    tells = name.strip() and names.count(name) == 1 and len(name) <= _NAME_MAX_LENGTH
    return name if tells and name == _encodable(name) else f"column {index + 1}"


def _unzipped(start: bytes, name: str) -> bytes:
    try:
        return zlib.decompressobj(_GZIP).decompress(start, PREVIEW_BYTES)
    except zlib.error as error:
        raise Unreadable(
            f"{name} cannot be read: it is damaged, or it is not compressed by gzip"
        ) from error
