"""Refused rows: a file that says of each where it stands and why."""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from reunite.bulk.engine import Engine
from reunite.outputs import written_whole

# A list would tell which of many candidates was a person's.
_NEVER_LISTED = "erased"
_HEADER_LINES = {"csv": 1}


def write_refused(engine: Engine, path: Path | None, *, mode: int = 0o666) -> dict[str, int]:
    """How many rows are refused, by reason; each is written to ``path``, if there is one.

    ``line`` is the number of the record in its file, a header counted. It is that of the line
    unless values hold line breaks.
    """
    counts: Counter[str] = Counter()
    if path is None:
        counts.update(reason for _, _, reason in _refused(engine))
    else:
        with written_whole(path, mode=mode) as part, part.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("file", "line", "reason"))
            for row in _refused(engine):
                counts[row[2]] += 1
                if row[2] != _NEVER_LISTED:
                    writer.writerow(row)
    return dict(counts.most_common())


def _refused(engine: Engine) -> Iterator[tuple[str, int, str]]:
    before = 0
    for number, name, format, count in engine.rows("SELECT * FROM file ORDER BY number"):
        up_to = before + count
        rows = (
            (row - before, str(reason))
            for some in engine.stream(
                f"""SELECT row, reason FROM refused WHERE row > {before} AND row <= {up_to}
                    ORDER BY row""",
                size=10_000,
            )
            for row, reason in some
        )
        lines = f"SELECT line FROM spoilt WHERE file = {number} ORDER BY line"
        spoilt = [line for (line,) in engine.rows(lines)]
        for line, reason in _by_line(rows, spoilt, header=_HEADER_LINES.get(str(format), 0)):
            yield str(name), line, reason
        before = up_to


def _by_line(
    rows: Iterator[tuple[int, str]], spoilt: list[int], *, header: int
) -> Iterator[tuple[int, str]]:
    """Records that could not be read at all have no number, but they have a line."""
    skipped = 0
    for row, reason in rows:
        while skipped < len(spoilt) and spoilt[skipped] <= header + row + skipped:
            yield spoilt[skipped], "malformed"
            skipped += 1
        yield header + row + skipped, reason
    for line in spoilt[skipped:]:
        yield line, "malformed"
