"""Write the operations and the types of `reunite.client` from the OpenAPI document."""

import json
import keyword
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Schema = dict[str, Any]

DOCUMENT = Path("docs/reference/openapi.json")
CLIENT = Path("src/reunite/client")
# Sending one of these again, because its answer was lost, gives the answer that was lost.
REPEATS = {
    *("identify", "identifyBatch", "resolve", "findPersons", "searchPersons", "explain"),
    *("normalize", "simulatePolicy"),
}
_FROM_THE_DOCUMENT = "Made from the OpenAPI document: `make openapi` writes it again."
_WORDS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


class Types:
    """The schemas of the document as types of Python; those that an operation uses are written."""

    def __init__(self, schemas: dict[str, Schema]) -> None:
        self.schemas = schemas
        self._written: dict[str, str] = {}

    def of(self, schema: Schema, name: str) -> str:
        """The type of values of a schema; an object without a name of its own gets ``name``."""
        if "$ref" in schema:
            return self._named(schema["$ref"].rpartition("/")[2])
        if "enum" in schema:
            return f"Literal[{', '.join(map(repr, schema['enum']))}]"
        for several in ("allOf", "oneOf", "anyOf"):
            if several in schema:
                return " | ".join(dict.fromkeys(self.of(each, name) for each in schema[several]))
        kinds = schema.get("type", "any")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        return " | ".join(self._of_kind(kind, schema, name) for kind in kinds)

    def source(self) -> str:
        """The module: a name for each type that was asked for."""
        head = f'''"""The types of JSON. {_FROM_THE_DOCUMENT}"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict
'''
        return "\n\n".join([head, *(self._written[name] for name in sorted(self._written))])

    def _named(self, name: str) -> str:
        if name == "NullEnum":
            return "None"
        if name not in self._written:
            self._written[name] = ""  # A schema may name itself.
            schema = self.schemas[name]
            if "properties" in schema:
                self._write(name, schema)
            else:
                self._written[name] = f"{name} = {self.of(schema, name)}"
        return name

    def _write(self, name: str, schema: Schema) -> None:
        needed = schema.get("required", ())
        fields = {
            field: kind if field in needed else f"NotRequired[{kind}]"
            for field, each in schema["properties"].items()
            for kind in [self.of(each, name + field[0].upper() + field[1:])]
        }
        description = _sentence(schema.get("description", ""), name)
        if any(keyword.iskeyword(field) for field in fields):
            pairs = "".join(f"{field!r}: {kind!r}," for field, kind in fields.items())
            self._written[name] = f'{name} = TypedDict("{name}", {{{pairs}}})\n"""{description}"""'
            return
        lines = "".join(f"    {field}: {kind}\n" for field, kind in fields.items())
        self._written[name] = f'class {name}(TypedDict):\n    """{description}"""\n\n{lines}'

    def _of_kind(self, kind: str, schema: Schema, name: str) -> str:
        if kind == "array":
            return f"list[{self.of(schema['items'], name)}]"
        if kind != "object":
            return _WORDS.get(kind, "Any")
        if "properties" in schema:
            self._write(name, schema)
            return name
        values = schema.get("additionalProperties")
        return f"dict[str, {self.of(values, name) if isinstance(values, dict) else 'Any'}]"


