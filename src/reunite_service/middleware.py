"""The steps of every request before, and of every answer after, the application."""

import re
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from secrets import token_hex
from typing import Any

from django.core.exceptions import DisallowedHost
from django.core.handlers.exception import response_for_exception
from django.http import HttpRequest, HttpResponse
from django.http.response import ResponseHeaders

from reunite.api.http.access import limit_headers
from reunite.api.http.operation import OPERATION, OTHER
from reunite.counting import counters
from reunite.store.database.waiting import was_turned_away
from reunite_service.traces import trace

_ENTERED = "reunite.entered"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def boundary(get_response: Callable[[HttpRequest], HttpResponse]) -> object:
    """Refuse foreign hosts, give every request an id, and every answer the headers for browsers."""

    def middleware(request: HttpRequest) -> HttpResponse:
        enter(request.META)
        try:
            request.get_host()  # No page of another site may rebind to this server.
        except DisallowedHost as error:
            response: HttpResponse = response_for_exception(request, error)
        else:
            response = get_response(request)
        leave(response, request.META)
        return response

    return middleware


def enter(environ: dict[str, Any]) -> None:
    """Before the application: give the request an id, unless it has a usable one."""
    environ.setdefault(_ENTERED, time.perf_counter())
    if not _REQUEST_ID.fullmatch(environ.get("HTTP_X_REQUEST_ID", "")):
        environ["HTTP_X_REQUEST_ID"] = token_hex(16)


def leave(response: HttpResponse, environ: dict[str, Any]) -> None:
    """After the application: count the answer, and add the headers of every answer."""
    length_bytes = None if response.streaming else len(response.content)
    complete(response.headers, environ, status=response.status_code, length_bytes=length_bytes)


def complete(
    headers: ResponseHeaders | dict[str, str],
    environ: dict[str, Any],
    *,
    status: int,
    length_bytes: int | None,
) -> None:
    """As ``leave``, for an answer with these headers; ``length_bytes`` if it is known."""
    _count(status, environ, outcome=headers.get("Reunite-Outcome"))
    headers["X-Request-Id"] = environ["HTTP_X_REQUEST_ID"]
    for name, value in limit_headers(environ).items():
        headers[name] = value
    if status == HTTPStatus.NO_CONTENT:
        del headers["Content-Type"]  # Django gives each answer one.
        return
    # Answers hold personal data, except answers that say themselves how long they may be kept.
    headers.setdefault("Cache-Control", "no-store")
    headers["X-Content-Type-Options"] = "nosniff"
    if headers.get("Content-Type", "").startswith("text/html"):
        # The explorer's pages have a stricter one.
        headers.setdefault("Content-Security-Policy", _CONTENT_SECURITY_POLICY)
    if length_bytes is not None:
        headers["Content-Length"] = str(length_bytes)


def _count(status: int, environ: Mapping[str, Any], *, outcome: str | None) -> None:
    if was_turned_away():
        return  # This answer is not sent: the request is asked again.
    operation = environ.get(OPERATION, OTHER)
    counters.count("reunite_requests_total", operation, str(status))
    seconds = time.perf_counter() - environ[_ENTERED]
    counters.observe("reunite_request_seconds", operation, seconds=seconds)
    trace(environ, operation=operation, status=status, outcome=outcome, seconds=seconds)
