"""Rows of JSON: an object in each line, or the objects of one array, each read by itself."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from reunite.core.imports.records.text import Lines
from reunite.core.imports.records.values import READERS, Number, Row, Skipped, text_of_value

Object = dict[str, Any]


class Repeating(dict[str, Any]):
    """An object that has keys several times; each has its last value."""

    __slots__ = ("repeated",)

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        counted = Counter(key for key, _ in pairs)
        self.repeated = frozenset(key for key, count in counted.items() if count > 1)


class _RepeatedKey(ValueError):
    """The key of a wanted value comes several times."""


_DEEPEST = 5
_SHAPES_KEPT = 1_000


class Names:
    """The names of all fields that were seen, those in nested objects with their path.

    Each is worth the same, whether its first value comes in the first record or in the last. Names
    that differ by case alone are one name, unless a record has both.
    """

    def __init__(self) -> None:
        self._names: dict[str, None] = {}
        self._spelt: set[str] = set()
        self._shapes: set[tuple[str, ...]] = set()

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def add(self, name: str) -> None:
        """Know a name, in upper or lower case."""
        self._names[name] = None
        self._spelt.add(name.casefold())

    def see(self, record: Object) -> bool:
        """Whether the record has a name that no record before it had."""
        shape = tuple(record)
        if shape in self._shapes:
            return False
        before = len(self._names)
        paths = list(_paths(record))
        folded = [path.casefold() for path in paths]
        for path, spelt in zip(paths, folded, strict=True):
            if spelt not in self._spelt or folded.count(spelt) > 1:
                self.add(path)
        # A nested object can have other names in each record.
        is_flat = not any(isinstance(value, dict) for value in record.values())
        if is_flat and len(self._shapes) < _SHAPES_KEPT:
            self._shapes.add(shape)
        return len(self._names) > before


def json_lines(lines: Lines) -> Iterator[Object | Skipped]:
    """The object of each line, in order."""
    while True:
        lines.begin()
        line = next(lines, None)
        if line is None:
            return
        if not line.strip():
            yield Skipped.BLANK
        elif lines.taken_is_text:
            yield read_object(line)
        else:
            yield lines.taken_problem


def json_rows(
    objects: Iterable[Object | Skipped],
    fields: Sequence[tuple[str, str]],
    see: Callable[[Object], object],
) -> Iterator[Row | Skipped]:
    """The values of each object, which ``see`` is told of before.

    ``fields``: the names of those that are wanted, and what they are read as (``Chosen.fields``).
    """
    paths = [(READERS.get(field, text_of_value), name, name.split(".")) for name, field in fields]
    for each in objects:
        if isinstance(each, Skipped):
            yield each
        else:
            see(each)
            try:
                yield tuple([text(_value(each, name, path)) for text, name, path in paths])
            except _RepeatedKey:
                yield Skipped.REPEATED


def read_object(text: str) -> Object | Skipped:
    """The object that a text is, perhaps with a comma behind it; MALFORMED for any other."""
    try:
        value = DECODER.decode(text)
    except (ValueError, RecursionError):
        bare = text.rstrip()
        return (
            read_object(bare[:-1].rstrip()) if bare.endswith(("},", "} ,")) else Skipped.MALFORMED
        )
    return value if isinstance(value, dict) else Skipped.MALFORMED


def _paths(record: Object, prefix: str = "", depth: int = 1) -> Iterator[str]:
    for name, value in record.items():
        if isinstance(value, dict) and depth < _DEEPEST:
            yield from _paths(value, f"{prefix}{name}.", depth + 1)
        else:
            yield prefix + name


def _value(record: Object, name: str, path: Sequence[str]) -> object:
    if name in record or len(path) == 1:
        return _of_key(record, name)
    value: object = record
    for part in path:
        if not isinstance(value, dict):
            return None
        value = _of_key(value, part)
    return value


def _of_key(record: Object, name: str) -> object:
    """The value of a key, perhaps in other case; None if there is none. Raises _RepeatedKey."""
    key: str | None = name
    if name not in record:
        folded = name.casefold()
        key = next((each for each in record if each.casefold() == folded), None)
    if key is None:
        return None
    if isinstance(record, Repeating) and key in record.repeated:
        raise _RepeatedKey
    return record[key]


def _no_json(constant: str) -> None:
    raise ValueError(constant)


# How exports of MongoDB write values of types that JSON has not: {"$date": "2021-01-28T05:14:15Z"}.
_WRAPPED = {"$date", "$numberLong", "$numberInt", "$numberDouble", "$numberDecimal", "$oid"}


def _object(pairs: list[tuple[str, Any]]) -> Any:
    if len(pairs) == 1 and pairs[0][0] in _WRAPPED:
        return pairs[0][1]
    found = dict(pairs)
    return found if len(found) == len(pairs) else Repeating(pairs)


DECODER = json.JSONDecoder(parse_constant=_no_json, parse_float=Number, object_pairs_hook=_object)
"""Of RFC 8259: it takes no NaN and no Infinity."""
