"""Arrays among the members of an object of JSON: which of them hold contact details."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from reunite.core.imports.files import Columns, Unreadable
from reunite.core.imports.records.json_rows import DECODER, Names, Object
from reunite.core.imports.records.naming import is_name
from reunite.core.imports.records.recognised import KNOWN, recognised_count

NAMES_OF_ARRAYS = (
    "contacts", "customers", "data", "edges", "items", "members", "nodes", "orders", "people",
    "profiles", "receipts", "records", "result", "results", "users", "value",
)  # fmt: skip
"""The names that answers of shops give to arrays of orders or customers."""
_KNOWN = KNOWN | frozenset(NAMES_OF_ARRAYS)

_SIGN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:]', re.DOTALL)
_BETWEEN = re.compile(r"[\s,]*")
_OBJECTS_SEEN = 20
_DEEPEST = 3


def contact_arrays(text: str, asked: Columns) -> list[tuple[str, int]]:
    """The path of each array whose objects have contact details, and where its elements begin.

    An array within an array is a value of its elements, and none of these.
    """
    return [(path, at) for path, at in _arrays(text) if _has_contacts(text, at, asked)]


def require_unkeyed(text: str, *, name: str) -> None:
    """Raise Unreadable for a text that is one object whose records are under keys of their own.

    As ``{"1": {"email": …}, "2": {"email": …}}``, and ``{"email": {"0": …, "1": …}}`` of pandas:
    they would become one row.
    """
    try:
        record = DECODER.decode(text)
    except (ValueError, RecursionError):
        return
    if isinstance(record, dict) and _is_keyed(record, depth=1):
        raise Unreadable(
            f"{name} has its records under keys, or its columns one by one: write the records as "
            "objects in one array; pandas does so with to_json(orient='records')"
        )


def _is_keyed(record: Object, depth: int) -> bool:
    inner = {key: value for key, value in record.items() if isinstance(value, dict)}
    keyed = [value for key, value in inner.items() if _is_key(key)]
    if sum(_are_contacts(value) for value in keyed) > 1:
        return True
    if any(
        len(value) > 1 and all(map(str.isdecimal, value)) and _are_contacts({key: None})
        for key, value in inner.items()
    ):
        return True
    lists = (key for key, value in record.items() if isinstance(value, list) and len(value) > 1)
    if any(_are_contacts({key: None}) and _are_texts(record[key]) for key in lists):
        return True
    return depth < _DEEPEST and any(_is_keyed(value, depth + 1) for value in inner.values())


def _is_key(name: str) -> bool:
    """Whether a name is an id rather than the name of a field."""
    return name.isdecimal() or not is_name(name, known=_KNOWN)


def _are_texts(values: Sequence[object]) -> bool:
    return all(value is None or isinstance(value, str | int) for value in values)


def _are_contacts(record: Object) -> bool:
    names = Names()
    names.see(record)
    return bool(recognised_count(list(names), Columns()))


def several(name: str, paths: Sequence[str], *, beside: bool = False) -> Unreadable:
    """The error for the file ``name``: one of its arrays would be read, and the others lost.

    ``beside``: or a single object, which stands beside the arrays.
    """
    told = [
        path if is_name(path, known=_KNOWN) else f"the array of place {number}"
        for number, path in enumerate(paths, 1)
    ]
    told += ["an object beside"] * beside
    return Unreadable(
        f"{name} has contact details in several places ({', '.join(told)}): write those to import "
        "into a file of their own, as jq does: jq .orders FILE"
    )


def _arrays(text: str) -> Iterator[tuple[str, int]]:
    path: list[str] = []
    key = ""
    depth = 0  # In an array.
    for before, token in pairwise([None, *_SIGN.finditer(text)]):
        sign = token[0] if token else ""
        if sign == ":" and before and not depth:
            key = str(DECODER.decode(before[0])) if before[0].startswith('"') else ""
        elif sign in ("[", "{") and depth:
            depth += 1
        elif sign in ("]", "}") and depth:
            depth -= 1
        elif sign == "{":
            path.append(key)
        elif sign == "}":
            del path[-1:]
        elif sign == "[" and token:
            yield ".".join([*path[1:], key]), token.end()
            depth = 1


def _has_contacts(text: str, at: int, asked: Columns) -> bool:
    names = Names()
    for _ in range(_OBJECTS_SEEN):
        between = _BETWEEN.match(text, at)
        try:
            value, at = DECODER.raw_decode(text, between.end() if between else at)
        except (ValueError, RecursionError):
            break
        if isinstance(value, dict):
            names.see(value)
    return bool(recognised_count(list(names), asked))
