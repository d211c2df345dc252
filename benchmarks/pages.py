"""What pages of the explorer cost: ``python -m benchmarks.pages --contacts 1_000_000``.

An invented history is imported: orders of ``reunite example``, and a chain of 5,000 contacts, which
is the person with the most bridges. Then each page is asked for some times, one request at a time,
over HTTP. The report has the mean of the server's processor time, the median of the time until the
page is there, and the size of the page. The database is a SQLite file, or a new one in the
PostgreSQL of DATABASE_URL.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import NamedTuple

import psutil

from tests.server import REUNITE, Server, running_server

_CHAIN = 5_000
_ROWS_A_CONTACT = 2.6  # Of the orders of ``reunite example`` some repeat what is known.
_REQUESTS = 11
_PATHS = {
    "overview": "/explorer/",
    "figures, counted or kept": "/explorer/figures",
    "review": "/explorer/review",
    "imports": "/explorer/imports",
    "policy": "/explorer/policy",
    "a person": "/explorer/persons/{person}",
    "repair of a person": "/explorer/persons/{person}/repair",
    "a person of 5,000 contacts": "/explorer/persons/{chain}",
}


class Cost(NamedTuple):
    """Of one page: seconds of a processor, seconds until it was there, and its bytes."""

    processor_seconds: float
    seconds: float
    size_bytes: int


def main() -> None:
    """Print the report as a table of Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--contacts", type=int, default=100_000)
    contacts = parser.parse_args().contacts
    with (
        tempfile.TemporaryDirectory(prefix="reunite-pages-") as folder,
        running_server(Path(folder), WORKERS="1") as server,
    ):
        _load(server, Path(folder), contacts)
        person, chain, stored = _persons(server)
        print(f"{stored:,} contacts, {_REQUESTS} requests for each page\n")
        print("| page | processor, ms | until it is there, ms | kB |\n|---|--:|--:|--:|")
        for name, path in _PATHS.items():
            cost = _cost(server, path.format(person=person, chain=chain))
            print(
                f"| {name} | {cost.processor_seconds * 1e3:.0f} | {cost.seconds * 1e3:.0f} "
                f"| {cost.size_bytes / 1e3:.0f} |"
            )


def _load(server: Server, folder: Path, contacts: int) -> None:
    orders, chain = folder / "orders.csv", folder / "chain.csv"
    rows = int(contacts * _ROWS_A_CONTACT)
    subprocess.run([*REUNITE, "example", orders, "--rows", str(rows)], check=True)
    chain.write_text("email,phone,created_at\n" + "".join(_chained()))
    for file in (orders, chain):
        with server.running("import", str(file)) as command:
            if command.wait() != 0:
                sys.exit(f"{file.name} was not imported")


def _chained() -> Iterator[str]:
    for number in range(_CHAIN):
        email, phone = f"chain{(number + 1) // 2}@x.example", f"+30555{number // 2:07}"
        yield f"{email},{phone},2024-01-01 00:00:00\n"


def _persons(server: Server) -> tuple[int, int, int]:
    """The ids of a usual person and of the chain, and how many contacts there are."""
    database = server.database
    ((chain,),) = database.rows(
        "SELECT coalesce(linked_id, id) FROM contact WHERE email = 'chain9@x.example' LIMIT 1"
    )
    ((person,),) = database.rows(
        "SELECT linked_id FROM contact WHERE linked_id IS NOT NULL AND email NOT LIKE 'chain%' "
        "GROUP BY linked_id ORDER BY count(*) DESC, linked_id LIMIT 1"
    )
    ((stored,),) = database.rows("SELECT count(*) FROM contact")
    return person, chain, stored


def _cost(server: Server, path: str) -> Cost:
    """The mean of the processor's time, which is counted in hundredths of a second."""
    times, size = [], 0
    before = _processor_seconds(server)
    with closing(HTTPConnection(*server.address, timeout=600)) as connection:
        for _ in range(_REQUESTS):
            start = time.perf_counter()
            connection.request("GET", path)
            answer = connection.getresponse()
            size = len(answer.read())
            times.append(time.perf_counter() - start)
            if answer.status != HTTPStatus.OK:
                sys.exit(f"{path} answered {answer.status}")
    return Cost((_processor_seconds(server) - before) / _REQUESTS, median(times), size)


def _processor_seconds(server: Server) -> float:
    parent = psutil.Process(server.group)
    times = (each.cpu_times() for each in (parent, *parent.children(recursive=True)))
    return sum(each.user + each.system for each in times)


if __name__ == "__main__":
    main()
