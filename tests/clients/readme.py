"""The requests of the README, and the answers that it shows."""

import json
import re
from itertools import pairwise
from typing import Any, NamedTuple

from tests.docs.documents import ROOT, Document

_REQUEST = re.compile(
    r"curl http://127\.0\.0\.1:8000(?P<path>\S+) -H 'Content-Type: application/json' \\\n"
    r"  -d '(?P<body>[^']*)'"
)


class Example(NamedTuple):
    """A request with a JSON body, and its answer; an id in the path stands apart."""

    path: str
    id: int | None
    body: dict[str, Any]
    answer: dict[str, Any]


def examples() -> list[Example]:
    """All, in the order of the document."""
    blocks = Document(ROOT / "README.md").blocks
    return [
        Example(
            re.sub(r"\d+", "{id}", found["path"]),
            int(number[0]) if (number := re.search(r"\d+", found["path"])) else None,
            json.loads(found["body"]),
            json.loads(answer.text),
        )
        for block, answer in pairwise(blocks)
        if (found := _REQUEST.match(block.text))
    ]
