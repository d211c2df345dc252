"""A receiver of webhooks: a real server on this machine, which answers as it is told."""

import json
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook

_PATIENCE_SECONDS = 60.0


@dataclass
class Message:
    """A message as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def number(self) -> int:
        return json.loads(self.body)["data"]["number"]

    def verified(self, secret: str) -> dict:
        """What it says; raises WebhookVerificationError for another secret."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """``answer`` gets each message, and gives back a status; None closes the connection."""

    url: str
    answer: Callable[[Message], int | None]
    messages: list[Message] = field(default_factory=list)

    def numbers(self, path: str = "/") -> list[int]:
        """The numbers of the messages that came to a path, in the order in which they came."""
        return [each.number for each in self.messages if each.path == path]

    def ids_by_number(self) -> dict[int, set[str]]:
        """All ids that the message of each event ever had."""
        found = defaultdict(set)
        for each in self.messages:
            found[each.number].add(each.id)
        return dict(found)

    def wait_until(self, fact: Callable[[], bool]) -> None:
        """Return when the fact holds."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not fact():
            assert time.monotonic() < deadline, f"received: {self.messages}"
            time.sleep(0.02)


@contextmanager
def receiver(
    answer: Callable[[Message], int | None] = lambda _: 204, *, tls: ssl.SSLContext | None = None
) -> Iterator[Receiver]:
    """A receiver that listens; with a context for TLS it speaks HTTPS."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):  # the server's name for it
            length = int(self.headers["Content-Length"])
            headers = {name.lower(): value for name, value in self.headers.items()}
            message = Message(self.path, headers, self.rfile.read(length))
            received.messages.append(message)
            status = received.answer(message)
            if status is None:
                self.close_connection = True
                return
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", received.url + "elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments):
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, *arguments):
            pass  # Clients go away.

    with Quiet(("127.0.0.1", 0), Handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        scheme = "https" if tls else "http"
        received = Receiver(f"{scheme}://127.0.0.1:{server.server_port}/", answer)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield received
        finally:
            server.shutdown()
            thread.join()
