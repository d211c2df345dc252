"""Servers that are stopped in every way that people and machines stop them."""

import os
import pty
import random
import select
import signal
import time
from contextlib import ExitStack, closing, suppress

import psutil
import pytest

from tests.effort import over_http
from tests.server import Server, fresh_database, request, running_server

pytestmark = pytest.mark.any_database

ROUNDS = over_http(4)
# Where no two signals meet, fewer rounds show as much.
FEW_ROUNDS = over_http(2)
BOTH = (signal.SIGINT, signal.SIGTERM)
# A little less than the time after which a process is killed that does not listen.
SOON_SECONDS = 9


def signalled(group, signals):
    for number in signals:
        os.killpg(group, number)


def signalled_first(group, signals):
    for number in signals:
        os.kill(group, number)


def are_gone(group, *, within_seconds):
    """Whether no process of the group is left, apart from one that nobody asked about."""
    deadline = time.monotonic() + within_seconds
    while time.monotonic() < deadline:
        alive = [
            each.pid
            for each in psutil.process_iter(["status"])
            if each.info["status"] != psutil.STATUS_ZOMBIE and _group(each.pid) == group
        ]
        if not alive:
            return True
        time.sleep(0.05)
    return False


def _group(pid):
    with suppress(OSError):
        return os.getpgid(pid)
    return None


@pytest.mark.parametrize(
    ("tell", "signals", "rounds"),
    [
        (signalled, [signal.SIGINT], FEW_ROUNDS),
        (signalled, BOTH, ROUNDS),
        (signalled_first, BOTH, ROUNDS),
        (signalled_first, [signal.SIGTERM] * 3, FEW_ROUNDS),
    ],
    ids=["Ctrl-C", "both", "both, the first process alone", "three times"],
)
def test_a_server_ends_soon_however_it_is_told(tmp_path, tell, signals, rounds):
    with fresh_database(tmp_path) as database:
        server = Server(database, tmp_path, WORKERS="2", IMPORT_WORKER="1")
        for _ in range(rounds):
            server.start()
            time.sleep(random.choice([0, 1, 3]))
            tell(server.group, signals)
            assert are_gone(server.group, within_seconds=SOON_SECONDS)
            server.close()
        assert "Traceback" not in server.log
        assert "Killing" not in server.log


def test_a_server_ends_soon_while_clients_are_silent(tmp_path):
    with running_server(tmp_path, WORKERS="2") as server, ExitStack() as stack:
        for number in range(20):
            silent = stack.enter_context(closing(server.connect()))
            silent.sendall(request(b"{", length=100)[: None if number % 2 else 30])
        time.sleep(0.5)
        signalled(server.group, [signal.SIGINT])
        assert are_gone(server.group, within_seconds=SOON_SECONDS)
        assert "Killing" not in server.log


def test_ctrl_c_in_a_terminal_ends_a_server_soon(tmp_path):
    with fresh_database(tmp_path) as database:
        server = Server(database, tmp_path, WORKERS="2", IMPORT_WORKER="1")
        for _ in range(FEW_ROUNDS):
            pid, terminal = pty.fork()
            if pid == 0:
                server.become()
            with closing(os.fdopen(terminal, "r+b", buffering=0)) as typed:
                server.wait_until_ready()
                time.sleep(random.choice([0, 3]))
                typed.write(b"\x03")
                shown = _shown(terminal)
                assert are_gone(pid, within_seconds=SOON_SECONDS)
            os.waitpid(pid, 0)
            assert b"Traceback" not in shown


def _shown(terminal):
    """What a program writes until it ends, or for as long as it may take."""
    shown = b""
    while select.select([terminal], [], [], SOON_SECONDS)[0]:
        try:
            shown += os.read(terminal, 4096)
        except OSError:
            break
    return shown


def test_processes_whose_parent_was_killed_end_and_let_go_of_the_port(tmp_path):
    with fresh_database(tmp_path) as database:
        server = Server(database, tmp_path, WORKERS="2", IMPORT_WORKER="1")
        for _ in range(FEW_ROUNDS):
            server.start()
            time.sleep(random.choice([0, 3]))
            server.kill_first()
            assert are_gone(server.group, within_seconds=20)
