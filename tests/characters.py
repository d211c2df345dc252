"""All characters of Unicode, and those of them that a value could be read wrongly by."""

import sys
import unicodedata

from tests.effort import EFFORT

ALL = [chr(point) for point in range(1, sys.maxunicode + 1) if not 0xD800 <= point <= 0xDFFF]
_LIKE_OTHERS = {"Lo", "Cn", "Co"}  # Letters without case, and what is not assigned.


def _is_telling(character: str) -> bool:
    plain = unicodedata.normalize("NFKC", character).lower()
    return (
        plain != character
        or unicodedata.category(character) not in _LIKE_OTHERS
        or ord(character) % 64 == 0
    )


TELLING = ALL if EFFORT > 1 else [each for each in ALL if _is_telling(each)]
"""Those that reading changes, and of the many that are like others one in 64."""
