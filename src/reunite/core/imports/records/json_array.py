"""The objects of one JSON array, as shops answer them, read piece by piece."""

import re
from collections.abc import Iterator
from typing import TextIO

from reunite.core.imports.files import Columns
from reunite.core.imports.records.json_members import (
    NAMES_OF_ARRAYS,
    contact_arrays,
    require_unkeyed,
    several,
)
from reunite.core.imports.records.json_rows import DECODER, Names, Object
from reunite.core.imports.records.recognised import recognised_count
from reunite.core.imports.records.text import RECORD_MAX_LENGTH, is_text, problem_of
from reunite.core.imports.records.values import Skipped

_PIECE = 256 * 1024
_BETWEEN = re.compile(r"[\s,]*")
# What tells where an element ends that cannot be read. A string may go on in the next piece.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*(?P<end>"?)|[][{},]', re.DOTALL)
_ARRAY = re.compile(r"\s*\[")
_STRING = r'"(?:[^"\\]|\\.)*"'
_MEMBERS = rf"(?:{_STRING}\s*:\s*(?:{_STRING}|[\w.+-]+)\s*,\s*){{0,20}}"
# An answer like {"orders": [{…, perhaps within others, and with counts and the like before it.
_ARRAY_IN_OBJECT = re.compile(
    rf"\s*\{{\s*(?P<before>(?:{_MEMBERS}{_STRING}\s*:\s*\{{\s*){{0,3}}{_MEMBERS})"
    rf'"(?:{"|".join(NAMES_OF_ARRAYS)})"\s*:\s*\['
)
_NAME = re.compile(rf"({_STRING})\s*:")


def array_start(start: str, asked: Columns, *, name: str) -> int | None:
    """Where the elements begin in a text that begins so; None if it is no array.

    It is none where the first line is whole by itself and another follows: that is JSONL. Raises
    Unreadable for an object that has several arrays with contact details, or records under keys.
    """
    first, _, rest = start.lstrip().partition("\n")
    if rest.strip() and _is_whole(first):
        return None
    if found := _ARRAY.match(start):
        return found.end()
    found = _ARRAY_IN_OBJECT.match(start)
    require_unkeyed(start, name=name)
    own, others = _names_around(start, found["before"] if found else "")
    if own:
        return None
    arrays = contact_arrays(start, asked)
    if len(arrays) > 1 or (arrays and others):
        raise several(name, [path for path, _ in arrays], beside=others)
    if others:
        return None
    if arrays:
        return arrays[0][1]
    return found.end() if found else None


def array_objects(text: TextIO, start: int, *, name: str) -> Iterator[Object | Skipped]:
    """The objects of the array whose elements begin at ``start``; others are Skipped.

    The last of an array that is cut off is MALFORMED. Raises Unreadable if another array with
    contact details follows.
    """
    pieces = _Pieces(text, start)
    element: Object | Skipped | None = None
    while pieces.reach_element():
        element = pieces.element()
        yield element
    if not pieces.are_closed and not isinstance(element, Skipped):
        yield Skipped.MALFORMED
    rest = pieces.rest()
    arrays = contact_arrays(rest, Columns())
    if arrays or len(rest) >= RECORD_MAX_LENGTH:
        raise several(name, ["the first", *(path for path, _ in arrays)])


def _names_around(text: str, before: str) -> tuple[bool, bool]:
    """Whether an object has contact details of its own, as an order has; whether objects in it do.

    ``before`` are its members before an array: of a long text no more is looked at.
    """
    try:
        record = DECODER.decode(text)
    except (ValueError, RecursionError):
        record = {str(DECODER.decode(name)): None for name in _NAME.findall(before)}
    own = {name: value for name, value in record.items() if not isinstance(value, dict)}
    return _are_contacts(own), _are_contacts(record)


def _are_contacts(record: Object) -> bool:
    names = Names()
    names.see(record)
    return bool(recognised_count(list(names), Columns()))


def _is_whole(line: str) -> bool:
    try:
        DECODER.decode(line)
    except (ValueError, RecursionError):
        return False
    return True


class _Pieces:
    """The text around the place ``_at``, as much of it as an element needs."""

    def __init__(self, text: TextIO, start: int) -> None:
        self._text = text
        self._left = text.read(start + _PIECE)
        self._at = start

    @property
    def are_closed(self) -> bool:
        return self._left.startswith("]", self._at)

    def rest(self) -> str:
        """The text behind the array, up to the length of a record."""
        left = self._left[self._at + 1 :]
        return left + self._text.read(max(0, RECORD_MAX_LENGTH - len(left)))

    def reach_element(self) -> bool:
        """Go to where the next element begins; whether there is one."""
        while True:
            between = _BETWEEN.match(self._left, self._at)
            self._at = between.end() if between else self._at
            if self._at < len(self._left):
                return not self.are_closed
            if not self._more():
                return False

    def element(self) -> Object | Skipped:
        """The element that begins here; one that cannot be read ends where its brackets close."""
        while True:
            try:
                value, end = DECODER.raw_decode(self._left, self._at)
            except (ValueError, RecursionError):
                if self._end(0)[0] is None and self._has_room and self._more():
                    continue
                self._skip()
                return Skipped.MALFORMED
            text, self._at = self._left[self._at : end], end
            if not is_text(text):
                return problem_of(text)
            return value if isinstance(value, dict) else Skipped.MALFORMED

    @property
    def _has_room(self) -> bool:
        return len(self._left) - self._at < RECORD_MAX_LENGTH

    def _more(self) -> bool:
        """Read on, as much again as is left; whether there was more."""
        self._left = self._left[self._at :]
        self._at = 0
        more = self._text.read(max(_PIECE, len(self._left)))
        self._left += more
        return bool(more)

    def _skip(self) -> None:
        """Go to where the element ends, or to the end of the text."""
        depth = 0
        while True:
            end, depth = self._end(depth)
            self._at = len(self._left) if end is None else end
            if end is not None or not self._more():
                return

    def _end(self, depth: int) -> tuple[int | None, int]:
        """Where the element ends, so deep in brackets as it is; else how deep it then is."""
        for token in _TOKEN.finditer(self._left, self._at):
            sign = token[0]
            if sign in "[{":
                depth += 1
            elif depth == 0 and sign in ",]}":
                # A bracket that nothing opened is no element's.
                return token.end() if sign == "}" else token.start(), depth
            elif sign in "]}":
                depth -= 1
                if depth == 0:
                    return token.end(), depth
            elif sign[0] == '"' and not token["end"]:
                break
        return None, depth
