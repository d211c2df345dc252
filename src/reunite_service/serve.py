"""``reunite serve``: migrate the database, then answer HTTP."""

import multiprocessing
import os
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from queue import SimpleQueue
from typing import Any

import django
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections
from django.http.request import validate_host
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from reunite.core.errors import NotMigrated
from reunite.processes import end_with_parent
from reunite.services.access.door import keys_are_asked_for
from reunite.services.health import require_ready, set_up_alone
from reunite_service.counts import counts_folder, share_counts
from reunite_service.database import require_database
from reunite_service.http.worker import STOP_SECONDS, run
from reunite_service.mistakes import told_in_one_line
from reunite_service.pooler import require_sessions
from reunite_service.traces import require_traces

_OTHER_FILES = 256
_WITH_KEY = " -H 'Authorization: Bearer ru_…'"
_WORKER_PAUSE_SECONDS = 2.0
_WORKER_STOP_SECONDS = 2.0
_LOOK_SECONDS = 0.02
_KILL_SECONDS = 1
"""How long granian waits for a process that did not end in STOP_SECONDS."""


def serve() -> None:
    """Serve until interrupted. Raises CommandError when the port or the database cannot be had."""
    host, port = settings.HOST, settings.PORT
    address = _require_free(host, port)
    if settings.METRICS_ADDRESS is not None:
        _require_free(*settings.METRICS_ADDRESS, names="METRICS_ADDRESS")
    require_traces()
    require_sessions()
    set_up()
    is_keyed = keys_are_asked_for()
    _require_keys(host, is_keyed=is_keyed)
    connections.close_all()
    if not (os.environ.get("SECRET_KEY") or os.environ.get("SECRET_KEY_FILE")):
        # All processes accept each other's sessions.
        os.environ["SECRET_KEY"] = settings.SECRET_KEY
    server = Server(
        "reunite_service.wsgi:application",
        address=address,
        port=port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        workers=settings.WORKERS,
        websockets=False,
        backpressure=_connections(),
        respawn_failed_workers=True,
        workers_kill_timeout=_KILL_SECONDS,
        log_level=LogLevels.warning,
    )
    welcome = _welcome(host, port, is_keyed=is_keyed)
    server.on_startup(lambda: _greet_when_listening(address, port, welcome))
    with (
        counts_folder(),
        _beside(_work, wanted=settings.IMPORT_WORKER),
        _beside(_answer_metrics, wanted=settings.METRICS_ADDRESS is not None),
    ):
        server.serve(spawn_target=run)


def _connections() -> int:
    """How many connections a process may hold; each takes an open file."""
    wanted: int = settings.CONNECTIONS
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files != resource.RLIM_INFINITY:
        needed = wanted + _OTHER_FILES
        files = max(files, needed if most == resource.RLIM_INFINITY else min(needed, most))
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
        wanted = max(1, min(wanted, files - _OTHER_FILES))
    return wanted


def set_up(*, verbosity: int = 0) -> None:
    """Bring the tables up to date, while no other process does. Raises BeingSetUp."""
    with set_up_alone():
        try:
            require_ready()
        except NotMigrated:
            call_command("migrate", interactive=False, verbosity=verbosity)


