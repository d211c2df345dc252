"""How a CSV file is written, told by its first lines: encoding, delimiter and columns.

All is fixed before a row is read, so that no row changes how others are.
"""

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from reunite.core.imports.files import Columns, Form, Unreadable
from reunite.core.imports.records.csv_rows import csv_records
from reunite.core.imports.records.naming import is_value
from reunite.core.imports.records.recognised import recognised_count
from reunite.core.imports.records.sampled import Sampled, sampled
from reunite.core.imports.records.text import Lines, encoding_of, is_text, text_of
from reunite.core.imports.records.values import Skipped

START_BYTES = 1024 * 1024
"""The part of a file that is looked at; a header ends there."""

DELIMITERS = ",;\t|"
_SEPARATOR = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)  # A line of Excel's.
# In a header a column of numbers is called so.
_COMMENT = re.compile(rf"#(?!\s*[{DELIMITERS}])")
_SEARCHED_LINES = 20
# Of what Python reads only with a mark at the start.
_MARKS = {
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
}
# Tried in this order. In the right one the header has words that are known.
_ENCODINGS = (
    "windows-1252", "windows-1251", "windows-1250", "windows-1253", "windows-1254", "windows-1255",
    "windows-1256", "cp932", "gb18030", "big5", "cp949", "koi8-r", "mac-roman", "cp850",
)  # fmt: skip
_FORM = re.compile(rb"--[^\r\n]{1,200}\r?\ncontent-disposition: *form-data", re.IGNORECASE)
_MARKED_UP = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<(?:\?xml|!doctype|html|table|\w+>)|begin:)", re.IGNORECASE
)
_JSON = re.compile(r"\s*(?:\[\s*)?\{\s*\"")
_BINARY = (
    (b"PK\x03\x04", "is a workbook or a ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel workbook"),
    (b"PAR1", "is Parquet: say --format parquet"),
    (b"%PDF", "is a PDF"),
    (b"SQLite format 3", "is a database"),
    (b"\x1f\x8b", "is compressed by gzip: let its name end in .gz"),
    (b"\x28\xb5\x2f\xfd", "is compressed by zstd: let its name end in .zst"),
)


@dataclass(frozen=True, slots=True)
class CSVShape:
    """How a CSV file is written. ``before``: how many lines are above its header."""

    encoding: str
    delimiter: str
    names: tuple[str, ...]
    before: int


def csv_sample(start: bytes, shape: CSVShape) -> Sampled:
    """What the first rows of the file that begins so hold."""
    lines = Lines(text_of(io.BytesIO(start), shape.encoding))
    lines.skip(shape.before)
    records = islice(csv_records(lines, shape.delimiter), 1, None)
    return sampled(each for each in records if not isinstance(each, Skipped))


def csv_shape(start: bytes, asked: Columns, form: Form, *, name: str) -> CSVShape:
    """The shape of the file ``name`` that begins with ``start``, up to START_BYTES of it.

    A line ``sep=;`` above the header tells the delimiter; lines that are blank or begin with ``#``
    are left out there. Raises Unreadable for a file without a header.
    """
    encoding = require_text(start, form.encoding, name=name)
    before = form.skip_lines
    delimiters = DELIMITERS
    candidates = _lines(start, encoding, before)
    first = next(candidates, "")
    if told := _SEPARATOR.fullmatch(first):
        delimiters, before, first = told[1], before + 1, next(candidates, "")
    while first and _is_above(first) and not _best(start, encoding, before, delimiters, asked)[0]:
        before, first = before + 1, next(candidates, "")
    found, delimiter, names = _best(start, encoding, before, delimiters, asked)
    if not first:
        raise Unreadable(
            f"{name} is empty" if before == 0 else f"{name} is empty below line {before}"
        )
    if not is_text(first):
        likely = _likely_encoding(start, before, delimiters, asked)
        raise Unreadable(not_text(name, encoding, likely=likely))
    if not names:
        raise Unreadable(f"{name} has no header: its first line has a quote that is not closed")
    if not found and _JSON.match(first):
        raise Unreadable(f"{name} is JSON: say --format jsonl")
    if not found:
        _propose(start, encoding, before, delimiters, asked, name=name)
    elif any(map(is_value, names)) and not any(line.strip() for line in candidates):
        raise Unreadable(
            f"{name} has emails or phone numbers in its header, and no line below it: its line "
            "breaks are lost; curl keeps them with --upload-file, and takes them out with --data"
        )
    return CSVShape(encoding, delimiter, names, before)


