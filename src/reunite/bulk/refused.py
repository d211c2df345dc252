"""Refused rows: a file that says of each where it stands, why, and in which column."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from reunite.bulk.engine import Engine
from reunite.core.imports.reasons import FIELDS, REASONS
from reunite.outputs import Unusable, written_whole

HEADER = ("file", "line", "reason", "column")
# As it was before columns were told, too.
_START = b"file,line,reason"
# First why the row is refused, then what else is wrong with it.
_LISTED = f"""
    SELECT row, told.reason, number FROM told LEFT JOIN refused USING (row)
    WHERE row > {{before}} AND row <= {{up_to}}
    ORDER BY row, coalesce(told.reason = refused.reason, false) DESC,
             list_position({list(REASONS)}, told.reason), number
"""
_SPOILT = "SELECT line, reason, NULL FROM spoilt WHERE file = {number} ORDER BY line"
_COUNTED = """
    SELECT reason, count(*) FROM (
        SELECT reason FROM refused UNION ALL SELECT reason FROM spoilt WHERE reason IS NOT NULL)
    GROUP BY reason
"""

_Listed = tuple[int, str | None, int | None]
"""A row or line, a reason (None if it is not listed), and the column among those of its field."""


def require_replaceable(path: Path | None) -> None:
    """Raise Unusable for a file that exists and is no list of refused rows.

    A list is replaced, for an import that goes on writes it anew.
    """
    if path is None or not path.is_file():
        return
    with path.open("rb") as file:
        start = file.read(len(_START))
    if start and start != _START:
        raise Unusable(
            f"{path} exists and is no list of refused rows: name another file with --refused"
        )


def write_refused(engine: Engine, path: Path | None, *, mode: int = 0o666) -> dict[str, int]:
    """How many rows are refused, by reason; each is written to ``path``, if there is one.

    So is each value that cannot be read, of rows that were refused or were taken without it.
    ``line`` is the number of the record in its file, a header and what is above it counted. It is
    the number of the line unless values hold line breaks.
    """
    if path is not None:
        write_list(path, _refused(engine), mode=mode)
    return by_count(dict(engine.rows(_COUNTED)))


def write_list(path: Path, rows: Iterable[tuple[str, int, str, str]], *, mode: int = 0o666) -> None:
    """Write the list of refused rows: the file, line, reason and column of each value."""
    with written_whole(path, mode=mode) as part, part.open("w", newline="") as file:
        csv.writer(file).writerows(chain([HEADER], rows))


def by_count(counts: Mapping[str, int]) -> dict[str, int]:
    """The counts that are not 0: the highest first, equal ones by reason."""
    in_order = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return {reason: count for reason, count in in_order if count}


def left_out_counts(engine: Engine) -> dict[str, int]:
    """How many rows were taken without one of their values, by reason."""
    rows = engine.rows("SELECT reason, count(*) FROM left_out GROUP BY reason ORDER BY 2 DESC, 1")
    return dict(rows)


def _refused(engine: Engine) -> Iterator[tuple[str, int, str, str]]:
    before = 0
    for number, name, first_line, count in engine.rows("SELECT * FROM file ORDER BY number"):
        up_to = before + count
        columns = _columns(engine, number)
        rows = (
            (row - before, reason, column)
            for row, reason, column in _streamed(engine, _LISTED.format(before=before, up_to=up_to))
        )
        spoilt = _streamed(engine, _SPOILT.format(number=number))
        for line, reason, column in _by_line(rows, spoilt, first_line=first_line):
            if reason is not None:
                yield str(name), line, reason, columns.get((FIELDS.get(reason), column), "")
        before = up_to


def _columns(engine: Engine, number: int) -> dict[tuple[str | None, int | None], str]:
    """The names of the columns of a file, by their field and number."""
    rows = engine.rows(f"SELECT field, number, name FROM file_column WHERE file = {number}")
    return {(field, column): name for field, column, name in rows}


def _streamed(engine: Engine, sql: str) -> Iterator[Any]:
    return chain.from_iterable(engine.stream(sql, size=10_000))


def _by_line(
    rows: Iterator[_Listed], spoilt: Iterator[_Listed], *, first_line: int
) -> Iterator[_Listed]:
    """The rows by their lines, among the records that are no rows: these have no other number."""
    skipped = 0
    no_row = next(spoilt, None)
    for row, reason, column in rows:
        while no_row is not None and no_row[0] < first_line + row + skipped:
            yield no_row
            skipped += 1
            no_row = next(spoilt, None)
        yield first_line + row - 1 + skipped, reason, column
    if no_row is not None:
        yield no_row
    yield from spoilt
