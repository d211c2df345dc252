"""Keys that an object of JSON has twice: parsers take the last one and drop the others silently."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from reunite.core.errors import FieldError

MAX_NAMED = 20
"""The most places that errors name."""
_NAME_LENGTH, _PATH_LENGTH = 64, 500
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]', re.DOTALL)


@dataclass(slots=True)
class _Place:
    """An object, by the keys that it had so far, or a list; and where in it the text is."""

    is_object: bool
    name: str = ""
    position: int = 0
    seen: set[str] = field(default_factory=set)


def repeated_keys(text: str) -> list[FieldError]:
    """The keys that come twice, each by its path, like ``requests.3.email``; MAX_NAMED at most.

    ``text`` is JSON that a parser has read. The time grows with its length, the depth does no harm.
    """
    found: dict[str, FieldError] = {}
    for path in _paths(text):
        found.setdefault(path, FieldError(path, "repeated_key", "Given twice: send it once."))
        if len(found) == MAX_NAMED:
            break
    return list(found.values())


def _paths(text: str) -> Iterator[str]:
    places: list[_Place] = []
    is_key = False
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign in "{[":
            is_key = sign == "{"
            places.append(_Place(is_key))
        elif sign in "}]":
            places.pop()
        elif sign == ",":
            is_key = places[-1].is_object
            places[-1].position += 1
        elif is_key and sign != ":":
            is_key = False
            place = places[-1]
            key = json.loads(sign)
            place.name = key[:_NAME_LENGTH]
            if key in place.seen:
                yield _path(places)
            place.seen.add(key)


def _path(places: list[_Place]) -> str:
    names = (each.name if each.is_object else str(each.position) for each in places)
    return ".".join(names)[:_PATH_LENGTH]
