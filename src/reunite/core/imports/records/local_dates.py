"""Dates whose order of day and month only their writer knows: which orders fit all of them."""

import re
from collections.abc import Iterable

_LOCAL = re.compile(
    r"(?P<one>\d{1,2})(?P<sign>[-/.])(?P<other>\d{1,2})(?P=sign)(?:(?P<year>\d{4})|\d{2})"
    r"(?:(?P<between>,?\s)\s*\d{1,2}:\d{2}(?P<seconds>:\d{2})?(?P<half>\s?[AaPp][Mm])?)?",
    re.ASCII,
)
_DAYS, _MONTHS = 31, 12


def date_formats(texts: Iterable[str]) -> tuple[str, ...]:
    """The formats of ``--date-format`` that read all texts, days before months first.

    None if a text is no local date, or if they are written in several ways.
    """
    found = {_formats(text) for text in texts}
    if not found:
        return ()
    first, *others = found
    return tuple(each for each in first if all(each in other for other in others))


def _formats(text: str) -> tuple[str, ...]:
    """Of one text."""
    date = _LOCAL.fullmatch(text)
    if date is None:
        return ()
    one, other = int(date["one"]), int(date["other"])
    year = "%Y" if date["year"] else "%y"
    clock = ""
    if between := date["between"]:
        seconds = ":%S" if date["seconds"] else ""
        half = date["half"] or ""
        clock = f"{between}{'%I' if half else '%H'}:%M{seconds}"
        clock += " %p" if half.startswith(" ") else "%p" if half else ""
    orders = [
        ("%d", "%m", one <= _DAYS and other <= _MONTHS),
        ("%m", "%d", one <= _MONTHS and other <= _DAYS),
    ]
    sign = date["sign"]
    return tuple(f"{a}{sign}{b}{sign}{year}{clock}" for a, b, fits in orders if fits)
