"""A real server for tests: processes of its own, on a database of its own, reached over HTTP."""

import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import NamedTuple, NoReturn

import psycopg

from tests.template import copy_to_file, copy_to_postgresql, create_in_postgresql, drop

HOST = "127.0.0.1"
REUNITE = (Path(sys.executable).with_name("reunite"),)
_ROOT = Path(__file__).parents[1]
# Below the ports that systems give to clients, of which these tests open many.
_PORTS = range(10_000, 32_000)
_PATIENCE_SECONDS = 30.0
_TOLD = ("identifier", "withheld", "contact", "link", "event")


class StoredContact(NamedTuple):
    """A row of the contact table."""

    id: int
    email: str | None
    phone_number: str | None
    linked_id: int | None
    link_precedence: str
    created_at: datetime
    deleted_at: datetime | None


class RawAnswer(NamedTuple):
    """An answer over HTTP as it came."""

    status: int
    headers: HTTPMessage
    body: bytes


@dataclass(frozen=True, slots=True)
class Database:
    """A database that nothing else uses, read and locked past the server."""

    url: str

    @property
    def is_postgresql(self) -> bool:
        return self.url.startswith("postgres")

    def connect(self) -> sqlite3.Connection | psycopg.Connection:
        """A new connection that commits each statement."""
        if self.is_postgresql:
            return psycopg.connect(self.url, autocommit=True)
        return sqlite3.connect(self.url.removeprefix("sqlite:///"), isolation_level=None)

    def rows(self, statement: str) -> list[tuple]:
        """The rows of one statement."""
        with closing(self.connect()) as connection:
            return connection.execute(statement).fetchall()

    def contacts(self) -> list[StoredContact]:
        """All rows of the contact table, in the order of their ids."""
        rows = self.rows(f"SELECT {', '.join(StoredContact._fields)} FROM contact ORDER BY id")
        return [StoredContact(*(_time(v) if n >= 5 else v for n, v in enumerate(r))) for r in rows]

    def counts(self) -> dict[str, int]:
        """How many rows each table that identify writes to has."""
        return {table: self.rows(f"SELECT count(*) FROM {table}")[0][0] for table in _TOLD}

    def empty(self) -> None:
        """Forget whatever was told."""
        with closing(self.connect()) as connection:
            for table in (*_TOLD, "numbered", "unnumbered"):
                connection.execute(f"DELETE FROM {table}")


@contextmanager
def fresh_database(folder: Path) -> Iterator[Database]:
    """A database with tables: in the PostgreSQL that DATABASE_URL names, else a SQLite file."""
    server_url = os.environ.get("DATABASE_URL", "")
    if not server_url.startswith("postgres"):
        yield Database(copy_to_file(folder / "reunite.sqlite3"))
        return
    url = copy_to_postgresql(server_url)
    try:
        yield Database(url)
    finally:
        drop(url, server_url=server_url)


@contextmanager
def empty_database(folder: Path) -> Iterator[Database]:
    """A database without tables, where ``fresh_database`` would have one with them."""
    server_url = os.environ.get("DATABASE_URL", "")
    if not server_url.startswith("postgres"):
        yield Database(f"sqlite:///{folder / 'empty.sqlite3'}")
        return
    url = create_in_postgresql(server_url)
    try:
        yield Database(url)
    finally:
        drop(url, server_url=server_url)


_TELL = "import os, sys; print(os.environ['DATABASE_URL'], flush=True); sys.stdin.read()"


@contextmanager
def own_postgresql() -> Iterator[str]:
    """The URL of another PostgreSQL, without tables; it is gone when the block ends."""
    command = [sys.executable, "-m", "tests.with_postgresql", sys.executable, "-c", _TELL]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as own:
        assert own.stdin is not None
        assert own.stdout is not None
        yield own.stdout.readline().strip()
        own.stdin.close()
        own.wait(timeout=60)


