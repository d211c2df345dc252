"""HTTP servers: started for a section on a free port of 127.0.0.1, stopped at its end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psutil

from benchmarks.databases import BASELINE, REUNITE

HOST = "127.0.0.1"
_START_SECONDS = 30.0
_STOP_SECONDS = 10.0
_SETTLE_SECONDS = 30.0
_REST_SECONDS = 0.3
_RESTING = 0.1
"""Of one processor; the clock of a process ticks in hundredths of a second."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a server serves; without a target it is ``reunite serve`` itself.

    ``checkout`` is the folder of another commit, set up by its own make, that serves in our place.
    ``threads`` is the setting THREADS, if it is not the default.
    """

    name: str
    settings: str = REUNITE
    target: str | None = None
    checkout: Path | None = None
    threads: int | None = None


OURS = Kind("Reunite")
TUTORIAL = Kind("DRF + ORM", BASELINE, "benchmarks.wsgi:application")
TUTORIAL_KEPT = Kind(
    "DRF + ORM, kept connections",
    "benchmarks.baseline.kept_connections",
    "benchmarks.wsgi:application",
)
BARE = Kind(
    "same rule, bare Django view", "benchmarks.bare.settings", "reunite_service.wsgi:application"
)
WITHOUT_LOCKS = Kind("Reunite without locks", target="benchmarks.without_locks:application")
CONSTANT_WSGI = Kind(
    "constant answer, WSGI", "benchmarks.constant.settings", "benchmarks.constant.wsgi:application"
)
CONSTANT_DJANGO = Kind(
    "constant answer, Django view", "benchmarks.constant.settings", "benchmarks.wsgi:application"
)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    port: int
    log: Path
    process: psutil.Popen

    def url(self, path: str = "/identify") -> str:
        """The address to send to."""
        return f"http://{HOST}:{self.port}{path}"

    def post(self, body: bytes, path: str = "/identify") -> tuple[int, Any]:
        """The status and the JSON (None if it is none) of one request on a new connection."""
        return post(self.connect(), body, path)

    def connect(self) -> HTTPConnection:
        """A connection of its own."""
        return HTTPConnection(HOST, self.port, timeout=60)

    def settle(self) -> None:
        """Wait until the workers rest: what was sent when a run ended may still be under way."""
        deadline = time.monotonic() + _SETTLE_SECONDS
        spent = self.processor_seconds()
        while time.monotonic() < deadline:
            time.sleep(_REST_SECONDS)
            before, spent = spent, self.processor_seconds()
            if spent - before <= _REST_SECONDS * _RESTING:
                return

    def processor_seconds(self) -> float:
        """What the processes that answer have used so far."""
        return sum(sum(worker.cpu_times()[:2]) for worker in self.workers())

    def workers(self) -> list[psutil.Process]:
        """The processes that answer."""
        return self.process.children(recursive=True)


def post(connection: HTTPConnection, body: bytes, path: str = "/identify") -> tuple[int, Any]:
    """The status and the JSON (None if it is none) of one request."""
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    content = response.read()
    try:
        return response.status, json.loads(content)
    except ValueError:
        return response.status, None


@contextmanager
def serving(kind: Kind, database_url: str, *, workers: int, folder: Path) -> Iterator[Server]:
    """A server that accepts connections; raises RuntimeError, with its log, if it does not."""
    port = _free_port()
    log = folder / f"server-{port}.log"
    with log.open("wb") as output:
        process = psutil.Popen(
            _command(kind),
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": kind.settings,
                "DATABASE_URL": database_url,
                "HOST": HOST,
                "PORT": str(port),
                "WORKERS": str(workers),
                # It would wait for uploads, and none come.
                "IMPORT_WORKER": "0",
                **({} if kind.threads is None else {"THREADS": str(kind.threads)}),
            },
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C is for us: a server in the middle of a run is stopped below.
            start_new_session=True,
        )
    server = Server(port, log, process)
    try:
        _wait_until_accepting(server)
        yield server
    finally:
        _stop(process)


def _command(kind: Kind) -> list[str]:
    if kind.checkout is not None:
        return [str(kind.checkout / ".venv" / "bin" / "reunite"), "serve"]
    if kind.target is None:
        return [str(Path(sys.executable).with_name("reunite")), "serve"]
    return [sys.executable, "-m", "benchmarks.served", kind.target]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_accepting(server: Server) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        # The children are there before they listen, so both are asked for.
        with suppress(OSError), socket.create_connection((HOST, server.port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start:\n{server.log.read_text()}")


def _stop(process: psutil.Popen) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except psutil.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(_STOP_SECONDS)
