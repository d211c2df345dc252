"""Rows of JSON: an object in each line, or the objects of one array, each read by itself."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from reunite.core.imports.records.text import Lines
from reunite.core.imports.records.values import Row, Skipped, text_of_value

Object = dict[str, Any]

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
        """Know a name, whatever its case is."""
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
    objects: Iterable[Object | Skipped], wanted: Sequence[str], see: Callable[[Object], object]
) -> Iterator[Row | Skipped]:
    """The wanted fields of each object, which ``see`` is told of before."""
    paths = [(name, name.split(".")) for name in wanted]
    for each in objects:
        if isinstance(each, Skipped):
            yield each
        else:
            see(each)
            yield tuple([text_of_value(_value(each, *path)) for path in paths])


def read_object(text: str) -> Object | Skipped:
    """The object that a text is; MALFORMED for any other."""
    try:
        value = DECODER.decode(text)
    except (ValueError, RecursionError):
        return Skipped.MALFORMED
    return value if isinstance(value, dict) else Skipped.MALFORMED


def _paths(record: Object, prefix: str = "", depth: int = 1) -> Iterator[str]:
    for name, value in record.items():
        if isinstance(value, dict) and depth < _DEEPEST:
            yield from _paths(value, f"{prefix}{name}.", depth + 1)
        else:
            yield prefix + name


def _value(record: Object, name: str, path: Sequence[str]) -> object:
    if name in record:
        return record[name]
    if len(path) == 1:
        return _in_other_case(record, name)
    value: object = record
    for part in path:
        if not isinstance(value, dict):
            return None
        value = value[part] if part in value else _in_other_case(value, part)
    return value


def _in_other_case(record: Object, name: str) -> object:
    """The value of a name that is spelt in other case; None where there is none."""
    folded = name.casefold()
    return next((value for each, value in record.items() if each.casefold() == folded), None)


def _no_json(constant: str) -> None:
    raise ValueError(constant)


def _number(text: str) -> float | str:
    """The number, or its text where it has an exponent: that may tell that it was rounded."""
    return text if "e" in text.lower() else float(text)


DECODER = json.JSONDecoder(parse_constant=_no_json, parse_float=_number)
"""Of RFC 8259: it takes no NaN and no Infinity."""
