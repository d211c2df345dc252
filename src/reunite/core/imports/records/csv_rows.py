"""Rows of CSV (RFC 4180): the quote is ``"``, doubled inside quotes, and there is no comment sign.

A record that breaks the rules, such as a quote that is never closed, ends with its first line: what
follows is read anew, so that it is refused alone.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter

from reunite.core.imports.records.columns import Chosen
from reunite.core.imports.records.footer import MAX_FOOTERS, Footers
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
    footers = Footers(chosen.email, chosen.phone_number)
    # Whether a record is a footer is known when another one follows, or the file ends.
    held: list[tuple[Row | Skipped, bool | None]] = []
    for each in _rows(lines, records, width, chosen.wanted, footers):
        if each[1] is False:
            yield from (row for row, _ in held)
            held.clear()
            yield each[0]
        elif each[1] or held:
            held.append(each)
            if len(held) > MAX_FOOTERS:
                yield held.pop(0)[0]
        else:
            yield each[0]
    for row, is_footer in held:
        yield Skipped.SUMMARY if is_footer else row


def _rows(
    lines: Lines,
    records: Iterable[list[str] | Skipped],
    width: int,
    wanted: Sequence[int],
    footers: Footers,
) -> Iterator[tuple[Row | Skipped, bool | None]]:
    """The wanted fields of each record, and whether it is a footer if it is among the last.

    None of a record without values.
    """
    pick = _picker(wanted)
    for fields in records:
        if isinstance(fields, Skipped):
            yield fields, False
        elif not fields:
            yield Skipped.BLANK, None
        elif len(fields) > width and any(fields[width:]):
            yield Skipped.MALFORMED, False
        else:
            if len(fields) < width:
                fields.extend([""] * (width - len(fields)))
            row = pick(fields)
            short = row if lines.taken_length <= _SHORT else tuple(map(bounded, row))
            yield short, (footers.are_one(fields) if any(fields) else None)


def _picker(wanted: Sequence[int]) -> Callable[[list[str]], tuple[str, ...]]:
    if len(wanted) == 1:
        (only,) = wanted
        return lambda fields: (fields[only],)
    return itemgetter(*wanted)
