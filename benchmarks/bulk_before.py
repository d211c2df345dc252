"""Imports of this commit beside those of another: ``python -m benchmarks.bulk_before CHECKOUT``.

CHECKOUT is the folder of the other commit, set up by its own make. Both run the contenders of their
own ``benchmarks.bulk``, each in a process of its own, on the same file and in turns (ABBA). What
counts are the ratios within a round; the processor time, the database server's included, is the
steadier one.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import psutil
import psycopg

from reunite.bulk.example import write_example
from tests.with_postgresql import postgresql

_FLOOR = 0.95
_ALONE = """
import json, resource, sys, time
from benchmarks import bulk
begun = time.monotonic()
result = getattr(bulk, sys.argv[1])(sys.argv[2])
seconds = time.monotonic() - begun
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(json.dumps([result, seconds, sum(each.ru_utime + each.ru_stime for each in used)]))
"""
_HERE = Path(__file__).parents[1]


class Took(NamedTuple):
    """What one contender found, and what it took."""

    result: object
    seconds: float
    processor_seconds: float


class Vendor(NamedTuple):
    """A kind of database, how to make an empty one, and what its server has taken so far."""

    name: str
    empty: Callable[[str], str]
    processor_seconds: Callable[[], float]


def main() -> int:
    """Compare, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path, help="the folder of the other commit")
    parser.add_argument("--rows", type=int, default=1_000_000, help="how many orders to make up")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, in turns")
    options = parser.parse_args()
    checkouts = {"before": options.checkout.resolve(), "now": _HERE}
    with tempfile.TemporaryDirectory(prefix="reunite-bench-") as folder:
        orders = Path(folder) / "orders.csv"
        write_example(orders, rows=options.rows)
        _compare("planned", checkouts, str(orders), options.rounds)
        with _vendors(Path(folder)) as vendors:
            for vendor in vendors:
                _compare_loads(vendor, checkouts, str(orders), options.rounds)
    return 0


def _compare(name: str, checkouts: dict[str, Path], orders: str, rounds: int) -> None:
    took: dict[str, list[Took]] = {when: [] for when in checkouts}
    for number in range(rounds):
        for when in sorted(checkouts, reverse=bool(number % 2)):
            took[when].append(_alone(name, checkouts[when], orders, {}))
    _report(name, took)


def _compare_loads(vendor: Vendor, checkouts: dict[str, Path], orders: str, rounds: int) -> None:
    """First loads into empty databases, and then later rows into the same ones."""
    first: dict[str, list[Took]] = {when: [] for when in checkouts}
    later: dict[str, list[Took]] = {when: [] for when in checkouts}
    for number in range(rounds):
        turn = sorted(checkouts, reverse=bool(number % 2))
        urls = {when: vendor.empty(f"{when}_{number}") for when in turn}
        for when in turn:
            _make_tables(checkouts[when], urls[when])
        for name, took in (("load_first", first), ("load_later", later)):
            for when in turn:
                environment = {"DATABASE_URL": urls[when]}
                before = vendor.processor_seconds()
                alone = _alone(name, checkouts[when], orders, environment)
                server = vendor.processor_seconds() - before
                took[when].append(
                    alone._replace(processor_seconds=alone.processor_seconds + server)
                )
    _report(f"load_first, {vendor.name}", first)
    _report(f"load_later, {vendor.name}", later)


def _make_tables(checkout: Path, url: str) -> None:
    """Before anything is measured: how many migrations there are tells nothing of loads."""
    subprocess.run(
        [checkout / ".venv" / "bin" / "python", "manage.py", "migrate"],
        cwd=checkout,
        env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
        check=True,
    )


def _alone(name: str, checkout: Path, orders: str, environment: dict[str, str]) -> Took:
    done = subprocess.run(
        [checkout / ".venv" / "bin" / "python", "-c", _ALONE, name, orders],
        cwd=checkout,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    took = Took(*json.loads(done.stdout.splitlines()[-1]))
    print(
        f"{name:12} {checkout.name:20} {took.seconds:7.2f} s, "
        f"processor {took.processor_seconds:7.2f} s  {took.result}",
        file=sys.stderr,
        flush=True,
    )
    return took


def _report(name: str, took: dict[str, list[Took]]) -> None:
    pairs = list(zip(took["before"], took["now"], strict=True))
    wall = median(before.seconds / now.seconds for before, now in pairs)
    processor = median(before.processor_seconds / now.processor_seconds for before, now in pairs)
    for what, ratio in (("speed", wall), ("speed by processor time", processor)):
        verdict = "reached" if ratio >= _FLOOR else "missed"
        print(
            f"{name}: {what}, now / before {ratio:.3f} (at least {_FLOOR}: {verdict})", flush=True
        )


@contextmanager
def _vendors(folder: Path) -> Iterator[list[Vendor]]:
    with postgresql() as url:

        def database(name: str) -> str:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(f'CREATE DATABASE "{name}"')
            return url.replace("/postgres?", f"/{name}?")

        def server_seconds() -> float:
            with psycopg.connect(url) as connection:
                server = psutil.Process(connection.info.backend_pid).parents()[0]
                processes = [server, *server.children()]
                # Those that have ended count as children of the server.
                return sum(sum(each.cpu_times()[:4]) for each in processes)

        yield [
            Vendor("postgresql", database, server_seconds),
            Vendor("sqlite", lambda name: f"sqlite:///{folder / name}.sqlite3", lambda: 0.0),
        ]


if __name__ == "__main__":
    sys.exit(main())
