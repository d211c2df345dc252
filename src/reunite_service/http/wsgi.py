"""One request and its answer: the WSGI application is called for it on a thread."""

import logging
import os
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from io import BytesIO
from typing import Any, BinaryIO

from django.conf import settings

from reunite.api.http.errors import server_error, unavailable
from reunite.api.http.waiting import ASK_AGAIN
from reunite.core.errors import ServerBusy
from reunite.uploaded import FAILED
from reunite_service.http.bodies import Stream
from reunite_service.middleware import enter, leave

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

_log = logging.getLogger(__name__)
_FAILED = "A request could not be answered."
_SPOOLED_BYTES = 1024 * 1024
"""Longer answers go by way of a file, so that a client that does not read fills no memory."""
_FILE_SECONDS = 60.0
"""How long such a file is kept for granian to open it, which it does at once."""
_PROBES = {"/healthz", "/readyz"}
"""Load balancers ask for these by HTTP/1.0, without a Host. The answers hold no data."""
_CONSTANT: Environ = {
    "GATEWAY_INTERFACE": "CGI/1.1",
    "SCRIPT_NAME": "",
    "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True,
    "wsgi.multiprocess": True,
    "wsgi.multithread": True,
    "wsgi.run_once": False,
    "wsgi.version": (1, 0),
}


