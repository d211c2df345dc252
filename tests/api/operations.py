"""All operations of the OpenAPI document, so that a new one is tested without being named."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

# Each process of the tests collects all tests. To read the document takes less time than to make
# it; test_service.py tests that it is the server's.
DOCUMENT = json.loads(
    (Path(__file__).parents[2] / "docs" / "reference" / "openapi.json").read_text()
)
JSON = "application/json"


class Operation(NamedTuple):
    method: str
    path: str
    described: dict[str, Any]

    @property
    def writes(self) -> bool:
        return self.method != "get"

    @property
    def address(self) -> str:
        """The path, with the id of nobody in it."""
        return self.path.replace("{id}", "99999999")

    @property
    def parameters(self) -> list[dict[str, Any]]:
        return [each for each in self.described.get("parameters", []) if each["in"] == "query"]

    @property
    def media_types(self) -> list[str]:
        return list(self.described.get("requestBody", {}).get("content", {}))

    @property
    def media_type(self) -> str | None:
        """One that the operation takes; None if it takes no body."""
        return next(iter(self.media_types), None)

    @property
    def bodies(self) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
        """The objects in a JSON body, each with the names that lead to it."""
        content = self.described.get("requestBody", {}).get("content", {}).get(JSON)
        if content is not None:
            yield from _objects((), content["schema"])

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"


OPERATIONS = [
    Operation(method, path, described)
    for path, methods in DOCUMENT["paths"].items()
    for method, described in methods.items()
]
WRITING = [each for each in OPERATIONS if each.writes]


def _objects(way: tuple[str, ...], schema: Any) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    if name := schema.get("$ref"):
        schema = DOCUMENT["components"]["schemas"][name.rpartition("/")[2]]
    if properties := schema.get("properties"):
        yield way, properties
        for name, each in properties.items():
            yield from _objects((*way, name), each)
