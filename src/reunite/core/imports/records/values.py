"""Values as files give them, and those that no rule takes."""

from collections.abc import Callable
from decimal import Decimal
from enum import Enum

VALUE_MAX_LENGTH = 4096
"""Bytes in UTF-8. No email, number, time or id has as many; in a million rows they fill a disk."""

UNREADABLE = "\0"
"""Stands for a value that is too long or of a type that ``/identify`` refuses: it is refused."""

DOUBLE_BITS = 64
_WHOLE_BITS = {16: 11, 32: 24, DOUBLE_BITS: 53}


def whole_max(bits: int) -> int:
    """From here on, a binary number with a point, of so many bits, tells whole numbers not apart.

    The value that stands there instead may be a stranger's phone number.
    """
    return 1 << _WHOLE_BITS[bits]


def told_of_bits(name: str, bits: int) -> str:
    """The error of a column of phone numbers or ids that are binary numbers of fewer bits."""
    return (
        f"{name} holds numbers of {bits} bits with a point, which lose digits: from "
        f"{whole_max(bits):,} on they are not read; write the column as text"
    )


WHOLE_MAX = whole_max(DOUBLE_BITS)
"""The same of a number of JSON, and of a decimal."""

TIME_END = 10.0**19
"""No number of seconds, or of billionths of one, is as large."""

Row = tuple[str | None, ...]
"""The values of the wanted columns; None or empty where there is none."""


class Skipped(Enum):
    """A record that is no row: refused, or a blank line."""

    MALFORMED = "malformed"
    NOT_TEXT = "invalid_encoding"
    REPEATED = "repeated_key"
    SUMMARY = "summary_row"
    BLANK = "blank"


class Number(float):
    """A number of JSON with a point or an exponent, and its text: the column decides."""

    __slots__ = ("written",)

    def __init__(self, written: str) -> None:
        self.written = written


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


def text_of_phone(value: object) -> str | None:
    """The same of a phone number: an exponent is kept, for it may tell that digits are lost."""
    if isinstance(value, Number) and "e" in value.written.lower():
        return bounded(value.written)
    return text_of_value(value)


def text_of_time(value: object) -> str | None:
    """The same of a time: a number may have a fraction, and be larger than WHOLE_MAX."""
    if not isinstance(value, Number) or not 1 <= value < TIME_END:
        return text_of_value(value)
    number = Decimal(value.written)
    whole = int(number)
    return str(whole) if number == whole else f"{number:.6f}"


READERS: dict[str, Callable[[object], str | None]] = {
    "phone_number": text_of_phone,
    "created_at": text_of_time,
}
"""The reader of a JSON value as text, by the field; text_of_value for other fields."""


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
