"""Cells that hold several values, as address books and mailing lists write them."""

import re

from reunite.core.identifiers.kinds import MAX_LENGTHS, Kind
from reunite.core.policy.policy import Policy

MAX_VALUES = 20
"""A cell of more is read as one value: that is refused."""
SEPARATORS = r":::|[;|,\r\n]"
"""The separators of values, in a syntax that RE2 and Java share."""

_ANY = re.compile(SEPARATORS)
# Where one of them stands between all values, others may be part of a value.
_EACH = [*map(re.compile, (":::", r"[\r\n]+", ";", r"\|", ",")), _ANY]
_COMPLETE_DIGITS = 7
"""The least digits of a phone number that is complete; fewer may be the rest of another one."""


def values_of_cell(kind: Kind, cell: str, policy: Policy) -> tuple[str, ...]:
    """The values, each once; none if the cell is one value, or if any of its parts is no value."""
    if not _ANY.search(cell) or _is_value(kind, cell, policy):
        return ()
    for separator in _EACH:
        parts = tuple(dict.fromkeys(filter(None, map(str.strip, _split(separator, cell)))))
        if 0 < len(parts) <= MAX_VALUES and all(_is_whole(kind, each, policy) for each in parts):
            return parts
    return ()


def _split(separator: re.Pattern[str], cell: str) -> list[str]:
    """The parts of a cell between separators that are outside double quotes."""
    pieces = cell.split('"')
    pieces[::2] = [separator.sub("\0", each) for each in pieces[::2]]
    return '"'.join(pieces).split("\0")


def _is_whole(kind: Kind, part: str, policy: Policy) -> bool:
    """Whether a part is a value by itself, or says that there is none."""
    if kind is Kind.PHONE and sum(map(str.isdecimal, part)) < _COMPLETE_DIGITS:
        return part.isalpha() and _is_value(kind, part, policy)
    return _is_value(kind, part, policy)


def _is_value(kind: Kind, text: str, policy: Policy) -> bool:
    if len(text) > MAX_LENGTHS[kind]:
        return False
    try:
        policy.canonical(kind, text)
    except ValueError:
        return False
    return True