class Server:
    """``reunite serve``, or another command that serves, in a process group of its own."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        *,
        command: Sequence[str | Path] = (*REUNITE, "serve"),
        **variables: str,
    ) -> None:
        self.database = database
        self._command = command
        self.import_folder = folder / "imports"
        self._log = folder / "server.log"
        self._port = free_port()
        self._environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "reunite_service.settings",
            "DATABASE_URL": database.url,
            "HOST": HOST,
            "PORT": str(self._port),
            "WORKERS": "1",
            # One more process for each server, where nothing is uploaded.
            "IMPORT_WORKER": "0",
            "IMPORT_FOLDER": str(self.import_folder),
            "ERASURE_KEY_FILE": str(folder / "erasure-key"),
            **variables,
        }
        self._process: subprocess.Popen | None = None

    @property
    def address(self) -> tuple[str, int]:
        return HOST, self._port

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._port}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables of its processes, for others that shall use the same database."""
        return self._environment

    @property
    def log(self) -> str:
        """What all its processes wrote to standard error so far."""
        return self._log.read_text(errors="replace")

    def start(self) -> None:
        """Start, also again, and return when it is ready."""
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                cwd=_ROOT,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Return when it is, however it was started."""
        _wait_until(self._is_ready, "the server is ready", self)

    def become(self) -> NoReturn:
        """Let this process be the server."""
        os.chdir(_ROOT)
        arguments = list(map(str, self._command))
        os.execve(arguments[0], arguments, self._environment)  # noqa: S606  # no shell is wanted

    def kill(self) -> None:
        """End all its processes in the middle of whatever they do."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        # The port is closed when the last process that held it is gone.
        _wait_until(lambda: not self._is_listening(), "the port is closed", self)

    def kill_first(self) -> None:
        """End the process that started the others, and only that one."""
        self._process.kill()
        self._process.wait()

    @property
    def group(self) -> int:
        """The group of all its processes, also when the first of them is gone."""
        return self._process.pid

    def stop(self) -> None:
        """Ask it to end, and see to it that no process is left."""
        if self._process is None:
            return
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=10)
        self.close()

    def close(self) -> None:
        """See to it that no process is left, whatever they are doing."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def connect(self) -> socket.socket:
        """A connection that says nothing yet."""
        return socket.create_connection(self.address, timeout=_PATIENCE_SECONDS)

    def exchange(self, sent: bytes, *, half_close: bool = False) -> RawAnswer:
        """The answer to these bytes on a connection of their own, closed afterwards.

        With ``half_close`` the server is told that no more bytes will come.
        """
        with closing(self.connect()) as connection:
            # The server may refuse before it has read everything.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(sent)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            with closing(HTTPResponse(connection)) as response:
                response.begin()
                return RawAnswer(response.status, response.headers, response.read())

    @contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """Another command on the database and the folder of the server; it ends with the block."""
        with subprocess.Popen(
            [*REUNITE, *arguments],
            env=self._environment,
            cwd=_ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as command:
            try:
                yield command
            finally:
                command.kill()

    def check(self) -> subprocess.CompletedProcess[str]:
        """What `reunite check` says of the database."""
        return subprocess.run(
            [*REUNITE, "check"],
            env=self._environment,
            cwd=_ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def _is_ready(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            raise AssertionError(f"the server ended:\n{self.log}")
        connection = HTTPConnection(*self.address, timeout=5)
        with closing(connection), suppress(OSError, HTTPException):
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        return False

    def _is_listening(self) -> bool:
        with suppress(OSError), socket.create_connection(self.address, timeout=1):
            return True
        return False


@contextmanager
def running_server(
    folder: Path, *, command: Sequence[str | Path] = (*REUNITE, "serve"), **variables: str
) -> Iterator[Server]:
    """A server that is ready, on a fresh database; both are gone when the block ends."""
    with fresh_database(folder) as database:
        server = Server(database, folder, command=command, **variables)
        try:
            server.start()
            yield server
        finally:
            server.close()


def request(
    body: bytes = b"",
    *,
    method: str = "POST",
    path: str = "/identify",
    host: str = "localhost",
    content_type: str | None = "application/json",
    length: object = None,
    headers: Sequence[str] = (),
) -> bytes:
    """A request as it goes over the wire, unless told otherwise one for /identify."""
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {host}",
        *([] if content_type is None else [f"Content-Type: {content_type}"]),
        f"Content-Length: {len(body) if length is None else length}",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _wait_until(fact, name: str, server: Server) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not fact():
        if time.monotonic() > deadline:
            raise AssertionError(f"not in {_PATIENCE_SECONDS} s: {name}\n{server.log}")
        time.sleep(0.02)


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    while True:
        # Not from the random module: pytest-randomly seeds it alike in all processes.
        port = secrets.choice(_PORTS)
        with suppress(OSError), socket.create_server((HOST, port)):
            return port


def _time(value: object) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    return datetime.fromisoformat(value).replace(tzinfo=UTC)
