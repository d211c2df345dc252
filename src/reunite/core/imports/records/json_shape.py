"""How a file of JSON is written, told by its start: in lines, or as one array."""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from reunite.core.imports.files import Columns, Form, Unreadable
from reunite.core.imports.records.header import require_text
from reunite.core.imports.records.json_array import array_objects, array_start
from reunite.core.imports.records.json_rows import Names, Object, json_lines, json_rows
from reunite.core.imports.records.sampled import Sampled, sampled
from reunite.core.imports.records.text import Lines, text_of
from reunite.core.imports.records.values import Skipped

_OBJECT = re.compile(r'\{\s*"|\[\s*\]|\{\s*\}')

_VALUE = re.compile(r'\s*(?:\[|"|null|true|false|-?\d+\s*$)')
_ANY = Columns()


@dataclass(frozen=True, slots=True)
class JSONShape:
    """How the file ``name`` of JSON is written.

    ``start``: where its array begins, None if it is JSONL.
    """

    encoding: str
    start: int | None
    name: str = "the file"


def json_shape(start: bytes, form: Form, *, name: str, asked: Columns = _ANY) -> JSONShape:
    """The shape of the file ``name`` that begins with ``start``.

    Raises Unreadable for one that is empty, no text, or of objects that take several lines; and for
    one that has several arrays with contact details.
    """
    encoding = require_text(start, form.encoding, name=name)
    text = text_of(io.BytesIO(start), encoding).read()
    if not text.strip():
        raise Unreadable(f"{name} is empty")
    if not _OBJECT.search(text):
        way_out = (
            'write each row as an object, like {"email": "lorraine@hillvalley.edu"}'
            if _VALUE.match(text)
            else "if it is CSV, say --format csv"
        )
        raise Unreadable(f"{name} has no object of JSON: {way_out}")
    array = array_start(text, asked, name=name)
    if array is None and text.lstrip().partition("\n")[0].strip() == "{":
        raise Unreadable(
            f"{name} has objects of several lines: write each in one line, or all in one array"
        )
    return JSONShape(encoding, array, name)


def objects_of(text: TextIO, shape: JSONShape) -> Iterator[Object | Skipped]:
    """The objects of a text, in order."""
    return (
        json_lines(Lines(text))
        if shape.start is None
        else array_objects(text, shape.start, name=shape.name)
    )


def names_at_start(start: bytes, shape: JSONShape) -> Names:
    """The names of the fields in the first objects of a file."""
    return names_of(objects_of(text_of(io.BytesIO(start), shape.encoding), shape))


def json_sample(start: bytes, shape: JSONShape, names: Sequence[str]) -> Sampled:
    """The values of the fields with these names in the first objects of a file."""
    objects = objects_of(text_of(io.BytesIO(start), shape.encoding), shape)
    rows = json_rows(objects, [(name, "") for name in names], see=lambda _: None)
    return sampled(row for row in rows if not isinstance(row, Skipped))


def names_of(objects: Iterator[Object | Skipped]) -> Names:
    """The names of the fields of all objects."""
    names = Names()
    for each in objects:
        if not isinstance(each, Skipped):
            names.see(each)
    return names
