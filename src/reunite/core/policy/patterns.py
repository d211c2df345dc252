r"""The RE2 patterns of a policy: what they may cost, and how they are compiled.

RE2 is linear in the text, and in the size of the program that a pattern becomes, which a short
pattern can make as large as it likes: ``(?:\p{L}|\p{N}){1,150}`` takes seconds and megabytes.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from string import ascii_lowercase, digits

import re2

from reunite.core.identifiers.kinds import Kind

PATTERN_MAX_LENGTH = 200
MAX_PATTERNS = 100
"""Each value of each request is searched by all of them."""
MAX_PROGRAM = 20_000
r"""The instructions of all patterns of a policy together: a letter is one, ``\p{L}`` a thousand."""
_MEMORY_BYTES = 256 * 1024
_PATTERNS_KEPT = 1_000
# Values that have in common what all have: short ones of each sign, long ones, and odd ones.
_UNLIKE: Mapping[Kind, Sequence[str]] = {
    Kind.EMAIL: (
        *(
            f"{local}@{domain}.{domain}{domain}"
            for local, domain in zip(ascii_lowercase, ascii_lowercase[::-1], strict=True)
        ),
        *(f"{digit}@{digit}.de" for digit in digits),
        f"_+{'-.' * 30}_@{'x-' * 30}x.museum",
    ),
    Kind.PHONE: (*digits, *(f"+{digit * 15}" for digit in digits), f"{'1' * 9};ext=2"),
}


class PatternTooLarge(ValueError):
    """What a pattern becomes is larger than what is left of MAX_PROGRAM."""


def program_size(pattern: str, *, at_most: int) -> int:
    """How many instructions a pattern becomes; quickly, if they are too many.

    Raises PatternTooLarge, or ValueError with RE2's reason for what is no pattern.
    """
    try:
        size = int(re2.compile(pattern, _options(_MEMORY_BYTES)).programsize)
    except re2.error as error:
        reason = _text_of(error)
        if "too large" in reason:
            raise PatternTooLarge from error
        raise ValueError(reason) from error
    if size > at_most:
        raise PatternTooLarge
    return size


def matches_all(kind: Kind, pattern: str) -> bool:
    """Whether a pattern that compiles is found in any value of a kind, as the empty text is."""
    search = search_of(pattern)
    return all(map(search, _UNLIKE[kind]))


def search_of(pattern: str) -> Callable[[str], object]:
    """The search for an accepted pattern, also for one that was accepted before it was bounded."""
    try:
        return _search(pattern, _MEMORY_BYTES)
    except re2.error:
        return _search(pattern, 8 * 1024 * 1024)


@lru_cache(_PATTERNS_KEPT)
def fullmatch_of(pattern: str) -> Callable[[str], object]:
    """The match of a whole text by an accepted pattern."""
    match: Callable[[str], object] = re2.compile(pattern, _options(_MEMORY_BYTES)).fullmatch
    return match


def _search(pattern: str, memory_bytes: int) -> Callable[[str], object]:
    search: Callable[[str], object] = re2.compile(pattern, _options(memory_bytes)).search
    return search


def _options(memory_bytes: int) -> re2.Options:
    options = re2.Options()
    options.log_errors = False  # RE2 would write to standard error, whole patterns and all.
    options.max_mem = memory_bytes
    return options


def _text_of(error: Exception) -> str:
    (reason,) = error.args or ("it cannot be read",)
    return reason.decode() if isinstance(reason, bytes) else str(reason)
