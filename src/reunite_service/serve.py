"""``reunite serve``: migrate what is not migrated, then answer HTTP."""

import multiprocessing
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections
from django.http.request import validate_host
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from reunite.core.errors import NotMigrated
from reunite.extra import has_extra
from reunite.services.health import require_ready

# Longer than a request may wait for its locks. A worker that is told to stop while it still starts
# may not hear it.
STOP_SECONDS = 10

_WORKER_PAUSE_SECONDS = 2.0
_WORKER_STOP_SECONDS = 2.0


def serve() -> None:
    """Serve until interrupted. Raises CommandError when the port or the database cannot be had."""
    host, port = settings.HOST, settings.PORT
    address = _require_free(host, port)
    try:
        require_ready()
    except NotMigrated:
        call_command("migrate", interactive=False, verbosity=0)
    connections.close_all()
    server = Granian(
        "reunite_service.wsgi:application",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        workers=settings.WORKERS,
        blocking_threads=settings.THREADS,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.warning,
    )
    server.on_startup(lambda: print(_welcome(host, port), flush=True))
    with _import_worker():
        server.serve()


@contextmanager
def _import_worker() -> Iterator[None]:
    """Within the block, have a process import uploads, and another one if it dies."""
    if not (settings.IMPORT_WORKER and has_extra()):
        yield
        return
    stopping = threading.Event()
    keeper = threading.Thread(target=_keep_working, args=(stopping,), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        keeper.join()


def _keep_working(stopping: threading.Event) -> None:
    context = multiprocessing.get_context("spawn")
    # The first one starts after a pause, too, when the processes for HTTP are there.
    while not stopping.wait(_WORKER_PAUSE_SECONDS):
        worker = context.Process(target=_work, name="import-worker")
        worker.start()
        while worker.is_alive() and not stopping.is_set():
            worker.join(timeout=0.2)
        worker.terminate()
        worker.join(timeout=_WORKER_STOP_SECONDS)
        # An import goes on where it was, so this does no harm.
        worker.kill()
        worker.join()


def _work() -> None:
    from reunite_service.cli import main

    main(["worker"])


def _require_free(host: str, port: int) -> str:
    """The IP address to listen on."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address[0], port))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CommandError(
            f"cannot listen on {host}:{port} ({reason}): set another HOST or PORT"
        ) from error
    return str(address[0])


def _welcome(host: str, port: int) -> str:
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    return f"""Reunite answers at {address} (documentation at {address}/docs). Try:

  curl {address}/identify{_naming_a_host(host)} -H 'Content-Type: application/json' \\
    -d '{{"email": "mcfly@hillvalley.edu", "phoneNumber": "123456"}}'
"""


def _naming_a_host(host: str) -> str:
    """What curl needs besides, so that the request names a host that is allowed."""
    own = f"[{host}]" if ":" in host else host
    if validate_host(own, settings.ALLOWED_HOSTS) or not settings.ALLOWED_HOSTS:
        return ""
    return f" -H 'Host: {settings.ALLOWED_HOSTS[0].lstrip('.')}'"
