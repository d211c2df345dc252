"""The engine can be told to stop while it is at work, and takes that for no fault of the data."""

import signal
import socket
import subprocess
import sys
import threading

import duckdb
import pytest

from reunite.bulk import engine as bulk_engine
from reunite.bulk.engine import engine

ENDLESS = "SELECT count(*) FROM range(1_000_000_000_000)"


@pytest.fixture
def told_to_stop():
    before = signal.signal(signal.SIGALRM, lambda *_: sys.exit(0))
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("work", ["run", "rows"])
@pytest.mark.usefixtures("told_to_stop")
def test_what_a_handler_raises_ends_a_statement(work):
    with engine(threads=1) as duck, pytest.raises(KeyboardInterrupt):
        getattr(duck, work)(ENDLESS)


@pytest.mark.usefixtures("told_to_stop")
def test_what_a_handler_raises_ends_a_stream():
    with engine(threads=1) as duck, pytest.raises(KeyboardInterrupt):
        list(duck.stream(ENDLESS, size=10))


def test_an_interrupt_ends_a_statement():
    with engine(threads=1) as duck:
        threading.Timer(0.3, duck._connection.interrupt).start()
        with pytest.raises(KeyboardInterrupt):
            duck.run(ENDLESS)


class Columns:
    """Columns during whose reading the process is told to stop."""

    num_rows = 1

    def __init__(self, **_columns):
        pass

    def __arrow_c_stream__(self, requested_schema=None):
        raise SystemExit(0)


def test_what_a_handler_raises_while_columns_are_added_is_no_fault_of_theirs(monkeypatch):
    monkeypatch.setattr(bulk_engine.pa, "table", lambda columns: Columns(**columns))
    with engine(threads=1) as duck, pytest.raises(KeyboardInterrupt):
        duck.run("CREATE TABLE t (a INTEGER)")
        duck.add_columns("t", a=[1])


SWALLOWED = """
import os, signal, sys
from reunite.bulk.engine import engine
from reunite.processes import end_when_told

class Telling:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "dateutil":
            os.kill(os.getpid(), signal.SIGTERM)

end_when_told()
sys.meta_path.insert(0, Telling())
with engine(threads=1) as duck:
    duck.run("CREATE TABLE t (a INTEGER)")
    print("told", flush=True)
    duck.add_columns("t", a=[1])
    print("and worked on")
"""


def test_being_told_while_a_library_imports_what_it_can_do_without_is_not_forgotten():
    ran = subprocess.run(
        [sys.executable, "-c", SWALLOWED], capture_output=True, text=True, timeout=60, check=False
    )

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "told\n", "")


def test_other_errors_are_what_they_are():
    with engine(threads=1) as duck, pytest.raises(duckdb.Error, match="no_such_table"):
        duck.run("SELECT * FROM no_such_table")


def test_the_engine_has_no_way_to_the_network():
    with socket.create_server(("127.0.0.1", 0)) as listening, engine(threads=1) as duck:
        listening.settimeout(0)
        port = listening.getsockname()[1]
        with pytest.raises(duckdb.Error):
            duck.run(f"SELECT * FROM read_csv('http://127.0.0.1:{port}/orders.csv')")
        with pytest.raises(BlockingIOError):
            listening.accept()
