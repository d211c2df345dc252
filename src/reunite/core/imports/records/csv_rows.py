"""Rows of CSV (RFC 4180): the quote is ``"``, doubled inside quotes, and there is no comment sign.

A record that breaks the rules, such as a quote that is never closed, ends with its first line: what
follows is read anew, so that it is refused alone.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter

from reunite.core.imports.records.columns import Chosen
from reunite.core.imports.records.footer import Ending, Footers
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
    lines: Lines, delimiter: str, *, width: int, chosen: Chosen
) -> Iterator[Row | Skipped]:
    """The wanted fields of each record below the header, which has ``width`` names.

    What a record has less is empty; what it has more must be, as spreadsheets leave it. Footers
    below the last record are SUMMARY.
    """
    records = csv_records(lines, delimiter)
    next(records, None)
    pick = _picker(chosen.wanted)
    ending = Ending(Footers(chosen.email, chosen.phone_number))
    email = next(iter(chosen.email), None)
    row: Row | Skipped
    for fields in records:
        if isinstance(fields, Skipped):
            row = fields
        elif not fields:
            row = Skipped.BLANK
        elif len(fields) > width and any(fields[width:]):
            row = Skipped.MALFORMED
        else:
            if len(fields) < width:
                fields.extend([""] * (width - len(fields)))
            row = pick(fields)
            if lines.taken_length > _SHORT:
                row = tuple(map(bounded, row))
            if email is not None and "@" in fields[email] and not ending.held:
                yield row  # As most are: no footer.
                continue
        yield from ending.take(row, fields)
    yield from ending.rest()


def _picker(wanted: Sequence[int]) -> Callable[[list[str]], tuple[str, ...]]:
    if len(wanted) == 1:
        (only,) = wanted
        return lambda fields: (fields[only],)
    return itemgetter(*wanted)
