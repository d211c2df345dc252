"""The policy as fields of an HTML form, made from the one declaration of its JSON form."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from reunite.core.policy.form import (
    FORM,
    Choice,
    Flag,
    Form,
    Kinds,
    Leaf,
    Limit,
    Patterns,
    Region,
    Texts,
    Version,
)

_HELP: Mapping[str, str] = {
    "kinds": 'Further kinds of identifier, as in {"customerNumber": {"perPerson": 1}}.',
    "placeholders": "Words such as n/a, and numbers such as 0000000, never match.",
    "fillers.known": "Known test and example values do not match.",
    "joinOnlyVerified": "Only details that a request says are verified join two persons.",
    "erased": "What happens to the details of an erased person that come again.",
    "normalization.defaultRegion": "The country of phone numbers without a code, such as US.",
    "normalization.foldGmail": "Dots and plus tags of Gmail addresses do not matter.",
    "normalization.foldMobile": "Both spellings of mobile numbers in some countries are one.",
    "normalization.version": "The version of the rules for identifiers.",
    "limits.emailsPerPerson": "Over a limit a merge is held, or a hub is retired. Empty: no limit.",
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field: its path in the JSON form, what a browser shows, and what is wrong with it."""

    path: str
    label: str
    help: str
    widget: str
    value: Any
    choices: Sequence[str]
    errors: Sequence[str]


@dataclass(frozen=True, slots=True)
class Fieldset:
    """Fields that belong together."""

    title: str
    fields: list[Field]


def fieldsets(rules: Mapping[str, Any], errors: Mapping[str, list[str]]) -> list[Fieldset]:
    """The form, filled with rules in their JSON form; ``errors`` are by the path of a field."""
    alone = {name: shape for name, shape in FORM.items() if isinstance(shape, Leaf | Kinds)}
    groups = {name: shape for name, shape in FORM.items() if not isinstance(shape, Leaf | Kinds)}
    found = [Fieldset("In general", list(_fields("", alone, rules, errors)))]
    for name, shape in groups.items():
        below = list(_fields(f"{name}.", shape, rules.get(name, {}), errors))
        found.append(Fieldset(_label(name), below))
    return found


def _fields(
    above: str, form: Form, rules: Mapping[str, Any], errors: Mapping[str, list[str]]
) -> Iterator[Field]:
    for name, shape in form.items():
        path = f"{above}{name}"
        if not isinstance(shape, Leaf | Kinds):
            yield from _fields(f"{path}.", shape, rules.get(name, {}), errors)
            continue
        wrong = [
            detail
            for field, details in errors.items()
            if field == path or field.startswith(f"{path}.")
            for detail in details
        ]
        choices = shape.choices if isinstance(shape, Choice) else ()
        yield Field(
            path,
            _label(name),
            _HELP.get(path, ""),
            _widget(shape),
            _text(shape, rules.get(name)),
            choices,
            wrong,
        )


def rules_in(posted: QueryDict) -> dict[str, Any]:
    """The JSON form of what was posted. What cannot be read is left for the policy to refuse."""
    return _read("", FORM, posted)


def _read(above: str, form: Form, posted: QueryDict) -> dict[str, Any]:
    return {
        name: _value(shape, posted.get(f"{above}{name}", ""))
        if isinstance(shape, Leaf | Kinds)
        else _read(f"{above}{name}.", shape, posted)
        for name, shape in form.items()
    }


def _widget(shape: Leaf | Kinds) -> str:
    match shape:
        case Flag():
            return "flag"
        case Texts() | Patterns():
            return "lines"
        case Choice():
            return "choice"
        case Limit() | Version():
            return "number"
        case Region():
            return "text"
        case _:
            return "json"


def _text(shape: Leaf | Kinds, value: Any) -> Any:
    """What a browser shows of a value."""
    match shape:
        case Patterns():
            return "\n".join(f"{each['kind']} {each['pattern']}" for each in value or ())
        case Texts():
            return "\n".join(value or ())
        case Flag():
            return bool(value)
        case _:
            return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def _value(shape: Leaf | Kinds, given: str) -> Any:
    """What a field holds, as JSON has it."""
    text = given.strip()
    lines = [line.strip() for line in given.splitlines() if line.strip()]
    match shape:
        case Flag():
            return text == "on"
        case Patterns():
            pairs = (line.partition(" ") for line in lines)
            return [{"kind": kind, "pattern": pattern.strip()} for kind, _, pattern in pairs]
        case Texts():
            return lines
        case Limit() | Version():
            return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else text or None
        case Choice() | Region():
            return text or None
        case _:
            return _json(text or ("{}" if isinstance(shape, Kinds) else "null"))


def _json(text: str) -> Any:
    """The value of a text in JSON; what is none is left for the policy to refuse."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def label_of(path: str) -> str:
    """The path of a field in words: "Limits: emails per person"."""
    *above, name = map(_label, path.split("."))
    return ": ".join([*above, name.lower()]) if above else name


def _label(name: str) -> str:
    """The name of a field in words: ``emailsPerPerson`` is "Emails per person"."""
    return re.sub("([A-Z])", lambda letter: f" {letter[1].lower()}", name).capitalize()
