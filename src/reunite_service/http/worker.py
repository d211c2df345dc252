"""A process that answers requests, started by granian in place of its own."""

import os
import signal
import socket
import sys
import threading
import time
from queue import SimpleQueue
from typing import Any

from django.conf import settings
from granian import _granian
from granian.constants import RuntimeModes
from granian.server.mp import WorkerProcess

from reunite.causes import hide_messages
from reunite.conf import reunite_settings
from reunite.processes import end_with_parent
from reunite_service.counts import share_counts
from reunite_service.http.bodies import Pace
from reunite_service.http.scheduler import SameThread, Scheduler
from reunite_service.http.threads import Threads
from reunite_service.traces import start_traces, stop_traces

_LOOK_SECONDS = 0.1
_LAST_BYTES_SECONDS = 1.0
"""How long clients have to read the last answers."""
_native: Any = _granian  # Its own stubs are of an older version.
STOP_SECONDS = 10
"""How long a process may take to end; longer than a request may wait for its locks."""


@WorkerProcess.wrap_target  # type: ignore[untyped-decorator]  # granian has no types for it
def run(  # noqa: PLR0917  # granian's
    worker_id: int,
    application: Any,
    sock: Any,
    ipc: Any,
    _loop: Any,
    runtime_mode: RuntimeModes,
    runtime_threads: int,
    runtime_blocking_threads: int,
    blocking_threads: int,
    blocking_threads_idle_timeout: int,
    backpressure: int,
    _task_impl: Any,
    http_mode: Any,
    http1_settings: Any,
    http2_settings: Any,
    websockets: bool,
    static_path: Any,
    _log_access_format: Any,
    ssl_context: Any,
    _scope_options: Any,
    metrics: Any,
) -> None:
    """Answer requests until SIGTERM. Ctrl-C is for the process that started this one."""
    stopping = _native.WorkerSignal()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    end_with_parent()
    hide_messages()
    share_counts()
    start_traces()

    threads = Threads(
        application,
        settings.THREADS,
        patience_seconds=reunite_settings().LOCK_TIMEOUT_SECONDS,
    )
    scheduler = Scheduler(
        threads,
        Pace(settings.BODY_TIMEOUT_SECONDS, settings.BODY_BYTES_PER_SECOND),
        max_body_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
    )
    worker = _native.RSGIWorker(
        worker_id,
        _listening(sock),
        ipc,
        runtime_threads,
        runtime_blocking_threads,
        blocking_threads,
        blocking_threads_idle_timeout,
        backpressure,
        http_mode,
        http1_settings,
        http2_settings,
        websockets,
        static_path,
        *ssl_context,
        metrics,
    )
    stopped = threading.Event()
    stopping.add_cb(stopped.set)
    serve = worker.serve_mtr if runtime_mode == RuntimeModes.mt else worker.serve_str
    serve(scheduler, SameThread(), stopping)

    told: SimpleQueue[int] = SimpleQueue()
    signal.signal(signal.SIGTERM, lambda number, _: told.put(number))
    told.get()
    stopping.set()
    scheduler.stop()
    stop_traces()
    since = time.monotonic()
    # granian would wait for clients that have sent half of their headers.
    while not stopped.wait(_LOOK_SECONDS):
        if scheduler.is_idle and time.monotonic() - since > _LAST_BYTES_SECONDS:
            return


def _listening(sock: tuple[Any, Any]) -> tuple[Any, Any]:
    """The socket that granian was told to listen on, for connections that end with the client."""
    specification, holder = sock
    holder = holder or specification.build()
    with socket.socket(fileno=os.dup(holder.get_fd())) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if sys.platform == "linux":
            # Connections inherit it. It ends connections whose client does not read the answer.
            milliseconds = round(settings.ANSWER_TIMEOUT_SECONDS * 1000)
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
    return None, holder
