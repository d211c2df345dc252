"""Memory: what a worker process holds before, while and after many requests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from benchmarks import servers
from benchmarks.databases import Databases
from benchmarks.options import Options
from benchmarks.population import Population
from benchmarks.results import Check, Results, Table
from benchmarks.rounds import tell
from benchmarks.servers import Server, serving
from benchmarks.systems import HttpSystem
from benchmarks.traffic import MIXED, Traffic

_MEBIBYTE = 2**20
_MOST_MEBIBYTES = 80
_MOST_GROWTH = 1.02
"""From a tenth of the requests, when everything is loaded and cached, to the last of them."""
_EARLY = 0.1
_SAMPLE_SECONDS = 0.5
_HEADER = ["worker, MiB", "started", "after a tenth", "most", "at the end"]


def measure(databases: Databases, options: Options, results: Results) -> None:
    """Send mixed requests until there were as many as asked for, and watch the workers."""
    population = Population(options.persons, options.international)
    for vendor in options.vendors:
        database = databases.of(vendor, population)
        with serving(
            servers.OURS, database.url, workers=options.workers, folder=databases.folder
        ) as server:
            system = HttpSystem(f"Reunite, {vendor}", database, Traffic(population), server)
            _watch(system, server, options, results)


def _watch(system: HttpSystem, server: Server, options: Options, results: Results) -> None:
    system.identify(system.traffic.take(MIXED, 1)[0])
    started = _resident(server)
    early: list[float] = []
    done = 0
    with _sampled(server) as samples:
        while done < options.memory_requests:
            run = system.run(MIXED, seconds=options.seconds, connections=options.connections)
            results.problems += [f"{system.name}, memory: {problem}" for problem in run.problems]
            if not run.requests:
                break
            done += run.requests
            if not early and done >= options.memory_requests * _EARLY:
                early = _resident(server)
            tell(f"{system.name}: {done:,} requests, {max(_resident(server)):.1f} MiB")
    ended = _resident(server)
    most = [max(column) for column in zip(*samples, ended, strict=True)]
    results.tables.append(
        Table(
            f"Memory of {system.name}, {done:,} requests",
            _HEADER,
            [
                [str(number), *(f"{value:.1f}" for value in values)]
                for number, values in enumerate(
                    zip(started, early, most, ended, strict=True), start=1
                )
            ],
        )
    )
    results.checks += [
        Check(f"{system.name}: a worker's memory", max(most), at_most=_MOST_MEBIBYTES, unit=" MiB"),
        Check(
            f"{system.name}: memory at the end / after a tenth",
            max(late / soon for late, soon in zip(ended, early, strict=True)),
            at_most=_MOST_GROWTH,
        ),
    ]


def _resident(server: Server) -> list[float]:
    return [worker.memory_info().rss / _MEBIBYTE for worker in _by_age(server)]


def _by_age(server: Server) -> list[psutil.Process]:
    return sorted(server.workers(), key=lambda worker: worker.pid)


@contextmanager
def _sampled(server: Server) -> Iterator[list[list[float]]]:
    samples: list[list[float]] = []
    over = threading.Event()

    def sample() -> None:
        while not over.wait(_SAMPLE_SECONDS):
            samples.append(_resident(server))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield samples
    finally:
        over.set()
        thread.join()
