"""What serializers find in fields, in the words of Reunite: each says what to send."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from rest_framework.exceptions import ErrorDetail

from reunite.core.errors import FieldError

MAX_NAMED = 100
"""A problem names so many errors: a body of a megabyte may hold a hundred thousand."""

_NOT_AN_OBJECT = "Not an object: send one in braces; /docs has an example."
# What the framework finds in fields, by its words or its code, with what to send instead.
_OF_FIELDS: Mapping[str, str] = {
    "A valid integer is required.": "Not a whole number: send one.",
    "Must be a valid boolean.": "Neither true nor false: send one of them.",
    "Not a valid string.": "Not text: send a string.",
    "required": "Missing: send it.",
    "null": "Null: send a value.",
    "blank": "Empty: send a text.",
    "empty": "Empty: send at least one element.",
    "not_a_list": "Not a list: send one in square brackets.",
    "min_value": "Too small: send at least {limit}.",
    "max_value": "Too large: send at most {limit}.",
    "min_length": "Too short: send at least {limit}.",
    "max_length": "Too long: send at most {limit}.",
}
_LIMIT = re.compile(r"-?\d+")


def field_errors(detail: Any) -> list[FieldError]:
    """What a serializer found, field by field; ``body`` stands for a body that has no fields.

    At most MAX_NAMED errors.
    """
    if isinstance(detail, list):
        return [FieldError("body", "not_an_object", _NOT_AN_OBJECT)]
    if found := detail.get("non_field_errors"):
        return [FieldError("body", "not_an_object", str(found[0]))]
    errors = (error for field, found in detail.items() for error in _errors_of(field, found))
    return list(islice(errors, MAX_NAMED))


def _errors_of(field: str, detail: Any) -> Iterator[FieldError]:
    """The errors of a field, and of the elements of a list."""
    for place, found in detail.items() if isinstance(detail, dict) else [("", detail)]:
        for each in found:
            yield FieldError(f"{field}.{place}" if place != "" else field, each.code, _told(each))


def _told(detail: ErrorDetail) -> str:
    """What to send instead; the details of Reunite's own fields say so."""
    words = str(detail)
    told = _OF_FIELDS.get(words) or _OF_FIELDS.get(detail.code or "")
    if told is None or "send" in words.lower():
        return words
    limit = _LIMIT.search(words)
    return told.format(limit=limit[0] if limit else "")