class Server(Granian):  # type: ignore[misc,valid-type]  # one of two classes, by the interpreter
    """granian's, which may be told to stop at any moment, and twice.

    Its own handler takes a lock that the interrupted code, or the handler itself, may hold.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._signals: SimpleQueue[int] = SimpleQueue()

    def startup(self, *arguments: Any) -> None:
        """Listen to signals, and start the processes."""
        threading.Thread(target=self._obey, daemon=True).start()
        super().startup(*arguments)

    def signal_handler_interrupt(self, number: int, _frame: object) -> None:
        """A signal may come at any moment; a queue accepts items at any moment."""
        if os.getpid() == self.pid:
            self._signals.put(number)
        elif number == signal.SIGTERM:
            # A process that was forked just now, and does not listen yet.
            os._exit(0)

    def signal_handler_reload(self, number: int, frame: object) -> None:
        """As above."""
        self.signal_handler_interrupt(number, frame)

    def _stop_workers(self) -> None:
        """Let the processes end, before granian looks for those that did not.

        It has a thread wait for each process. While that thread notes that its process ended,
        granian takes the process for one that lives, and reports that it had to be killed.
        """
        for each in self.wrks:
            each.terminate()
        until = time.monotonic() + STOP_SECONDS
        while time.monotonic() < until and any(each.is_alive() for each in self.wrks):
            time.sleep(_LOOK_SECONDS)
        super()._stop_workers()

    def _obey(self) -> None:
        while True:
            if self._signals.get() == signal.SIGHUP:
                super().signal_handler_reload()
            else:
                super().signal_handler_interrupt()


@contextmanager
def _beside(work: Callable[[], None], *, wanted: bool) -> Iterator[None]:
    """Within the block, a process runs the function; another one follows if it dies."""
    if not wanted:
        yield
        return
    stopping = threading.Event()
    keeper = threading.Thread(target=_keep_working, args=(work, stopping), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        keeper.join()


def _keep_working(work: Callable[[], None], stopping: threading.Event) -> None:
    context = multiprocessing.get_context("spawn")
    # Ctrl-C is for the first process alone, which tells the others: those that this thread starts
    # take over what it blocks. Starting the tracker, which the first of them needs, would unblock.
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    # The first one starts after a pause, too, when the processes for HTTP are there.
    while not stopping.wait(_WORKER_PAUSE_SECONDS):
        worker = context.Process(target=work, name=work.__name__)
        worker.start()
        while worker.is_alive() and not stopping.is_set():
            worker.join(timeout=0.2)
        worker.terminate()
        worker.join(timeout=_WORKER_STOP_SECONDS)
        # An import goes on where it was, so this does no harm.
        worker.kill()
        worker.join()


def _work() -> None:
    """Import uploads, and tell webhooks."""
    with told_in_one_line():
        django.setup()
        require_database()
        require_ready()
        share_counts()
        call_command("reunite_worker")


def _answer_metrics() -> None:
    """Answer at the address of the metrics."""
    with told_in_one_line():
        django.setup()
        from reunite_service.metrics import answer_metrics  # It needs the settings.

        share_counts()
        end_with_parent()
        if settings.METRICS_ADDRESS is not None:  # It is not, but mypy cannot know.
            answer_metrics(*settings.METRICS_ADDRESS)


def _require_free(host: str, port: int, *, names: str = "HOST or PORT") -> str:
    """The IP address to listen on."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address[0], port))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CommandError(
            f"cannot listen on {host}:{port} ({reason}): set another {names}"
        ) from error
    return str(address[0])


def _require_keys(host: str, *, is_keyed: bool) -> None:
    """Raise CommandError if other machines could reach a server that has no keys."""
    if not (is_keyed or settings.REUNITE["OPEN_WITHOUT_KEYS"]):
        raise CommandError(
            f"others can reach HOST={host}, and there is no key: create one with `reunite keys "
            "create NAME --scope admin`, or set REUNITE_BOOTSTRAP_KEY_FILE. If a proxy in front "
            "authenticates all clients, set PROXY_AUTHENTICATES=true"
        )


def _greet_when_listening(address: str, port: int, greeting: str) -> None:
    """Print the greeting as soon as a process of the server takes connections."""

    def greet() -> None:
        while True:
            with suppress(OSError), socket.create_connection((address, port), timeout=1):
                print(greeting, flush=True)
                return
            time.sleep(_LOOK_SECONDS)

    threading.Thread(target=greet, daemon=True).start()


def _welcome(host: str, port: int, *, is_keyed: bool = False) -> str:
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}{settings.PATH_PREFIX}"
    headers = _naming_a_host(host) + (_WITH_KEY if is_keyed else "")
    return f"""Reunite answers at {address} (documentation at {address}/docs).
Open {address} in a browser, or try:

  curl {address}/identify{headers} -H 'Content-Type: application/json' \\
    -d '{{"email": "mcfly@hillvalley.edu", "phoneNumber": "123456"}}'
"""


def _naming_a_host(host: str) -> str:
    """The further argument of curl that names an allowed host."""
    own = f"[{host}]" if ":" in host else host
    if validate_host(own, settings.ALLOWED_HOSTS) or not settings.ALLOWED_HOSTS:
        return ""
    return f" -H 'Host: {settings.ALLOWED_HOSTS[0].lstrip('.')}'"
