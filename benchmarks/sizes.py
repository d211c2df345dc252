"""Persons of 1 to 10,000 contacts: repeats, writes, merges, and what others feel meanwhile."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from statistics import median, quantiles

from benchmarks import servers
from benchmarks.databases import Database, Databases
from benchmarks.large_persons import LARGEST, MERGES, SIZES, merge, rows
from benchmarks.options import Options
from benchmarks.population import Population
from benchmarks.results import Check, Results, Table
from benchmarks.rounds import tell
from benchmarks.servers import Server, post, serving
from benchmarks.traffic import REPEATS, Request, Traffic

_GROWTH, _MERGE_SECONDS = 1.5, 1.0
_OTHERS = 4
_OTHERS_BODIES = 1_000
_QUIET_SECONDS = 2.0
_PATIENCE_SECONDS = 600
_OK = 200
_MILLI = 1e3


def measure(databases: Databases, options: Options, results: Results) -> None:
    """Add the large persons to a loaded database; first in one process, then over HTTP."""
    population = Population(options.persons)
    for vendor in options.vendors:
        tell(f"loading large persons, {vendor}")
        database = databases.of(vendor, population)
        ((newest,),) = database.rows("SELECT max(id) FROM contact")
        database.add(rows(newest + 1, database.workspace_id))
        _measure_in_process(database, vendor, options, results)
        with serving(
            servers.OURS, database.url, workers=options.workers, folder=databases.folder
        ) as server:
            requests = Traffic(population).take(REPEATS, _OTHERS_BODIES)
            _measure_others(server, vendor, requests, results)


def _measure_in_process(
    database: Database, vendor: str, options: Options, results: Results
) -> None:
    tell(f"requests about large persons, {vendor}")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.sizes_in_process", database.url, str(options.rounds)],
        stdout=subprocess.PIPE,
        check=True,
        timeout=_PATIENCE_SECONDS,
    )
    figures = json.loads(done.stdout)
    repeat, write, merged = (
        {int(size): seconds for size, seconds in figures[kind].items()}
        for kind in ("repeat", "write", "merge")
    )
    table = [
        [
            f"{size:,}",
            f"{repeat[size] * _MILLI:.2f}",
            f"{write[size] * _MILLI:.2f}",
            f"{merged[size] * _MILLI:.0f}" if size in merged else "",
        ]
        for size in SIZES
    ]
    header = ["contacts", "repeat, ms", "write, ms", "merge, ms"]
    results.tables.append(Table(f"Persons of many contacts, {vendor}, in process", header, table))
    # Answers list the same number of contacts, though one of the persons has ten times as many.
    smaller = SIZES[-2]
    results.checks += [
        Check(
            f"{vendor}: {name}, {LARGEST:,} / {smaller:,}",
            times[LARGEST] / times[smaller],
            at_most=_GROWTH,
        )
        for name, times in (("repeat", repeat), ("write", write))
    ]
    results.checks += [
        Check(
            f"{vendor}: merge of two persons of {LARGEST:,}",
            merged[LARGEST],
            at_most=_MERGE_SECONDS,
            unit=" s",
        ),
    ]


def _measure_others(
    server: Server, vendor: str, requests: Sequence[Request], results: Results
) -> None:
    merging = threading.Event()
    over = threading.Event()
    quiet: list[float] = []
    meanwhile: list[float] = []

    def send_others(offset: int) -> None:
        connection = server.connect()
        turn = offset
        while not over.is_set():
            during = meanwhile if merging.is_set() else quiet
            start = time.perf_counter()
            status, _ = post(connection, requests[turn % len(requests)].body)
            during.append(time.perf_counter() - start)
            turn += 1
            if status != _OK:
                results.problems.append(f"{vendor}: {status} while large persons merge")

    senders = [
        threading.Thread(target=send_others, args=(number * _OTHERS_BODIES // _OTHERS,))
        for number in range(_OTHERS)
    ]
    for sender in senders:
        sender.start()
    merges: list[float] = []
    try:
        time.sleep(_QUIET_SECONDS)
        merging.set()
        for turn in range(MERGES, 2 * MERGES):
            start = time.perf_counter()
            status, _ = server.post(merge(turn).body)
            merges.append(time.perf_counter() - start)
            if status != _OK:
                results.problems.append(f"{vendor}: {status} for a merge of large persons")
    finally:
        over.set()
        for sender in senders:
            sender.join()
    results.tables.append(
        Table(
            f"Other requests while persons of {LARGEST:,} contacts merge, {vendor}, over HTTP "
            f"(a merge took {median(merges) * _MILLI:.0f} ms)",
            ["", "answered/s", "p50 ms", "p99 ms", "longest ms"],
            [
                _latencies("before", quiet, _QUIET_SECONDS),
                _latencies("meanwhile", meanwhile, sum(merges)),
            ],
        )
    )


def _latencies(label: str, seconds: Sequence[float], window_seconds: float) -> list[str]:
    p99 = quantiles(seconds, n=100)[-1] if len(seconds) > 1 else seconds[0]
    return [
        label,
        f"{len(seconds) / window_seconds:,.0f}",
        *(f"{value * _MILLI:.1f}" for value in (median(seconds), p99, max(seconds))),
    ]
