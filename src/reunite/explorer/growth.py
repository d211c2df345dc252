"""Persons and contacts over time, as an SVG shows them. Deterministic, and pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from reunite.services.persons.statistics import Month

WIDTH, HEIGHT = 640, 160
MAX_MONTHS = 120
"""So many months are drawn, the latest: earlier ones are in the sum that the first has."""


@dataclass(frozen=True, slots=True)
class Growth:
    """How many contacts and persons there were at the end of each month; paths are in pixels."""

    first: str
    last: str
    contacts: int
    persons: int
    contacts_path: str
    persons_path: str
    rows: list[Month]


def growth_of(months: Sequence[Month]) -> Growth | None:
    """The growth, month by month; None where there are fewer than two months to compare."""
    filled = list(_filled(months))
    if len(filled) < 2:  # noqa: PLR2004  # A line has two ends.
        return None
    contacts = list(accumulate(each.contacts for each in filled))
    persons = list(accumulate(each.persons for each in filled))
    rows = [
        Month(month.name, count, begun)
        for month, count, begun in zip(filled, contacts, persons, strict=True)
    ][-MAX_MONTHS:]
    top = rows[-1].contacts
    return Growth(
        rows[0].name,
        rows[-1].name,
        top,
        rows[-1].persons,
        _path([each.contacts for each in rows], top),
        _path([each.persons for each in rows], top),
        rows,
    )


def _filled(months: Sequence[Month]) -> list[Month]:
    """All months from the first to the last, also those of no contact."""
    known = {each.name: each for each in months}
    found: list[Month] = []
    if not months:
        return found
    year, month = map(int, months[0].name.split("-"))
    while (name := f"{year:04}-{month:02}") <= months[-1].name:
        found.append(known.get(name, Month(name, 0, 0)))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)  # noqa: PLR2004  # December.
    return found


def _path(values: Sequence[int], top: int) -> str:
    step = WIDTH / (len(values) - 1)
    points = (
        f"{place * step:.1f} {HEIGHT - (HEIGHT - 4) * value / top:.1f}"
        for place, value in enumerate(values)
    )
    return f"M{'L'.join(points)}"
