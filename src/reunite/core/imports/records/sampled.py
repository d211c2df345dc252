"""The content of columns by their first cells: contact details may stand under any name."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from reunite.core.imports.records.local_dates import date_formats

SAMPLE_ROWS = 100
"""The number of first rows that are looked at."""

_MAX_LENGTH = 500
_MOST = 0.75
"""The part of a column's cells that must be contact details; others may stand for missing ones."""
# One or more, perhaps with a name before each: no line that another sign divides.
_ADDRESS = r"[^\s@<>,;|~^]+@[^\s@<>,;|~^]+\.[^\s@<>,;|~^]+"
_EMAIL = re.compile(rf"(?:(?:{_ADDRESS}|[^@<>]*<{_ADDRESS}>)\s*(?:[;|,]|:::|$)\s*)+")
# A number that is told from ids, dates and amounts by how it begins, or by its groups.
_PHONE = re.compile(
    r"\+[1-9][\d\s()./-]{6,20}|\(\d{2,5}\)[\d\s/-]{5,12}|0[1-9]\d{8,9}|0\d{2,4}[\s/-][\d\s-]{5,12}"
    r"|\d{3}[\s.-]\d{3}[\s.-]\d{4}",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Sampled:
    """The numbers of the columns whose cells are emails, and of those that are phone numbers.

    ``date_formats``: for columns whose cells are local dates, how they may be written.
    """

    emails: frozenset[int] = frozenset()
    phone_numbers: frozenset[int] = frozenset()
    date_formats: tuple[tuple[int, tuple[str, ...]], ...] = ()

    def formats_of(self, index: int | None) -> tuple[str, ...]:
        """How the dates of a column may be written; none where they are no local dates."""
        return dict(self.date_formats).get(index, ()) if index is not None else ()


NOTHING_SAMPLED = Sampled()


def sampled(rows: Iterable[Sequence[object]]) -> Sampled:
    """What the columns hold, by up to SAMPLE_ROWS rows; a row may have less cells than others.

    A column of one value again and again holds the address of a shop, not those of its customers.
    """
    cells: defaultdict[int, list[str]] = defaultdict(list)
    for row in islice(rows, SAMPLE_ROWS):
        for index, value in enumerate(row):
            if isinstance(value, str) and 0 < len(text := value.strip()) <= _MAX_LENGTH:
                cells[index].append(text)
    return Sampled(
        frozenset(_columns(cells.items(), _EMAIL.fullmatch)),
        frozenset(_columns(cells.items(), _PHONE.fullmatch)),
        tuple((index, found) for index, texts in cells.items() if (found := date_formats(texts))),
    )


def _columns(
    cells: Iterable[tuple[int, Sequence[str]]], is_one: Callable[[str], object]
) -> Iterable[int]:
    for index, texts in cells:
        found = [text for text in texts if is_one(text)]
        if len(found) >= _MOST * len(texts) and (len(set(found)) > 1 or len(texts) == 1):
            yield index
