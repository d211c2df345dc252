"""Text of a file: its encoding, and its lines, each of a bounded length."""

import codecs
import io
from collections import deque
from collections.abc import Iterable, Iterator
from typing import BinaryIO, TextIO

from reunite.core.imports.files import Unreadable
from reunite.core.imports.records.values import Skipped

RECORD_MAX_LENGTH = 16 * 1024 * 1024
"""Characters; what is longer is no record, but perhaps a quote that is never closed."""

_NO_TEXT = "\udcff"
"""Stands for bytes that are not of the encoding; no text has it."""
_CUT = "\udcfe"
"""Stands for a line that is longer than a record may be."""
_ERRORS = "reunite.records"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # Begins like the mark of UTF-16.
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UTF_8 = "utf-8"


class TooLong(ValueError):
    """A record of more than RECORD_MAX_LENGTH characters."""


def encoding_of(start: bytes, asked: str | None) -> str:
    """The encoding of a file that begins so: what its mark tells, else ``asked``, else UTF-8.

    Raises Unreadable for an encoding that is not known.
    """
    marked = next((encoding for mark, encoding in _MARKS if start.startswith(mark)), None)
    if marked is not None or asked is None:
        return marked or _UTF_8
    try:
        b"a".decode(asked, "replace")
        return codecs.lookup(asked).name
    except (LookupError, ValueError) as error:
        raise Unreadable(
            "it is no encoding that is known: name one like windows-1252, iso-8859-15 or utf-16"
        ) from error


def text_of(content: BinaryIO, encoding: str) -> TextIO:
    """The text of a file; ``is_text`` is false for lines with bytes that are not of the encoding.

    Line breaks are kept as they are: LF, CRLF or CR, also mixed.
    """
    return io.TextIOWrapper(content, encoding, _ERRORS, newline="")


def content_of(pieces: Iterable[bytes]) -> BinaryIO:
    """The content that comes in pieces, to be read as a file."""
    return io.BufferedReader(_Pieces(iter(pieces)))


def is_text(line: str) -> bool:
    """Whether all of a line is of the file's encoding, and all of it was read."""
    return line.isascii() or not (_NO_TEXT in line or _CUT in line)


def problem_of(line: str) -> Skipped:
    """Why a line for which ``is_text`` is false is refused."""
    return Skipped.NOT_TEXT if _NO_TEXT in line else Skipped.MALFORMED


class Lines:
    """The lines of a text with their ends, in order. A record may be given back from its 2nd line.

    A line that is longer than a record may be comes as one that is no text.
    """

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._given_back: deque[str] = deque()
        self._taken: list[str] = []
        self._taken_length = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """The next line of the record; raises TooLong, where it grows beyond what it may be."""
        line = self._given_back.popleft() if self._given_back else self._read()
        if not line:
            raise StopIteration
        self._taken.append(line)
        self._taken_length += len(line)
        if self._taken_length > RECORD_MAX_LENGTH and len(self._taken) > 1:
            raise TooLong
        return line

    @property
    def taken_length(self) -> int:
        """How many characters the lines of the record have so far."""
        return self._taken_length

    @property
    def taken_is_text(self) -> bool:
        """Whether all lines of the record are of the file's encoding."""
        return all(map(is_text, self._taken))

    @property
    def taken_problem(self) -> Skipped:
        """Why the lines of the record are no text, or no record."""
        return problem_of("".join(self._taken))

    def begin(self) -> None:
        """What comes now is another record."""
        self._taken.clear()
        self._taken_length = 0

    def give_back(self) -> None:
        """Let all lines of the record but its first come again."""
        self._given_back.extendleft(reversed(self._taken[1:]))
        self.begin()

    def skip(self, count: int) -> None:
        """Leave out lines, as many as there are."""
        for _ in range(count):
            next(self, None)
            self.begin()

    def _read(self) -> str:
        line = self._text.readline(RECORD_MAX_LENGTH)
        if len(line) < RECORD_MAX_LENGTH or line.endswith(("\n", "\r")):
            return line
        while line and not line.endswith(("\n", "\r")):
            line = self._text.readline(RECORD_MAX_LENGTH)
        return f"{_CUT}\n"


class _Pieces(io.RawIOBase):
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # As io has it.
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(piece)
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


def _marked(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _NO_TEXT, error.end


codecs.register_error(_ERRORS, _marked)
