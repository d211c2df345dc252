"""The service without a server: its WSGI application called in this process."""

import io
import os
from collections.abc import Callable
from typing import Any

from benchmarks.traffic import Request

Application = Callable[[dict[str, Any], Callable[..., object]], Any]


def application(database_url: str) -> Application:
    """Reunite's WSGI application on a migrated database; one for each process."""
    os.environ["DATABASE_URL"] = database_url
    os.environ["DJANGO_SETTINGS_MODULE"] = "reunite_service.settings"
    from reunite_service.wsgi import application as wsgi_application

    return wsgi_application


def environ(body: bytes) -> dict[str, Any]:
    """What a server makes of one request to identify."""
    return {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/identify",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def call(answering: Application, request: Request) -> bytes:
    """The body of the answer; raises RuntimeError unless the status is 200."""
    status = ""

    def start_response(given: str, _headers: object, _error: object = None) -> None:
        nonlocal status
        status = given

    response = answering(environ(request.body), start_response)
    body = b"".join(response)
    if close := getattr(response, "close", None):
        close()
    if not status.startswith("200"):
        raise RuntimeError(f"answered {status}: {body!r}")
    return body
