"""Why a call has no answer that it asked for.

ClientError
├── NoAnswer            the connection was lost, or the time was over
├── ProblemError        the server refused the request
│   ├── NotAllowed      401, 403: another key is needed
│   ├── NotFound        404
│   ├── Conflict        409: what there is forbids it
│   ├── Gone            410: something was deleted, erased or pruned
│   └── Busy            429, 503, 502, 504: it may succeed later
└── UnexpectedAnswer    the answer is not Reunite's
"""

import json
from collections.abc import Mapping
from typing import Any

_SHOWN = 200
_NO_SERVER = "no_server"


class ClientError(Exception):
    """A call failed. ``request_id`` finds it in the log of the server."""

    def __init__(self, message: str, *, request_id: str) -> None:
        super().__init__(f"{message} (request {request_id})")
        self.request_id = request_id


class NoAnswer(ClientError):
    """No answer came in time. The cause is the error of the last attempt.

    ``may_be_done`` is False if no attempt reached the server, so certainly nothing was written.
    """

    def __init__(self, reason: str, *, may_be_done: bool, request_id: str) -> None:
        self.may_be_done = may_be_done
        outcome = (
            "The request may have been carried out: check before you send it again."
            if may_be_done
            else "The server was not reached: check the address, and whether it runs."
        )
        super().__init__(f"No answer: {reason}. {outcome}", request_id=request_id)


class UnexpectedAnswer(ClientError):
    """The answer is not Reunite's; a proxy, or another server, may have sent it."""

    def __init__(self, status: int, content: bytes, *, request_id: str) -> None:
        self.status = status
        begin = content[:_SHOWN].decode(errors="replace")
        super().__init__(
            f"The answer with status {status} is not Reunite's. Check the address: {begin!r}",
            request_id=request_id,
        )


class ProblemError(ClientError):
    """The server refused the request.

    ``code`` is stable, and docs/reference/errors.md explains it. ``title`` and ``detail`` are for
    people; the detail says what to do. ``errors`` has the invalid fields. ``problem`` is the whole
    document.
    """

    def __init__(
        self, problem: Mapping[str, Any], *, request_id: str, retry_after_seconds: float = 0
    ) -> None:
        self.problem = problem
        self.status: int = problem["status"]
        self.code: str = problem["code"]
        self.title: str = problem["title"]
        self.detail: str = problem["detail"]
        self.errors: list[dict[str, str]] = problem.get("errors", [])
        self.retry_after_seconds = retry_after_seconds
        super().__init__(
            f"{self.code} ({self.status}): {self.title} {self.detail}", request_id=request_id
        )


class NotAllowed(ProblemError):
    """401 or 403: the key is missing, unknown or ended, or lacks a scope."""


class NotFound(ProblemError):
    """404: there is nothing of this id in the workspace of the key."""


class Conflict(ProblemError):
    """409: the state of the persons, the link or the import forbids it."""


class Gone(ProblemError):
    """410: the contact was deleted, the person erased, or the feed cannot go on from a number."""


class Busy(ProblemError):
    """429 or 503: the quota is taken, or the server cannot answer now, for the whole deadline."""

    @property
    def may_be_done(self) -> bool:
        """Whether the request may have been carried out all the same."""
        return self.code in {"database_unavailable", _NO_SERVER}


_KINDS: Mapping[int, type[ProblemError]] = {
    401: NotAllowed,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    410: Gone,
    429: Busy,
    502: Busy,
    503: Busy,
    504: Busy,
}
_OF_PROXIES = (502, 503, 504)


def error_of(
    status: int, content: bytes, headers: Mapping[str, str], *, request_id: str
) -> ProblemError | UnexpectedAnswer:
    """The error that an answer with another status than success is."""
    retry_after = headers.get("Retry-After", "")
    try:
        problem = json.loads(content)
        return _KINDS.get(status, ProblemError)(
            problem,
            request_id=request_id,
            retry_after_seconds=float(retry_after) if retry_after.isdecimal() else 0,
        )
    except (ValueError, LookupError, TypeError):
        if status in _OF_PROXIES:
            problem = {
                "status": status,
                "code": _NO_SERVER,
                "title": "A proxy answered in place of the server.",
                "detail": "Check whether the server runs.",
            }
            return Busy(problem, request_id=request_id)
        return UnexpectedAnswer(status, content, request_id=request_id)
