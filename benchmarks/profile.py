"""Where a request's microseconds go: ``python -m benchmarks.profile [--database sqlite]``.

The WSGI application is called in this process, one request after the other, so neither a socket nor
a waiting neighbour is in the figures. Each layer is timed where the one above calls it.
"""

import argparse
import cProfile
import pstats
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any
from unittest import mock

from benchmarks.databases import Database, temporary_databases
from benchmarks.in_process import Application, application, call
from benchmarks.options import VENDORS
from benchmarks.population import Population
from benchmarks.report import as_table
from benchmarks.results import Table
from benchmarks.traffic import MIXED, REPEATS, WRITES, Kind, Load, Request, Traffic

_WARM_UP = 300
_MICRO = 1e6
_FUNCTIONS = 30
_ROUND_TRIPS = 1_000
_ONE_KIND = {
    Kind.REPEAT: REPEATS,
    Kind.CREATE: Load("creates", creates=100),
    Kind.LINK: Load("links", links=100),
    Kind.MERGE: Load("merges", merges=100),
}


class Stopwatch:
    """Adds up the time spent in each layer, with all that it calls, during one request."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.calls: dict[str, int] = {}

    def timed(self, layer: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with its time counted."""

        def counted(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                spent = time.perf_counter() - start
                self.seconds[layer] = self.seconds.get(layer, 0.0) + spent
                self.calls[layer] = self.calls.get(layer, 0) + 1

        return counted


def main(argv: Sequence[str]) -> None:
    """Print a table of layers for each kind of request, and the most expensive functions."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile")
    parser.add_argument("--database", choices=VENDORS, default="postgresql")
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument("--requests", type=int, default=1_000, help="of each kind")
    parser.add_argument("--international", action="store_true", help="phone numbers as +49…")
    options = parser.parse_args(argv)
    population = Population(options.persons, options.international)
    with temporary_databases() as databases:
        database = databases.of(options.database, population)
        traffic = Traffic(population)
        with _answering(database) as answering:
            for request in traffic.take(MIXED, _WARM_UP) + traffic.take(WRITES, _WARM_UP):
                call(answering, request)
            _print_layers(answering, traffic, options.requests, options.database)
            _print_functions(answering, traffic.take(REPEATS, options.requests))


@contextmanager
def _answering(database: Database) -> Iterator[Application]:
    answering = application(database.url)
    from django.db import connection

    try:
        yield answering
    finally:
        connection.close()


def _print_layers(answering: Application, traffic: Traffic, count: int, vendor: str) -> None:
    figures = {
        kind: _layers(answering, traffic.take(load, count)) for kind, load in _ONE_KIND.items()
    }
    names = list(figures[Kind.REPEAT])
    rows = [[name, *(f"{figures[kind][name]:,.0f}" for kind in figures)] for name in names]
    rows.append(["an empty round trip, beside", f"{_empty_round_trip():,.0f}", "", "", ""])
    table = Table(f"Microseconds of a request, {vendor}", ["", *_ONE_KIND], rows)
    print(as_table(table))


def _layers(answering: Application, requests: Sequence[Request]) -> dict[str, float]:
    """The median microseconds of each layer without those below, in the order of the way in."""
    from reunite.api.identify import views
    from reunite.services.identify import identify
    from reunite.store.database.dialects import Dialect
    from reunite_service import thin

    seams = {
        "service": (views, "identify"),
        "canonical": (identify, "contact_details"),
        "database": (Dialect, "run"),
    }
    watch = Stopwatch()
    seen: list[dict[str, float]] = []
    trips: list[float] = []
    with ExitStack() as stack:
        for layer, (owner, name) in seams.items():
            timed = watch.timed(layer, getattr(owner, name))
            stack.enter_context(mock.patch.object(owner, name, timed))
        operation = watch.timed("operation", thin._PERFORM["/identify"])
        stack.enter_context(mock.patch.dict(thin._PERFORM, {"/identify": operation}))
        whole = watch.timed("whole", call)
        for request in requests:
            watch.seconds.clear()
            watch.calls.clear()
            whole(answering, request)
            seen.append(dict(watch.seconds))
            trips.append(watch.calls["database"])
    exclusive = {
        "thin route, headers, JSON in": lambda s: s["whole"] - s["operation"],
        "serializer, JSON out": lambda s: s["operation"] - s["service"],
        "canonical values": lambda s: s["canonical"],
        "service, core and store": lambda s: s["service"] - s["canonical"] - s["database"],
        "database and its driver": lambda s: s["database"],
        "all": lambda s: s["whole"],
    }
    figures = {
        name: median(spent(seconds) for seconds in seen) * _MICRO
        for name, spent in exclusive.items()
    }
    return {**figures, "round trips (their number)": median(trips)}


def _empty_round_trip() -> float:
    """The median microseconds of the least that can be asked of the database."""
    from django.db import connection

    times = []
    with connection.cursor() as cursor:
        for _ in range(_ROUND_TRIPS):
            start = time.perf_counter()
            cursor.cursor.execute("SELECT 1")
            cursor.cursor.fetchall()
            times.append(time.perf_counter() - start)
    return median(times) * _MICRO


def _print_functions(answering: Application, requests: Sequence[Request]) -> None:
    profile = cProfile.Profile()
    with profile:
        for request in requests:
            call(answering, request)
    print(f"\n### Functions of {len(requests):,} repeats, by their own time\n")
    statistics = pstats.Stats(profile, stream=sys.stdout)
    statistics.strip_dirs().sort_stats("tottime").print_stats(_FUNCTIONS)


if __name__ == "__main__":
    main(sys.argv[1:])