class Exchange:
    """A request, which is answered once."""

    __slots__ = (
        "_came",
        "_reply",
        "_watcher",
        "arrived",
        "body",
        "failed",
        "is_read",
        "method",
        "on_end",
        "path",
        "protocol",
        "scope",
        "waits_until",
    )

    def __init__(self, watcher: Any) -> None:
        self._watcher = watcher
        self.protocol = watcher.proto
        self.scope = watcher.scope
        self.method: str = self.scope.method
        self.path = _inside(self.scope.path)
        self._came = self.arrived = time.monotonic()
        self.waits_until = 0.0
        """Until when to wait for a better answer than the last one."""
        self.body: bytes | Stream = b""
        self.failed: Exception | None = None
        """The error to answer with, for any request."""
        self.is_read = True
        """Whether no byte of the body is left; a ``Stream`` knows it itself."""
        self._reply: Callable[[], object]
        self.on_end: Callable[[Exchange], None]
        """Called after the answer."""

    def answer(self, application: Application, *, wanted: Callable[[], bool]) -> bool:
        """Call the application and keep what it answers for ``send``, unless it is not ``wanted``.

        False if it is not. Then the request may be answered again.
        """
        head: list[Any] = []
        environ: Environ = {}
        self.waits_until = 0.0

        def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> None:
            head[:] = int(status[:3]), headers

        try:
            environ = self.environ()
            parts = application(environ, start_response)
            try:
                if not wanted():
                    return False
                status, headers = head
                self._reply = self._made(status, headers, parts)
            finally:
                if close := getattr(parts, "close", None):
                    close()
        except Exception:  # noqa: BLE001  # Django answers its own errors; others must not end the thread
            _log.exception(_FAILED)
            enter(environ)
            problem = server_error()
            leave(problem, environ)
            self._reply = self._made(500, [*problem.items()], [problem.content])
        return True

    def refuse(self) -> None:
        """Answer that the server has too much to do: the exchange is over."""
        environ: Environ = {"HTTP_X_REQUEST_ID": self.scope.headers.get("x-request-id") or ""}
        enter(environ)
        busy = unavailable(ServerBusy())
        leave(busy, environ)
        self._reply = self._made(busy.status_code, [*busy.items()], [busy.content])
        self.send()

    def send(self) -> None:
        """Send the answer: the exchange is over."""
        try:
            self._reply()
        except Exception:  # noqa: BLE001  # No error of granian may end the thread
            _log.exception(_FAILED)
            self.protocol.response_empty(500, [])
        self._watcher.done()
        self.on_end(self)
        self._let_go()

    def _let_go(self) -> None:
        """Keep nothing of granian's.

        A connection whose body was not read stays open as long as an object of ours holds the
        protocol: the stack of an error does, and a thread that waits for its next request.
        """
        del self._watcher, self._reply, self.protocol, self.scope
        if isinstance(self.body, Stream):
            self.body.close()

    def environ(self) -> Environ:
        """The request as WSGI wants it.

        A header with an underscore is left out: it could not be told from one with a hyphen.
        """
        scope = self.scope
        environ = {
            **_CONSTANT,
            "REQUEST_METHOD": self.method,
            "PATH_INFO": self.path.encode().decode("latin-1"),
            "QUERY_STRING": scope.query_string,
            "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
            "wsgi.url_scheme": scope.scheme,
            "wsgi.input": BytesIO(self.body) if isinstance(self.body, bytes) else self.body,
            FAILED: self.failed,
            ASK_AGAIN: self._ask_again,
        }
        environ["REMOTE_ADDR"], _, environ["REMOTE_PORT"] = scope.client.rpartition(":")
        environ["SERVER_NAME"], _, environ["SERVER_PORT"] = scope.server.rpartition(":")
        headers = scope.headers
        given: list[tuple[str, str]] = headers.items()
        for name, value in given:
            key = _key(name)
            if key is not None:
                # A header that comes twice is a list, which no header of ours may be.
                environ[key] = f"{environ[key]},{value}" if key in environ else value
        if len(headers) != len(dict(given)):
            # granian keeps back values that are not ASCII. They must not count as missing.
            for name in set(headers.keys()) - dict(given).keys():
                if key := _key(name):
                    environ[key] = "?"
        self._set_host(environ)
        return environ

    def _ask_again(self, seconds: float) -> None:
        self.waits_until = self._came + seconds

    def _set_host(self, environ: Environ) -> None:
        """Take the host of the request target, if it names one (RFC 9112, 3.2).

        An empty host, and one that holds the values of two headers, is refused by the application.
        A probe of HTTP/1.0 needs none, and is answered as one for the address it was sent to.
        """
        host = environ.get("HTTP_HOST")
        is_new = self.scope.http_version == "1.1"
        if host is None and (is_new or not (self.scope.authority or self.path in _PROBES)):
            environ["HTTP_HOST"] = ""
        elif self.scope.authority and not (host and "," in host):
            environ["HTTP_HOST"] = self.scope.authority

    def _made(
        self, status: int, headers: list[tuple[str, str]], parts: Iterable[bytes]
    ) -> Callable[[], object]:
        if not (self.body.is_at_end if isinstance(self.body, Stream) else self.is_read):
            # The next request on the connection would begin with bytes of this one.
            headers = [*headers, ("Connection", "close")]
        beginning: list[bytes] = []
        size_bytes = 0
        rest = iter(parts)
        for part in rest:
            beginning.append(part)
            size_bytes += len(part)
            if size_bytes > _SPOOLED_BYTES:
                file = tempfile.TemporaryFile()  # noqa: SIM115  # closed when granian has opened it
                file.writelines(beginning)
                file.writelines(rest)
                file.flush()
                return partial(self._send_file, status, headers, file)
        return partial(self.protocol.response_bytes, status, headers, b"".join(beginning))

    def _send_file(self, status: int, headers: list[tuple[str, str]], file: Any) -> None:
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        # Granian opens it by its number: it has no name, so a crash leaves no file behind.
        self.protocol.response_file(status, headers, f"/dev/fd/{file.fileno()}")
        sent_files.keep(file)


class SentFiles:
    """Files without a name, which granian opens by their number at once."""

    def __init__(self) -> None:
        self._files: deque[tuple[float, BinaryIO]] = deque()

    def keep(self, file: BinaryIO) -> None:
        """Keep it open for a while."""
        self._files.append((time.monotonic(), file))

    def close_old(self, now: float) -> None:
        """Close those that granian has opened long ago."""
        while self._files and now - self._files[0][0] > _FILE_SECONDS:
            self._files.popleft()[1].close()


sent_files = SentFiles()


def _inside(path: str) -> str:
    """A path without the PATH_PREFIX, with or without a proxy that removes the prefix."""
    prefix: str = settings.PATH_PREFIX
    return path[len(prefix) :] if path.startswith(f"{prefix}/") else path


@lru_cache(maxsize=256)
def _key(name: str) -> str | None:
    """The name of a header in WSGI; None for a header that is not passed on."""
    if "_" in name:
        return None
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
