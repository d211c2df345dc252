"""Refused rows: a file that says of each where it stands and why."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from reunite.bulk.engine import Engine
from reunite.outputs import Unusable, written_whole

# A list would tell which of many candidates was a person's.
_NEVER_LISTED = "erased"
_HEADER = b"file,line,reason"
_LISTED = """
    SELECT row, reason, is_row FROM (
        SELECT row, reason, true AS is_row FROM refused
        UNION ALL SELECT row, reason, false FROM left_out)
    WHERE row > {before} AND row <= {up_to} ORDER BY row, reason
"""
_SPOILT = "SELECT line, reason, true FROM spoilt WHERE file = {number} ORDER BY line"

_Listed = tuple[int, str | None, bool]
"""A number, a reason (None for what is not listed), and whether it is of a whole row."""


def require_replaceable(path: Path | None) -> None:
    """Raise Unusable for a file that exists and is no list of refused rows.

    A list is replaced, for an import that goes on writes it anew.
    """
    if path is None or not path.is_file():
        return
    with path.open("rb") as file:
        start = file.read(len(_HEADER) + 1)
    if start and not start.startswith(_HEADER):
        raise Unusable(
            f"{path} exists and is no list of refused rows: name another file with --refused"
        )


def write_refused(engine: Engine, path: Path | None, *, mode: int = 0o666) -> dict[str, int]:
    """How many rows are refused, by reason; each is written to ``path``, if there is one.

    So are the values that rows were taken without. ``line`` is the number of the record in its
    file, a header and what is above it counted. It is that of the line unless values hold line
    breaks.
    """
    counts: Counter[str] = Counter()
    if path is None:
        counts.update(reason for _, _, reason, is_row in _refused(engine) if is_row)
    else:
        with written_whole(path, mode=mode) as part, part.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_HEADER.decode().split(","))
            for name, line, reason, is_row in _refused(engine):
                counts[reason] += is_row
                if reason != _NEVER_LISTED:
                    writer.writerow((name, line, reason))
    return by_count(counts)


def by_count(counts: Mapping[str, int]) -> dict[str, int]:
    """The counts that are not 0: the highest first, equal ones by reason."""
    in_order = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return {reason: count for reason, count in in_order if count}


def left_out_counts(engine: Engine) -> dict[str, int]:
    """How many rows were taken without one of their values, by reason."""
    rows = engine.rows("SELECT reason, count(*) FROM left_out GROUP BY reason ORDER BY 2 DESC, 1")
    return dict(rows)


def _refused(engine: Engine) -> Iterator[tuple[str, int, str, bool]]:
    before = 0
    for number, name, first_line, count in engine.rows("SELECT * FROM file ORDER BY number"):
        up_to = before + count
        rows = (
            (row - before, reason, is_row)
            for row, reason, is_row in _streamed(engine, _LISTED.format(before=before, up_to=up_to))
        )
        spoilt = _streamed(engine, _SPOILT.format(number=number))
        for line, reason, is_row in _by_line(rows, spoilt, first_line=first_line):
            if reason is not None:
                yield str(name), line, reason, is_row
        before = up_to


def _streamed(engine: Engine, sql: str) -> Iterator[Any]:
    return chain.from_iterable(engine.stream(sql, size=10_000))


def _by_line(
    rows: Iterator[_Listed], spoilt: Iterator[_Listed], *, first_line: int
) -> Iterator[_Listed]:
    """The rows by their lines, among the records that are no rows: these have no other number."""
    skipped = 0
    no_row = next(spoilt, None)
    for row, reason, is_row in rows:
        while no_row is not None and no_row[0] < first_line + row + skipped:
            yield no_row
            skipped += 1
            no_row = next(spoilt, None)
        yield first_line + row - 1 + skipped, reason, is_row
    if no_row is not None:
        yield no_row
    yield from spoilt
