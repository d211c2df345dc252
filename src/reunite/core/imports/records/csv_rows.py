"""Rows of CSV (RFC 4180): the quote is ``"``, doubled inside quotes, and there is no comment sign.

A record that breaks the rules, such as a quote that is never closed, ends with its first line: what
follows is read anew, so that it is refused alone.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter

from reunite.core.imports.records.text import RECORD_MAX_LENGTH, Lines, TooLong
from reunite.core.imports.records.values import VALUE_MAX_LENGTH, Row, Skipped, bounded

_SHORT = VALUE_MAX_LENGTH // 4
"""A record of so many characters has no value that is too long."""

# The limit is the process's; it is never made smaller, for other code may need it.
csv.field_size_limit(max(csv.field_size_limit(), RECORD_MAX_LENGTH))


def csv_records(lines: Lines, delimiter: str) -> Iterator[list[str] | Skipped]:
    """The fields of each record, in order: none of a blank line, and why for what is no record."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.begin()
        try:
            fields = next(reader)
        except StopIteration:
            return
        except (csv.Error, TooLong):
            lines.give_back()
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            yield Skipped.MALFORMED
            continue
        yield fields if lines.taken_is_text else lines.taken_problem


def csv_rows(
    lines: Lines, delimiter: str, *, width: int, wanted: Sequence[int]
) -> Iterator[Row | Skipped]:
    """The wanted fields of each record, of a header of ``width`` names.

    What a record has less is empty; what it has more must be, as spreadsheets leave it.
    """
    pick = _picker(wanted)
    for fields in csv_records(lines, delimiter):
        if isinstance(fields, Skipped):
            yield fields
        elif not fields:
            yield Skipped.BLANK
        elif len(fields) > width and any(fields[width:]):
            yield Skipped.MALFORMED
        else:
            if len(fields) < width:
                fields.extend([""] * (width - len(fields)))
            row = pick(fields)
            yield row if lines.taken_length <= _SHORT else tuple(map(bounded, row))


def _picker(wanted: Sequence[int]) -> Callable[[list[str]], tuple[str, ...]]:
    if len(wanted) == 1:
        (only,) = wanted
        return lambda fields: (fields[only],)
    return itemgetter(*wanted)
