"""Write the catalogue of events to docs/reference from the code: ``python -m tools.events``."""

import json
from pathlib import Path
from typing import Any

from reunite.core.events import EVENTS
from reunite.core.payloads import definition_name, definitions

PAGE = Path("docs/reference/events.md")
SCHEMAS = Path("docs/reference/events.schema.json")
_REFERENCES = "#/$defs/"
_INTRODUCTION = """\
# Events

Reunite writes an event for each change, in the transaction of the change.
[`GET /persons/{id}/history`](http.md#get-personsidhistory) answers the events of a person,
[`GET /events`](http.md#get-events) those of all persons;
[rows](../explanation/rows.md#event) describes the table.

An event has a `type` and a `payload`. Payloads hold ids, numbers and words of Reunite, and no
personal data. Rows never change. A later version may add types, and fields to a type; it does not
remove a field or change what a field means. [events.schema.json](events.schema.json) is the JSON
schema of an event. The [OpenAPI document](openapi.json) holds the schema of each payload, too.

This page is made from the code: `make openapi` writes it again.

## Persons before and after

An event with `before` and `after` tells of persons that Reunite derived anew. Both are lists of
`{"personId": …, "contactIds": […]}`, oldest first. There is one event for each person that results,
under its id; if none results, one for each person that was. Persons that gave or got no contacts of
each other have events of their own. If more than 20 persons result, the event of the oldest holds
all of them. The other events hold in `before` and `after` the contacts of their own person, and
leave other lists out.

## Older rows

Databases keep the events that older versions wrote. The tables say which fields these rows may
lack. Before `identifier.retired` had one payload for all, a guard wrote `kind`, `origin`, `before`
and `after`, and an operator wrote `kind`, `contactIds`, `suspendedLinkIds`, `before` and `after`:
an older row without `origin` is an operator's. A guard then wrote the whole into each of its
events, however many persons resulted.

## Types
"""


def page() -> str:
    """The page, as Markdown."""
    schemas = definitions(_REFERENCES)
    return "\n".join(
        [_INTRODUCTION]
        + [_section(type, schemas[definition_name(kind)]) for type, kind in sorted(EVENTS.items())]
    )


def schemas() -> str:
    """The JSON schema of an event with its payload."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An event of Reunite: its type, and the payload of the type",
        "type": "object",
        "required": ["type", "payload"],
        "oneOf": [
            {
                "properties": {
                    "type": {"const": type},
                    "payload": {"$ref": _REFERENCES + definition_name(kind)},
                }
            }
            for type, kind in sorted(EVENTS.items())
        ],
        "$defs": definitions(_REFERENCES),
    }
    return json.dumps(document, indent=2) + "\n"


def _section(type: str, schema: dict[str, Any]) -> str:
    rows = [
        f"| `{name}` | {_kind(each)} | {'yes' if name in schema['required'] else 'not always'} "
        f"| {each['description']} |"
        for name, each in schema["properties"].items()
    ]
    table = ["| field | value | present | |", "|---|---|---|---|", *rows]
    return "\n".join([f"### `{type}`", "", schema["description"], "", *table, ""])


def _kind(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    if schema["type"] == "array":
        items = schema["items"]
        return "persons" if "$ref" in items else f"{_kind(items)}s" if "pattern" in items else "ids"
    if schema["type"] == "object":
        words = schema["additionalProperties"]["enum"]
        return f"by kind: {', '.join(f'`{each}`' for each in words)}"
    return "kind" if "pattern" in schema else "number"


if __name__ == "__main__":
    PAGE.write_text(page())
    SCHEMAS.write_text(schemas())
