"""All characters of Unicode, and those of them that a value could be read wrongly by."""

import sys
import unicodedata
from functools import cache

from tests.effort import EFFORT, QUICK

_LIKE_OTHERS = {"Lo", "Cn", "Co"}  # Letters without case, and what is not assigned.


@cache
def every() -> list[str]:
    """All characters."""
    return [chr(point) for point in range(1, sys.maxunicode + 1) if not 0xD800 <= point <= 0xDFFF]


@cache
def telling() -> list[str]:
    """Those that reading changes, and of the many that are like others one in 64."""
    return every() if EFFORT > 1 else [each for each in every() if _is_telling(each)]


def every_or_telling() -> list[str]:
    """All characters, but where a run must be quick only those that tell something."""
    return telling() if QUICK else every()


def _is_telling(character: str) -> bool:
    plain = unicodedata.normalize("NFKC", character).lower()
    return (
        plain != character
        or unicodedata.category(character) not in _LIKE_OTHERS
        or ord(character) % 64 == 0
    )
