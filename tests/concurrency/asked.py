"""A request without a server: what granian gives for one."""

import threading
import time
from types import SimpleNamespace

from reunite_service.http.wsgi import Exchange


class Asked:
    """A request as granian gives it, and whether it was answered."""

    def __init__(self, path):
        self.answered = threading.Event()
        self.answered_at = None
        self.scope = SimpleNamespace(
            method="POST",
            path=path,
            query_string="",
            http_version="1.1",
            scheme="http",
            client="127.0.0.1:1",
            server="127.0.0.1:2",
            headers={},
        )
        self.proto = SimpleNamespace(response_bytes=lambda *_: None)
        self.exchange = Exchange(self)
        self.exchange.on_end = lambda _: None

    def done(self):
        """Called by the exchange when its answer was sent."""
        self.answered_at = time.monotonic()
        self.answered.set()
