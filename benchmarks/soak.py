"""Everything at once for a quarter of an hour: ``python -m benchmarks.soak --minutes 15``.

Four clients send mixed requests with a key. A receiver of webhooks fails one message in ten, a
follower copies the persons, and a file is imported. The database is a SQLite file, or a new one in
the PostgreSQL of DATABASE_URL. What must hold in the end: no request failed, every message was
delivered, the copy equals the database, ``reunite check`` finds nothing, and the processes take as
much memory as in the beginning.
"""

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Self

import psutil

from benchmarks.population import Population
from benchmarks.traffic import MIXED, Request, Traffic
from tests.receiver import Message, receiver
from tests.server import Server, running_server

_FOLLOWER = Path(__file__).parents[1] / "examples" / "follower.py"
_CLIENTS = 4
_FAILS_ONE_IN = 10
_TAKEN_AT_ONCE = 100
_PERSONS = 20_000
_IMPORTED_ROWS = 20_000
_SAMPLE_SECONDS = 10.0
_DRAIN_SECONDS = 600.0
_MEBIBYTE = 2**20
_MOST_GROWTH = 1.1
_STORED = """
    SELECT id, coalesce(linked_id, id), email, phone_number FROM contact
    WHERE deleted_at IS NULL ORDER BY id
"""
_MIRRORED = "SELECT id, person_id, email, phone_number FROM contact ORDER BY id"
_EVENTS = "SELECT count(*) FROM event"


class Load:
    """Clients that send mixed requests until they are told to stop."""

    def __init__(self, server: Server, key: str) -> None:
        self.statuses: Counter[int] = Counter()
        self._server, self._key = server, key
        self._traffic = Traffic(Population(_PERSONS))
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._send) for _ in range(_CLIENTS)]

    def __enter__(self) -> Self:
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        for each in self._threads:
            each.join()

    def _take(self) -> list[Request]:
        with self._lock:
            return self._traffic.take(MIXED, _TAKEN_AT_ONCE)

    def _send(self) -> None:
        statuses: Counter[int] = Counter()
        with closing(HTTPConnection(*self._server.address, timeout=60)) as connection:
            while not self._over.is_set():
                for each in self._take():
                    connection.request("POST", "/identify", each.body, headers(self._key))
                    answer = connection.getresponse()
                    answer.read()
                    statuses[answer.status] += 1
        with self._lock:
            self.statuses += statuses


def headers(key: str, kind: str = "application/json") -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "Content-Type": kind}


def ask(server: Server, key: str, path: str, body: str, kind: str = "application/json") -> int:
    """The status of one POST."""
    with closing(HTTPConnection(*server.address, timeout=60)) as connection:
        connection.request("POST", path, body, headers(key, kind))
        return connection.getresponse().status


def make_key(server: Server, scope: str) -> str:
    with server.running("keys", "create", scope, "--scope", scope) as command:
        return command.communicate(timeout=60)[0].strip()


@contextmanager
def following(server: Server, file: Path, key: str) -> Iterator[None]:
    command = [sys.executable, _FOLLOWER, file, "--server", server.url]
    with subprocess.Popen(command, env={**os.environ, "REUNITE_KEY": key}) as follower:
        try:
            yield
        finally:
            follower.kill()


class Told:
    """The numbers of the events whose messages were received.

    The first message of each tenth event fails. Its second one comes seconds later; a third one
    would come after minutes.
    """

    def __init__(self) -> None:
        self.numbers: set[int] = set()
        self._failed: set[int] = set()

    def __call__(self, message: Message) -> int:
        number = message.number
        if number % _FAILS_ONE_IN == 0 and number not in self._failed:
            self._failed.add(number)
            return HTTPStatus.INTERNAL_SERVER_ERROR
        self.numbers.add(number)
        return HTTPStatus.NO_CONTENT


def upload(server: Server, key: str) -> int:
    """Upload a file of persons of its own."""
    rows = "".join(f"imported{n}@example.net,88{n:08}\n" for n in range(_IMPORTED_ROWS))
    return ask(server, key, "/imports?name=orders.csv", f"email,phone\n{rows}", "text/csv")


def mebibytes(first: psutil.Process) -> float:
    """What a process and its children hold, without what they share with others."""
    found = 0
    for each in [first, *first.children(recursive=True)]:
        try:
            found += each.memory_full_info().uss
        except psutil.NoSuchProcess:
            continue
    return found / _MEBIBYTE


def is_within(seconds: float, fact: Callable[[], bool]) -> bool:
    """Wait for a fact."""
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            return False
        time.sleep(1)
    return True


def untold(server: Server, told: Told) -> int:
    """How many events no message was received of."""
    ((events,),) = server.database.rows(_EVENTS)
    return int(events) - len(told.numbers)


def copy_is_equal(server: Server, file: Path) -> bool:
    with closing(sqlite3.connect(file)) as mirror:
        return mirror.execute(_MIRRORED).fetchall() == server.database.rows(_STORED)


def soak(server: Server, url: str, told: Told, folder: Path, minutes: float) -> list[str]:
    """Do all of it; what is wrong in the end."""
    admin, identify, feed = (make_key(server, scope) for scope in ("admin", "identify", "feed"))
    ask(server, admin, "/webhooks", json.dumps({"url": url}))
    copy = folder / "copy.sqlite3"
    seconds = minutes * 60
    samples: list[float] = []
    problems = []
    serving = psutil.Process(server.group)
    with following(server, copy, feed), server.running("worker"):
        with Load(server, identify) as load:
            begun = time.monotonic()
            is_uploaded = False
            while (since := time.monotonic() - begun) < seconds:
                time.sleep(min(_SAMPLE_SECONDS, seconds - since))
                samples.append(mebibytes(serving))
                print(
                    f"{since / 60:5.1f} min: {samples[-1]:6.1f} MiB, "
                    f"{len(told.numbers):,} events told",
                    flush=True,
                )
                if not is_uploaded and since > seconds / 3:
                    status = upload(server, admin)
                    is_uploaded = True
                    if status != HTTPStatus.ACCEPTED:
                        problems.append(f"the upload was answered with {status}")
        sent = load.statuses.total()
        print(f"{sent:,} requests, {sent / seconds:,.0f} in a second: {dict(load.statuses)}")
        if set(load.statuses) != {HTTPStatus.OK}:
            problems.append(f"statuses: {dict(load.statuses)}")
        drained = time.monotonic()
        if not is_within(_DRAIN_SECONDS, lambda: untold(server, told) == 0):
            problems.append(f"{untold(server, told):,} events that no message told of")
        print(f"all messages were received after {time.monotonic() - drained:.0f} s more")
        if not is_within(_DRAIN_SECONDS, lambda: copy_is_equal(server, copy)):
            problems.append("the copy differs from the database")
    early, late = samples[len(samples) // 5], samples[-1]
    print(f"memory: {early:.1f} MiB after a fifth, {late:.1f} MiB in the end")
    if late > early * _MOST_GROWTH:
        problems.append(f"memory grew from {early:.1f} to {late:.1f} MiB")
    checked = server.check()
    print(checked.stdout.strip())
    if checked.returncode:
        problems.append(checked.stdout)
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=15.0, help="how long requests are sent")
    options = parser.parse_args()
    told = Told()
    with (
        tempfile.TemporaryDirectory(prefix="reunite-soak-") as name,
        running_server(Path(name), WORKERS="2") as server,
        receiver(told) as received,
    ):
        problems = soak(server, received.url, told, Path(name), options.minutes)
    for each in problems:
        print(f"problem: {each}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