def require_text(start: bytes, asked: str | None, *, name: str) -> str:
    """The encoding of a file that begins so; raises Unreadable for one that is empty or no text."""
    if not start:
        raise Unreadable(f"{name} is empty")
    for mark, what in _BINARY:
        if start.startswith(mark):
            told = what if ":" in what else f"{what}: save it as CSV in UTF-8"
            raise Unreadable(f"{name} {told}")
    if found := _MARKED_UP.match(start):
        what = "a vCard" if found[0].endswith(b":") else "HTML or XML"
        raise Unreadable(f"{name} is {what}: save it as CSV in UTF-8")
    if _FORM.match(start):
        raise Unreadable(f"{name} is a form with a file in it: send the file itself as the body")
    encoding = encoding_of(start, asked)
    if encoding in _MARKS and not start.startswith(_MARKS[encoding]):
        raise Unreadable(f"{name} has no mark of {encoding}: say --encoding {encoding}-le")
    if "\0" in next(_lines(start, encoding, 0), ""):
        order = "be" if start.startswith(b"\0") else "le"
        raise Unreadable(
            f"{name} is no text, or UTF-16 without a mark: say --encoding utf-16-{order}"
        )
    return encoding


def not_text(name: str, encoding: str, *, likely: str) -> str:
    """The error of a file whose text does not fit the encoding, but probably another one."""
    if encoding.startswith("utf-8"):
        return f"{name} is not UTF-8: save it as UTF-8, or say --encoding {likely} (or another)"
    return f"{name} is not {encoding}: say another --encoding"


def rows_not_text(count: int, encoding: str) -> str:
    """The error for a file in which so many rows do not fit the encoding."""
    rows = "1 row holds" if count == 1 else f"{count:,} rows hold"
    if encoding.startswith("utf-8"):
        return (
            f"{rows} bytes that are not UTF-8 and cannot be read: save the file as UTF-8, or say "
            "--encoding windows-1252 (or another)"
        )
    return f"{rows} bytes that are not {encoding} and cannot be read: say another --encoding"


def _likely_encoding(start: bytes, before: int, delimiters: str, asked: Columns) -> str:
    """The encoding in which most names of the header are known."""
    return max(
        _ENCODINGS, key=lambda encoding: _best(start, encoding, before, delimiters, asked)[0]
    )


def _lines(start: bytes, encoding: str, before: int) -> Iterator[str]:
    lines = Lines(text_of(io.BytesIO(start), encoding))
    lines.skip(before)
    for line in lines:
        lines.begin()
        yield line


def _is_above(line: str) -> bool:
    """Whether a line above the header may be left out: blank, or a comment."""
    return bool(_COMMENT.match(line)) or not line.strip(f' \r\n"{DELIMITERS}')


def _best(
    start: bytes, encoding: str, before: int, delimiters: str, asked: Columns
) -> tuple[int, str, tuple[str, ...]]:
    """How many columns are recognised, the delimiter that makes most of a line, and all columns.

    One that cuts a value inside its quotes is none, else the one that shows most columns is taken:
    those that are recognised count more.
    """
    found = [(each, _header(start, encoding, before, each)) for each in delimiters]
    counted = [(recognised_count(names, asked), each, names) for each, names in found]
    return max(
        counted, key=lambda each: (not any('"' in name for name in each[2]), each[0], len(each[2]))
    )


def _header(start: bytes, encoding: str, before: int, delimiter: str) -> tuple[str, ...]:
    lines = Lines(text_of(io.BytesIO(start), encoding))
    lines.skip(before)
    fields = next(csv_records(lines, delimiter), Skipped.BLANK)
    if isinstance(fields, Skipped):
        return ()
    return tuple(field.strip() for field in fields)


def _propose(
    start: bytes, encoding: str, before: int, delimiters: str, asked: Columns, *, name: str
) -> None:
    """Raise Unreadable if the header is not this line, but one of the next."""
    for number in range(before + 1, before + _SEARCHED_LINES):
        if _best(start, encoding, number, delimiters, asked)[0]:
            raise Unreadable(
                f"{name} has no column that looks like an email or a phone number in its first "
                f"line, but line {number + 1} looks like a header: say --skip-lines {number}"
            )
