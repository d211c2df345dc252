"""Times as files write them: ISO 8601 in its usual spellings, since 1970, or as a user says.

Dates whose order of day and month only their writer knows, such as 01/02/2021, are none.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from itertools import product
from shlex import quote

from reunite.core.identifiers.placeholders import PLACEHOLDER_WORDS
from reunite.core.imports.files import Unreadable

_PLAIN_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_PLAIN_CLOCK = r"[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?"
PLAIN_TIME = f"{_PLAIN_DAY}(?:{_PLAIN_CLOCK})?"
PLAIN_TIME_WITH_OFFSET = f"{_PLAIN_DAY}{_PLAIN_CLOCK}(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])"
"""Times that engines read by themselves as Python does, without and with an offset."""
FIRST_TIME = datetime(1, 1, 2)  # noqa: DTZ001  # All these times are in UTC and carry no zone.
LAST_TIME = datetime(9999, 12, 30)  # noqa: DTZ001  # The same.
_MIDNIGHT = r"(?:(?:T|\s+)00:00(?::00(?:\.0+)?)?(?:Z|[+-]00:?00)?)?"
_NO_DAY = (
    rf"0+|0000[-/.]?00[-/.]?00{_MIDNIGHT}|00[-/.]00[-/.]0000{_MIDNIGHT}"  # MySQL's.
    rf"|0001-01-01{_MIDNIGHT}|0?1[/.]0?1[/.]0001(?:\s+(?:12|00?):00(?::00)?(?:\s*AM)?)?"  # .NET's.
)
_NO_TIME_WORDS = "|".join(sorted(map(re.escape, {*PLACEHOLDER_WORDS, "nat"})))
NO_TIME = rf"(?i)\s*(?:{_NO_DAY}|{_NO_TIME_WORDS})?\s*"
"""A whole text that says that there is no time, in the syntax of RE2 and Java, too."""
_NO_TIME = re.compile(NO_TIME, re.ASCII)

ReadTime = Callable[[str], datetime | None]

_OWN_NAME = "created_at"
"""The documented name of the column of times: its cells must be times."""

_FIRST_EPOCH = 315_532_800
_LAST_EPOCH = 4_102_444_800
"""From 1980 to 2100, in seconds: so no number is a time in two units, nor a date in digits."""
_NUMBER = re.compile(r"(\d{9,19})(?:[.,](\d{1,9}))?", re.ASCII)
_UNITS_A_SECOND = (1, 10**3, 10**6, 10**9)
_ISO = re.compile(
    r"(\d{4})(?P<sign>[-/.]?)(\d{2})(?P=sign)(\d{2})"
    r"(?:(?:T|\s+|,\s*)(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d+))?)?"
    r"(?:\s*(?P<offset>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?)?",
    re.ASCII | re.IGNORECASE,
)
_BETWEEN = re.compile(r"[,\s]+")
_HAS_MONTH = re.compile(r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", re.IGNORECASE)
_SPELT = [
    " ".join(filter(None, parts))
    for parts in product(
        ("", "%a", "%A"),
        (
            "%b %d %Y",
            "%B %d %Y",
            "%d %b %Y",
            "%d %B %Y",
            "%d-%b-%Y",
            "%d-%b-%y",
            "%b-%d-%y",
            "%b-%d-%Y",
        ),
        ("", "%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p"),
        ("", "%z", "UTC", "GMT"),
    )
]


def time_reader(date_format: str | None = None) -> ReadTime:
    """What reads a text as a time in UTC, without a zone; None for what is none.

    A time without an offset is in UTC. With ``date_format`` nothing else is a time. Raises
    Unreadable for what is no format.
    """
    if date_format is None:
        return _Usual()
    require_date_format(date_format)
    return lambda text: _by_format(text.strip(), date_format)


def says_no_time(text: str) -> bool:
    """Whether a text is blank, or stands for a missing time, as ``0000-00-00`` and ``NaT`` do."""
    return _NO_TIME.fullmatch(text) is not None


def require_date_format(date_format: str) -> None:
    """Raise Unreadable for a format that does not tell a day of a year."""
    one, other = datetime(2021, 1, 28, tzinfo=UTC), datetime(1999, 12, 3, tzinfo=UTC)
    tells_days = all(
        (read := _by_format(day.strftime(date_format), date_format)) is not None
        and read.date() == day.date()
        for day in (one, other)
    )
    if not tells_days:
        raise Unreadable("it is no format of dates: write one like %d/%m/%Y or %m/%d/%Y %H:%M")


def without_times(name: str, *, is_asked: bool, formats: Sequence[str] = ()) -> tuple[bool, str]:
    """Whether a column without any time is left out, and the note about it.

    It is, if it was taken for one of times by its name alone. ``formats`` are those that fit.
    """
    way_out = "say how they are written with --date-format, like %d/%m/%Y"
    if formats:
        way_out = f"say {' or '.join(f'--date-format={quote(each)}' for each in formats)}"
    if len(formats) > 1:
        way_out += ", as they were written"
    if is_asked or name == _OWN_NAME:
        return False, f"no value of {name} is a time: {way_out}, or say --no-created-at"
    return True, (
        f"no value of {name} is a time, so rows are taken without it and are of the time of "
        f"the import; if they are times, {way_out}"
    )


class _Usual:
    def __init__(self) -> None:
        self._spelt = list(_SPELT)

    def __call__(self, text: str) -> datetime | None:
        text = text.strip()
        iso = _ISO.fullmatch(text)
        if iso is not None:
            return _in_utc(*_parts(iso))
        if number := _NUMBER.fullmatch(text):
            return _since_1970(int(number[1]), number[2])
        return self._read_spelt(text) if _HAS_MONTH.search(text) else None

    def _read_spelt(self, text: str) -> datetime | None:
        """Such as ``Jan 28, 2021 5:14:15 AM``; a column is written in one format, mostly."""
        text = _BETWEEN.sub(" ", text)
        for number, date_format in enumerate(self._spelt):
            read = _by_format(text, date_format)
            if read is not None:
                self._spelt.insert(0, self._spelt.pop(number))
                return read
        return None


def _since_1970(number: int, fraction: str | None) -> datetime | None:
    """A number of seconds, or of thousandths, millionths or billionths of one, since 1970."""
    for units in _UNITS_A_SECOND:
        if _FIRST_EPOCH * units <= number < _LAST_EPOCH * units:
            micros = number * 10**6 // units
            if fraction and units == 1:
                micros += int(fraction[:6].ljust(6, "0"))
            return datetime(1970, 1, 1) + timedelta(microseconds=micros)  # noqa: DTZ001  # In UTC.
    return None


def _parts(iso: re.Match[str]) -> tuple[list[int], str | None]:
    year, month, day, hour, minute, second, fraction = iso.group(1, 3, 4, 5, 6, 7, 8)
    numbers = (
        year,
        month,
        day,
        hour or 0,
        minute or 0,
        second or 0,
        (fraction or "")[:6].ljust(6, "0"),
    )
    return list(map(int, numbers)), iso["offset"]


def _in_utc(parts: list[int], offset: str | None) -> datetime | None:
    ahead = timedelta()
    if offset and offset[0] in "+-":
        digits = offset[1:].replace(":", "")
        ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
        ahead = -ahead if offset[0] == "-" else ahead
    try:
        return _within(datetime(*parts, tzinfo=timezone(ahead)))  # type: ignore[arg-type, misc]  # Seven numbers.
    except ValueError:
        return None


def _by_format(text: str, date_format: str) -> datetime | None:
    try:
        read = datetime.strptime(text, date_format)  # noqa: DTZ007  # Its zone is seen to below.
    except (ValueError, re.error):
        return None
    return _within(read if read.tzinfo else read.replace(tzinfo=UTC))


def _within(time: datetime) -> datetime | None:
    try:
        read = time.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        return None
    return read if FIRST_TIME <= read <= LAST_TIME else None
