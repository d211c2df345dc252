"""The metrics at an address of their own, for a scraper that needs no key."""

import socket
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

from django.db import connections

from reunite.api.metrics import content_type, metrics_text
from reunite.core.errors import TemporarilyUnavailable
from reunite.core.scope import default_scope

_PATH = "/metrics"
_SILENT_SECONDS = 10.0
"""How long a client may be silent."""
_PLACES = 8
"""How many requests are answered at a time; further connections are closed."""


def answer_metrics(host: str, port: int) -> None:
    """Answer until the process ends."""
    with _Server((host, port), _Handler) as server:
        server.serve_forever()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._places = threading.BoundedSemaphore(_PLACES)
        if ip_address(address[0]).version == 6:  # noqa: PLR2004  # It is the version.
            self.address_family = socket.AF_INET6
        super().__init__(address, handler)

    def process_request(self, request: object, client_address: object) -> None:
        """Answer a request in a thread, if there is a place."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)  # type: ignore[arg-type]  # It is TCP.
        else:
            self.shutdown_request(request)  # type: ignore[arg-type]  # It is TCP.

    def process_request_thread(self, request: object, client_address: object) -> None:
        """Answer a request, and give the place back."""
        try:
            super().process_request_thread(request, client_address)  # type: ignore[arg-type]  # It is TCP.
        finally:
            connections.close_all()
            self._places.release()


class _Handler(BaseHTTPRequestHandler):
    timeout = _SILENT_SECONDS
    server_version, sys_version = "reunite", ""

    def do_GET(self) -> None:
        """Answer with the metrics, without asking for a key."""
        if self.path.partition("?")[0] != _PATH:
            self._answer(HTTPStatus.NOT_FOUND, f"The metrics are at {_PATH}.\n".encode())
            return
        try:
            text = metrics_text(default_scope())
        except TemporarilyUnavailable as error:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, f"{error.code}: {error}\n".encode())
        else:
            self._answer(HTTPStatus.OK, text, content_type())

    def _answer(self, status: HTTPStatus, body: bytes, type: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Nothing: a scraper comes every few seconds."""
