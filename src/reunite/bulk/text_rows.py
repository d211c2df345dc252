"""Rows of files of text, read by ``core.records``, as a table of the engine."""

from collections.abc import Iterable
from itertools import islice

from reunite.bulk.content import content_of_file
from reunite.bulk.engine import Engine
from reunite.bulk.look import Look, json_objects, look_again
from reunite.core.imports.files import Columns, Form
from reunite.core.imports.records.csv_rows import csv_rows
from reunite.core.imports.records.header import CSVShape
from reunite.core.imports.records.json_rows import Names, json_rows
from reunite.core.imports.records.json_shape import JSONShape
from reunite.core.imports.records.text import Lines, text_of
from reunite.core.imports.records.values import Row, Skipped

TABLE = "text_row"
SPOILT = "CREATE TABLE spoilt (file INTEGER, line BIGINT, reason VARCHAR)"
"""The records of each file that are no rows; those without a reason are blank lines."""

_BATCH = 10_000


def copy_csv(engine: Engine, look: Look, shape: CSVShape, number: int) -> None:
    """Make TABLE with a column of text (v0, v1…) for each that is wanted; fill ``spoilt``.

    Raises Unreadable for what cannot be unpacked.
    """
    with content_of_file(look.file) as content, text_of(content, shape.encoding) as text:
        lines = Lines(text)
        lines.skip(shape.before)
        rows = csv_rows(lines, shape.delimiter, width=len(look.names), chosen=look.chosen)
        _copy(engine, rows, len(look.chosen.wanted), number, first_line=shape.before + 2)


def copy_json(
    engine: Engine, look: Look, shape: JSONShape, number: int, *, asked: Columns, form: Form
) -> Look:
    """The same for JSON; how the file looks when all names in it are known.

    A name that comes late counts as if it came first: the file is read again, if it is read
    otherwise then. Raises Unreadable.
    """
    while True:
        names = Names()
        fields = look.chosen.fields(look.names)
        with json_objects(look.file, shape) as objects:
            _copy(engine, json_rows(objects, fields, names.see), len(fields), number, first_line=1)
        found = look_again(look, names, asked, form)
        if found.chosen.fields(found.names) == fields:
            return found
        engine.run("DELETE FROM spoilt WHERE file = $number", number=number)
        look = found


def _copy(
    engine: Engine, rows: Iterable[Row | Skipped], width: int, number: int, *, first_line: int
) -> None:
    columns = [f"v{index}" for index in range(width)]
    engine.run(f"CREATE OR REPLACE TABLE {TABLE} ({', '.join(f'{v} VARCHAR' for v in columns)})")
    numbered = enumerate(rows, first_line)
    while batch := list(islice(numbered, _BATCH)):
        read = [row for _, row in batch if not isinstance(row, Skipped)]
        if read:
            values = zip(*read, strict=True)
            engine.add_columns(TABLE, **dict(zip(columns, map(list, values), strict=True)))
        skipped = [(line, row) for line, row in batch if isinstance(row, Skipped)]
        engine.add_columns(
            "spoilt",
            file=[number] * len(skipped),
            line=[line for line, _ in skipped],
            reason=[None if row is Skipped.BLANK else row.value for _, row in skipped],
        )
