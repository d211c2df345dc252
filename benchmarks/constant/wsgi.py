"""WSGI without Django."""

from collections.abc import Callable, Iterable
from typing import Any

from benchmarks.constant import ANSWER

_HEADERS = [("Content-Type", "application/json"), ("Content-Length", str(len(ANSWER)))]


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    environ["wsgi.input"].read()
    start_response("200 OK", _HEADERS)
    return [ANSWER]
