"""A call of an operation, and the answer to it, however both are sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any, Generic, TypedDict, TypeVar, cast

T = TypeVar("T")

_UPLOAD_SECONDS = 3_600.0


class Options(TypedDict, total=False):
    """What every operation takes beside its own arguments.

    ``deadline_seconds`` is the time for the answer, repetitions included. ``request_id`` goes into
    the events of the request: up to 64 letters, digits, ``.``, ``_`` and ``-``, no personal data.
    """

    deadline_seconds: float
    request_id: str


@dataclass(frozen=True)  # Call[…](…) sets an attribute, which slots would not have.
class Call(Generic[T]):
    """An operation with its arguments; ``T`` is the type of its answer.

    ``repeats`` says that the operation may be sent again after its answer was lost, because the
    second answer is the one that was lost. ``attempt_seconds`` is the time for one attempt, unless
    less is left.
    """

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    file: Path | bytes | None = None
    repeats: bool = False
    attempt_seconds: float = inf
    is_text: bool = False

    @property
    def content(self) -> bytes | None:
        """The body as it is sent, unless it is a file."""
        return None if self.body is None else json.dumps(self.body).encode()

    def headers(self, request_id: str) -> dict[str, str]:
        """The headers of this call alone."""
        headers = {"X-Request-Id": request_id}
        if self.body is not None:
            headers["Content-Type"] = "application/json"
        if self.file is not None:
            headers["Content-Type"] = "application/octet-stream"
            # The server refuses bodies of an unknown length.
            size = len(self.file) if isinstance(self.file, bytes) else self.file.stat().st_size
            headers["Content-Length"] = str(size)
        return headers

    def deadline_seconds(self, usual_seconds: float) -> float:
        """The time for the call where the caller names none: files and long polls take longer."""
        if self.file is not None:
            return max(usual_seconds, _UPLOAD_SECONDS)
        return usual_seconds + float(self.query.get("wait", 0))

    def read(self, content: bytes) -> T:
        """The answer in the content of a response; raises ValueError if it is no JSON."""
        answer: Any = content.decode() if self.is_text else json.loads(content)
        return cast("T", answer)


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are not None: to leave an argument out and to send null is the same."""
    return {name: value for name, value in values.items() if value is not None}
