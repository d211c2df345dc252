"""Values as files give them, and those that no rule takes."""

from enum import Enum

VALUE_MAX_LENGTH = 4096
"""Bytes in UTF-8. No email, number, time or id has as many; in a million rows they fill a disk."""

UNREADABLE = "\0"
"""Stands for a value that is too long or of a type that ``/identify`` refuses: it is refused."""

WHOLE_MAX = 2**53
"""From here on, a double no longer tells whole numbers apart."""

Row = tuple[str | None, ...]
"""The values of the wanted columns; None or empty where there is none."""


class Skipped(Enum):
    """A record that is no row: refused, or a blank line."""

    MALFORMED = "malformed"
    NOT_TEXT = "invalid_encoding"
    BLANK = "blank"


def bounded(text: str) -> str:
    """The text, unless it is too long."""
    if 4 * len(text) > VALUE_MAX_LENGTH and len(text.encode(errors="replace")) > VALUE_MAX_LENGTH:
        return UNREADABLE
    return text


def text_of_value(value: object) -> str | None:
    """The text of a value of JSON; UNREADABLE for what is no text, number or null.

    A whole number is its digits, also if it is written like 4155552671.0.
    """
    if value is None:
        return None
    if isinstance(value, str):
        # What JSON writes as half a surrogate pair is no text.
        return bounded(value) if value.isascii() or _is_text(value) else UNREADABLE
    if isinstance(value, bool):
        return UNREADABLE
    if isinstance(value, int):
        return str(value) if value >= 0 else UNREADABLE
    if isinstance(value, float) and value.is_integer() and 0 <= value < WHOLE_MAX:
        return str(int(value))
    return UNREADABLE


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
