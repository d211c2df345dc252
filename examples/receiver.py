"""Receive webhooks of Reunite: check who sent a message, then do with it what it is for.

    RECEIVER_SECRET=whsec_… python examples/receiver.py 9000

Answer quickly, and do the work afterwards: after 15 seconds the message comes again. A message may
come more than once, always with the same ``webhook-id``.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE_SECONDS = 300
MAX_BYTES = 100_000


def is_genuine(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """Whether a sender that knows the secret sent this, within the last minutes."""
    id, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not sent.isdecimal() or abs(time.time() - int(sent)) > TOLERANCE_SECONDS:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.digest(key, f"{id}.{sent}.".encode() + body, hashlib.sha256)
    expected = f"v1,{base64.b64encode(signed).decode()}".encode()
    # During a rotation there are two signatures.
    given = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(each.encode(), expected) for each in given)


class Receiver(BaseHTTPRequestHandler):
    """Answers 204 to messages, and 401 to everything else."""

    secret = ""

    def do_POST(self) -> None:
        """Read a message."""
        length = self.headers.get("content-length", "")
        body = self.rfile.read(min(int(length), MAX_BYTES)) if length.isdecimal() else b""
        is_known = is_genuine(self.headers, body, self.secret)
        self.send_response(204 if is_known else 401)
        self.end_headers()
        if is_known:
            message = json.loads(body)
            # Here you would ask Reunite: GET /events?after=… or GET /persons/{id}.
            print(self.headers["webhook-id"], message["type"], message["data"], flush=True)

    def log_message(self, *_arguments: object) -> None:
        """Nothing."""


def main() -> None:
    """Listen on a port of this machine."""
    Receiver.secret = os.environ["RECEIVER_SECRET"]
    with ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver) as server:
        print(f"listening on port {server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
