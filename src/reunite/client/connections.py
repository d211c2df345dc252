"""What both clients ask of httpx2."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TypeVar

import httpx2

from reunite import __version__
from reunite.client.attempts import Attempts
from reunite.client.calls import Call
from reunite.client.errors import UnexpectedAnswer, error_of

T = TypeVar("T")

NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
"""Errors of requests that the server has certainly not read."""

_CONNECT_SECONDS = 5.0
_PART_BYTES = 1 << 20


def headers_of(key: str | None) -> dict[str, str]:
    """The headers of all calls of a client."""
    headers = {"Accept": "*/*", "User-Agent": f"reunite/{__version__}"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    return headers


def timeout_of(attempts: Attempts) -> httpx2.Timeout:
    """The limits of an attempt: connecting again may help, waiting longer for it does not."""
    seconds = attempts.attempt_seconds
    return httpx2.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS))


def answer_of(call: Call[T], response: httpx2.Response, content: bytes, request_id: str) -> T:
    """What a response says. Raises ProblemError or UnexpectedAnswer if it is no success."""
    if not response.is_success:
        raise error_of(response.status_code, content, response.headers, request_id=request_id)
    try:
        return call.read(content)
    except ValueError as error:
        raise UnexpectedAnswer(response.status_code, content, request_id=request_id) from error


def parts_of(file: Path | bytes) -> Iterator[bytes]:
    """A file in parts, from its beginning."""
    if isinstance(file, bytes):
        yield file
        return
    with file.open("rb") as opened:
        while part := opened.read(_PART_BYTES):
            yield part


async def async_parts_of(file: Path | bytes) -> AsyncIterator[bytes]:
    """The same for a client that does not wait; reading a part is as quick as a disk."""
    for part in parts_of(file):
        yield part
