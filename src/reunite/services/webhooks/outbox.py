"""The outbox sends messages: many at once, each within its time, and to no forbidden address.

It has a thread of its own, and knows nothing of the database. Of an answer it reads the status and
no more; it follows no redirect, and asks no proxy.
"""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import httpcore2
from httpcore2 import SOCKET_OPTION, AnyIOBackend, AsyncConnectionPool, AsyncNetworkStream
from standardwebhooks import Webhook as Signer

from reunite import __version__
from reunite.core.errors import InvalidRequest
from reunite.core.webhooks.addresses import Network, literal, may_connect
from reunite.core.webhooks.attempts import LIMIT_SECONDS, Attempt, Failure
from reunite.core.webhooks.endpoints import Target, target_of
from reunite.core.webhooks.messages import Told, message_body, message_id

Headers = dict[bytes | str, bytes | str]

_STOP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Sent:
    """An attempt that has ended, and how long it took."""

    attempt: Attempt
    seconds: float


class _Refused(Exception):
    """No connection is made, for this reason."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure


class Outbox:
    """Sends messages until the block ends; what is under way then is left to the next worker.

    ``limit_seconds`` is how long one attempt may take.
    """

    def __init__(self, allowed: Sequence[Network], *, limit_seconds: float = LIMIT_SECONDS) -> None:
        self._allowed = allowed
        self._limit_seconds = limit_seconds
        self._encryption = httpcore2.default_ssl_context()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._started: Future[asyncio.AbstractEventLoop] = Future()

    def __enter__(self) -> Self:
        self._thread.start()
        self._loop = self._started.result()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(_STOP_SECONDS)

    async def _run(self) -> None:
        self._stopped = asyncio.Event()
        self._started.set_result(asyncio.get_running_loop())
        await self._stopped.wait()  # What is under way then is cancelled.

    def post(self, event: Told, url: str, secrets: Iterable[str]) -> Future[Sent]:
        """Begin to send the message of an event, signed with each secret."""
        return asyncio.run_coroutine_threadsafe(self._post(event, url, list(secrets)), self._loop)

    async def _post(self, event: Told, url: str, secrets: Sequence[str]) -> Sent:
        at, began = datetime.now(UTC), time.monotonic()
        if not secrets:  # The settings lack the keys that make them.
            return Sent(Attempt(at, failure=Failure.NOT_SIGNED), 0.0)
        body = message_body(event)
        headers: Headers = {
            "Content-Type": "application/json",
            "User-Agent": f"Reunite/{__version__}",
            "Webhook-Id": (id := message_id(event)),
            "Webhook-Timestamp": f"{int(at.timestamp())}",
            "Webhook-Signature": " ".join(Signer(each).sign(id, at, body) for each in secrets),
        }
        status, failure = None, None
        try:
            async with asyncio.timeout(self._limit_seconds):
                status = await self._status(target_of(url), headers, body.encode())
        except TimeoutError:
            failure = Failure.TIMED_OUT
        except _Refused as error:
            failure = error.failure
        except InvalidRequest:  # A URL that an earlier version took.
            failure = Failure.ADDRESS_REFUSED
        except httpcore2.ConnectError as error:
            failure = Failure.TLS_FAILED if _is_of_tls(error) else Failure.NOT_CONNECTED
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError):
            failure = Failure.NO_ANSWER
        return Sent(Attempt(at, status, failure), time.monotonic() - began)

    async def _status(self, target: Target, headers: Headers, body: bytes) -> int:
        scheme = "https" if target.is_encrypted else "http"
        host = f"[{target.host}]" if ":" in target.host else target.host
        url = httpcore2.URL(scheme=scheme, host=target.host, port=target.port, target=target.path)
        backend = _Checked(self._allowed, is_encrypted=target.is_encrypted)
        async with (
            AsyncConnectionPool(
                self._encryption, max_keepalive_connections=0, network_backend=backend
            ) as pool,
            pool.stream(
                "POST", url, headers={"Host": f"{host}:{target.port}", **headers}, content=body
            ) as response,
        ):
            status: int = response.status
            return status


class _Checked(AnyIOBackend):
    """Looks up a name once, checks all its addresses, and connects to the first of them."""

    def __init__(self, allowed: Sequence[Network], *, is_encrypted: bool) -> None:
        super().__init__()
        self._allowed = allowed
        self._is_encrypted = is_encrypted

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # the interface has it
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        """Connect, unless an address of the host is forbidden."""
        addresses = [host] if literal(host) is not None else await _addresses(host, port)
        if not all(
            may_connect(each, self._allowed, is_encrypted=self._is_encrypted) for each in addresses
        ):
            raise _Refused(Failure.ADDRESS_REFUSED)
        return await super().connect_tcp(addresses[0], port, timeout, local_address, socket_options)


async def _addresses(host: str, port: int) -> list[str]:
    """The addresses of a name, in the system's order.

    A look-up cannot be interrupted, so each has a thread that may outlive the attempt.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[str]] = loop.create_future()

    def tell(addresses: list[str]) -> None:
        if not found.done():  # The attempt may be over.
            found.set_result(addresses)

    def look_up() -> None:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            infos = []
        with suppress(RuntimeError):  # The outbox may be closed.
            loop.call_soon_threadsafe(tell, [str(address[0]) for *_, address in infos])

    threading.Thread(target=look_up, daemon=True).start()
    addresses = await found
    if not addresses:
        raise _Refused(Failure.NAME_UNKNOWN)
    return addresses


def _is_of_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
