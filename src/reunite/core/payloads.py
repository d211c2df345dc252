"""Payloads as JSON: how events are written, and the schemas of what is written."""

import inspect
from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from reunite.core.events import EVENTS, Event, PersonIds
from reunite.core.identifiers.kinds import NAME_PATTERN

Schema = dict[str, Any]
Payload = Event | PersonIds


def payload_name(kind: type[Payload], field: str) -> str:
    """The name that a field has in payloads; raises KeyError if there is no such field."""
    return _NAMES[kind][field]


def payload_of(event: Payload) -> dict[str, object]:
    """The payload of an event, ready to be written as JSON."""
    # An import makes one for each new contact, so ids, which are plain already, are skipped.
    return {
        name: value if type(value) is int else _plain(value)
        for field, name in _NAMES[type(event)].items()
        if (value := getattr(event, field)) is not None
    }


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


_KINDS: list[type[Payload]] = [PersonIds, *EVENTS.values()]
_NAMES = {kind: {each.name: _camel(each.name) for each in fields(kind)} for kind in _KINDS}


def _plain(value: Any) -> object:
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {_plain(key): _plain(each) for key, each in value.items()}
    if isinstance(value, PersonIds):
        return payload_of(value)
    return [_plain(each) for each in value]


def definitions(references: str) -> dict[str, Schema]:
    """The schema of each payload by its class's name, and what they share.

    ``references`` is where they refer to each other, such as ``#/$defs/``.
    """
    return {definition_name(each): _object(each, references) for each in _KINDS}


def definition_name(kind: type[Payload]) -> str:
    """The name of a class's schema; the name of an event's schema ends in Payload."""
    return kind.__name__ if issubclass(kind, PersonIds) else f"{kind.__name__}Payload"


def _object(kind: type[Payload], references: str) -> Schema:
    hints = get_type_hints(kind, include_extras=True)
    properties: dict[str, Schema] = {}
    required = []
    for each in fields(kind):
        annotated, text, *marks = get_args(hints[each.name])
        name = payload_name(kind, each.name)
        properties[name] = {
            **_schema(annotated, references),
            "description": " ".join([text, *marks]),
        }
        if not marks and NoneType not in get_args(annotated):
            required.append(name)
    return {
        "type": "object",
        "description": inspect.cleandoc(kind.__doc__ or "").replace("``", "`"),
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _schema(kind: Any, references: str) -> Schema:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        (kind,) = (each for each in arguments if each is not NoneType)
        return _schema(kind, references)
    if origin is tuple:
        return {"type": "array", "items": _schema(arguments[0], references)}
    if origin is Mapping:
        keys, values = arguments
        return {
            "type": "object",
            "propertyNames": _schema(keys, references),
            "additionalProperties": _schema(values, references),
        }
    if kind is PersonIds:
        return {"$ref": references + definition_name(kind)}
    # Texts of payloads are names of kinds.
    texts = {str: {"type": "string", "pattern": f"^{NAME_PATTERN}$"}}
    if issubclass(kind, StrEnum):
        return {"type": "string", "enum": [each.value for each in kind]}
    return texts.get(kind, {"type": "integer"})
