"""What a browser sends of a file: a line of JSON that says how to read it, and the file behind it.

A form with a file in it would have to be taken apart, and names of files belong into no address.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.http import HttpRequest

from reunite.core.errors import FieldError, InvalidUpload
from reunite.core.imports.files import FORMATS, Columns, Form
from reunite.services.imports.uploads import Reading, how_to_read
from reunite.uploaded import length_bytes, pieces

OF_KIND = "identifiers."
"""What the name of a field begins with that is read as a declared kind."""
MAX_LINE_BYTES = 64 * 1024
MAX_SKIPPED_LINES = 10_000
_TEXT_MAX_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that a browser sends: ``pieces`` are its ``size_bytes``.

    ``chosen_format`` is the format, where its name does not tell it.
    """

    name: str
    chosen_format: str | None
    reading: Reading
    is_dry: bool
    size_bytes: int
    pieces: Iterator[bytes]


def sent(request: HttpRequest) -> Sent:
    """The file of a request, not yet read. Raises InvalidUpload, and what reading a body does."""
    length = length_bytes(request)
    line = request.readline(MAX_LINE_BYTES)
    if length is None or not line.endswith(b"\n"):
        raise _invalid("body", "A line that says how to read the file must be above it.")
    given = _Given.of(line)
    name = given.text("name") or ""
    columns = given.mapping("columns")
    chosen_format = given.text("format", FORMATS)
    reading = how_to_read(
        name,
        format=chosen_format,
        columns=Columns(
            columns.texts("email"),
            columns.texts("phone_number"),
            columns.only_text("created_at"),
            columns.only_text("external_id"),
            columns.only_text("source"),
            recognises=given.values.get("recognises") is not False,
            identifiers=tuple(
                (name.removeprefix(OF_KIND), column)
                for name in columns.values
                if name.startswith(OF_KIND)
                for column in columns.texts(name)
            ),
        ),
        form=Form(given.number("skipLines"), given.text("encoding"), given.text("dateFormat")),
    )
    size_bytes = length - len(line)
    is_dry = given.values.get("isDry") is not False
    return Sent(name, chosen_format, reading, is_dry, size_bytes, pieces(request, size_bytes))


@dataclass(frozen=True, slots=True)
class _Given:
    """An object of JSON whose values are looked at one by one; missing and empty ones are None."""

    values: Mapping[str, Any]

    @classmethod
    def of(cls, line: bytes) -> "_Given":
        try:
            given = orjson.loads(line)
        except ValueError:
            given = None
        if not isinstance(given, dict):
            raise _invalid("body", "Its first line is no object of JSON.")
        return cls(given)

    def mapping(self, name: str) -> "_Given":
        given = self.values.get(name) or {}
        if not isinstance(given, dict):
            raise _invalid(name, f"{name} must be an object.")
        return _Given(given)

    def text(self, name: str, choices: Sequence[str] = ()) -> str | None:
        given = self.values.get(name) or None
        if given is None:
            return None
        if not _is_text(given) or (choices and given not in choices):
            raise _invalid(name, f"{name} is not understood.")
        return str(given)

    def texts(self, name: str) -> tuple[str, ...]:
        given = self.values.get(name) or []
        if not isinstance(given, list) or not all(map(_is_text, given)):
            raise _invalid(name, f"{name} must be a list of columns.")
        return tuple(given)

    def only_text(self, name: str) -> str | None:
        given = self.texts(name)
        if len(given) > 1:
            raise _invalid(name, "Choose one column of times, of external ids and of sources.")
        return given[0] if given else None

    def number(self, name: str) -> int:
        given = self.values.get(name) or 0
        if not isinstance(given, int) or not 0 <= given <= MAX_SKIPPED_LINES:
            raise _invalid(name, f"Up to {MAX_SKIPPED_LINES:,} lines may be above the header.")
        return int(given)


def _is_text(given: object) -> bool:
    return isinstance(given, str) and len(given) <= _TEXT_MAX_LENGTH and "\0" not in given


def _invalid(field: str, detail: str) -> InvalidUpload:
    return InvalidUpload(FieldError(field, "invalid_type", detail))