def operations(document: Schema) -> Iterator[tuple[str, str, Schema]]:
    """Each operation with its method and path, by name."""
    found = [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    yield from sorted(found, key=lambda each: each[2]["operationId"])


def method(verb: str, path: str, operation: Schema, types: Types) -> str:
    """The method of an operation, as it is in a client that waits."""
    name = operation["operationId"]
    places = {each["name"]: each for each in operation.get("parameters", ())}
    for_path = [each for each in places.values() if each["in"] == "path"]
    for_query = [each for each in places.values() if each["in"] == "query"]
    positional = [f"{each['name']}: {types.of(each['schema'], name)}" for each in for_path]
    named, parts = [], [repr(verb), ("f" if for_path else "") + json.dumps(path)]

    if for_query:
        named += [_argument(each["name"], each["schema"], each, types) for each in for_query]
        parts.append(f"query={_pairs(each['name'] for each in for_query)}")
    content = operation.get("requestBody", {}).get("content", {})
    body = content.get("application/json", {}).get("schema")
    if body is not None:
        schema = _resolved(body, types)
        if name in {"changePolicy", "simulatePolicy"}:
            positional.append(f"policy: {_prefixed(types.of(body, name))}")
            parts.append("body=policy")
        else:
            needed = schema.get("required", ())
            fields = schema.get("properties", {})
            for field, each in fields.items():
                named.append(_argument(field, each, {"required": field in needed}, types))
            parts.append(f"body={_pairs(fields)}" if fields else "body={}")
    elif content:
        positional.append("file: Path | bytes")
        parts.append("file=file")

    if verb == "GET" or name in REPEATS:
        parts.append("repeats=True")
    elif body is not None and "dryRun" in _resolved(body, types).get("properties", {}):
        parts.append("repeats=dry_run is True")
    answer = _answer(operation, types)
    if answer == "str":
        parts.append("is_text=True")
    star = ["*"] if named else []
    # Those that must be given come first.
    named.sort(key=lambda each: "=" in each)
    arguments = ", ".join(["self", *positional, *star, *named, "**options: Unpack[Options]"])
    return f'''
    def {_snake(name)}({arguments}) -> {answer}:
        """{_sentence(operation["summary"], name)}"""
        return self.send(Call[{answer}]({", ".join(parts)}), **options)
'''


def sources() -> dict[str, str]:
    """The modules of the client that are made, by name."""
    document = json.loads(DOCUMENT.read_text())
    types = Types(document["components"]["schemas"])
    methods = [method(*each, types) for each in operations(document)]
    written = {"answers": types.source()}
    for module, name, call, wait in (
        ("operations", "Operations", "def ", ""),
        ("async_operations", "AsyncOperations", "async def ", "await "),
    ):
        body = "".join(
            each.replace("    def ", f"    {call}").replace("self.send", f"{wait}self.send")
            for each in methods
        )
        written[module] = f'''"""The operations of the service. {_FROM_THE_DOCUMENT}"""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Literal, TypeVar, Unpack

from reunite.client import answers
from reunite.client.calls import Call, Options, given

T = TypeVar("T")


class {name}(ABC):
    """A method for each operation; see docs/reference/http.md for what each does."""

    @abstractmethod
    {call}send(self, call: Call[T], **options: Unpack[Options]) -> T:
        """Send a call and wait for its answer."""
{body}'''
    return {module: _formatted(source) for module, source in written.items()}


def _argument(name: str, schema: Schema, described: Schema, types: Types) -> str:
    kind = _prefixed(types.of(schema, name[0].upper() + name[1:]))
    if described.get("required"):
        return f"{_snake(name)}: {kind}"
    return f"{_snake(name)}: {kind.removesuffix(' | None')} | None = None"


def _pairs(names: Any) -> str:
    return "given({" + ", ".join(f"{name!r}: {_snake(name)}" for name in names) + "})"


def _resolved(schema: Schema, types: Types) -> Schema:
    if "$ref" in schema:
        return types.schemas[schema["$ref"].rpartition("/")[2]]
    return schema


def _answer(operation: Schema, types: Types) -> str:
    (content,) = (
        each.get("content", {}) for status, each in operation["responses"].items() if status < "3"
    )
    schema = content.get("application/json", {}).get("schema")
    if schema is None:
        return "str"
    return _prefixed(types.of(schema, operation["operationId"]))


def _prefixed(kind: str) -> str:
    """A type as another module names it."""
    return re.sub(r"(?<![\w'\"])([A-Z]\w+)(?![\w'\"])", _in_answers, kind)


def _in_answers(found: re.Match[str]) -> str:
    name = found[1]
    return name if name in {"Any", "Literal", "None"} else f"answers.{name}"


def _snake(name: str) -> str:
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return f"{snake}_" if keyword.iskeyword(snake) else snake


def _sentence(text: str, name: str) -> str:
    first = text.split("\n", maxsplit=1)[0].strip().rstrip(".") or name
    return f"{first[0].upper()}{first[1:]}" + ("" if first.endswith("?") else ".")


def _formatted(source: str) -> str:
    ruff = Path(sys.executable).with_name("ruff")
    for command in (["check", "--fix-only", "--select=I,F401,UP"], ["format"]):
        done = subprocess.run(
            [ruff, *command, "--quiet", "--stdin-filename", CLIENT / "answers.py", "-"],
            input=source,
            capture_output=True,
            text=True,
            check=True,
        )
        source = done.stdout
    return source


def main() -> None:
    """Write the modules."""
    for module, source in sources().items():
        (CLIENT / f"{module}.py").write_text(source)


if __name__ == "__main__":
    main()
