"""A short way to the operations that are asked most, in front of Django.

It takes only requests about which nothing is unusual, so that no rule is written twice: what it
does not know goes to Django as it came. What fails goes there with the error, and Django answers
the error as if it had raised it. Why: docs/decisions/0036-a-thin-route-before-django.md.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import BinaryIO

from django.conf import settings
from django.core import signals
from django.core.handlers.base import reset_urlconf
from django.dispatch import Signal
from django.http import UnreadablePostError
from django.http.request import split_domain_port, validate_host

from reunite.api.http.access import let_in
from reunite.api.http.json import Written, parsed, require_complete
from reunite.api.http.operation import JSON, OPERATION, Takes, takes_of
from reunite.api.identify.resolve import ResolveView
from reunite.api.identify.views import IdentifyBatchView, IdentifyView
from reunite.store.database.waiting import was_turned_away
from reunite.uploaded import FAILED
from reunite_service.http.wsgi import Application, Environ, StartResponse
from reunite_service.middleware import complete, enter

_VIEWS = IdentifyView, IdentifyBatchView, ResolveView
_PERFORM: dict[str, Callable[..., Written]] = {
    "/identify": IdentifyView.perform,
    "/identify/batch": IdentifyBatchView.perform,
    "/resolve": ResolveView.perform,
}
_TAKES: Mapping[str, Takes] = {
    "/identify": takes_of(IdentifyView.post),
    "/identify/batch": takes_of(IdentifyBatchView.post),
    "/resolve": takes_of(ResolveView.post),
}
_TYPES = {
    JSON,
    *(f"{JSON};{space}charset={name}" for space in ("", " ") for name in ("utf-8", "UTF-8")),
}
_OK = f"{HTTPStatus.OK.value} {HTTPStatus.OK.phrase}"
_ANY_TYPE = "*/*"
# The headers that clients usually send; Django decides about all others.
_ACCEPTED = {_ANY_TYPE, JSON, f"{JSON}, text/plain, {_ANY_TYPE}"}
_UNUSUAL = frozenset(
    {
        # Pages of browsers: Django decides about them.
        "HTTP_ORIGIN",
        "HTTP_SEC_FETCH_SITE",
        "HTTP_CONTENT_ENCODING",
        # A server in front serves a part of an address.
        "SCRIPT_URL",
        "REDIRECT_URL",
    }
)
# Settings of Django that the short way obeys only with their values in the service.
_AS_IN_THE_SERVICE: Mapping[str, object] = {
    "DEBUG": False,
    "MIDDLEWARE": [
        "reunite_service.middleware.boundary",
        "whitenoise.middleware.WhiteNoiseMiddleware",
    ],
    "ROOT_URLCONF": "reunite_service.urls",
    "USE_X_FORWARDED_HOST": False,
}


def is_possible() -> bool:
    """Whether the short way does all that Django would do with a usual request."""
    return (
        all(getattr(settings, name) == value for name, value in _AS_IN_THE_SERVICE.items())
        and (settings.PATH_PREFIX or None) == settings.FORCE_SCRIPT_NAME
        and not any(view.asks_anything() for view in _VIEWS)
        and _listeners(signals.request_started) == []
        and _listeners(signals.request_finished) == [reset_urlconf]
    )


def in_front_of(django: Application) -> Application:
    """The application that tries the short way first, if it is possible."""
    if not is_possible():
        return django

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        length_bytes = _usual_length(environ)
        if not length_bytes:
            return django(environ, start_response)
        enter(environ)
        try:
            require_complete(environ)
            path = environ["PATH_INFO"]
            takes = _TAKES[path]
            environ[OPERATION] = takes.name
            let_in(environ, takes.needs)
            asked = parsed(_read(environ["wsgi.input"], length_bytes))
            content, headers = _PERFORM[path](asked, environ)
        except Exception as error:  # noqa: BLE001  # Django answers and logs each, as its own
            if was_turned_away():
                return []  # The request is put aside: this answer is not read.
            environ[FAILED] = error
        else:
            complete(headers, environ, status=HTTPStatus.OK, length_bytes=len(content))
            start_response(_OK, [*headers.items()])
            return [content]
        return django(environ, start_response)

    return application


def _usual_length(environ: Environ) -> int:
    """How many bytes the body of a usual request has; 0 if anything about it is unusual."""
    get = environ.get
    length = get("CONTENT_LENGTH") or ""
    if (
        get("PATH_INFO") in _PERFORM
        and environ["REQUEST_METHOD"] == "POST"
        and not get("QUERY_STRING")
        and not get("SCRIPT_NAME")
        and get("CONTENT_TYPE") in _TYPES
        and get("HTTP_ACCEPT", _ANY_TYPE) in _ACCEPTED
        and _UNUSUAL.isdisjoint(environ)
        and _is_own(get("HTTP_HOST", ""), tuple(settings.ALLOWED_HOSTS))
        and length.isascii()
        and length.isdecimal()
        and int(length) <= (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)
    ):
        return int(length)
    return 0


@lru_cache(maxsize=64)
def _is_own(host: str, allowed: Sequence[str]) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


def _read(stream: BinaryIO, length_bytes: int) -> bytes:
    """The whole body; raises UnreadablePostError as Django does."""
    try:
        content = stream.read(length_bytes)
    except OSError as error:
        raise UnreadablePostError(*error.args) from error
    if len(content) < length_bytes:
        raise UnreadablePostError
    return content


def _listeners(signal: Signal) -> list[object]:
    """The receivers of a signal that are still connected."""
    return [*signal._live_receivers(None)[0]]
