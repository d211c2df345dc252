"""The plan on Spark: ``python -m benchmarks.spark FILE… [--workers] [--chains LENGTH…]``.

Without files, only chains.
"""

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from reunite.bulk.spark.forest import contract
from reunite.bulk.spark.plan import FINISH_BELOW, plan
from reunite.bulk.spark.session import session
from reunite.bulk.spark.tables import Tables
from tests.spark.cluster import running_cluster

# Joins as between large tables; else small tables are sent to every machine instead.
_LARGE = {"spark.sql.autoBroadcastJoinThreshold": "-1"}


def main() -> None:
    options = _parser().parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.files:
            _apart(_measure_plan, options, "local[2]", Path(folder))
        for number in (1, 2) if options.workers else ():
            place = Path(folder) / f"cluster-{number}"
            place.mkdir()
            with running_cluster(place, workers=number, memory="3g") as cluster:
                _apart(_measure_plan, options, cluster.master, place)
        for length in options.chains:
            _apart(_measure_chain, length, Path(folder))


def _apart(measure: Callable[..., None], *arguments: object) -> None:
    """Measure in a new process: a second session in one would find Java running and warm."""
    process = multiprocessing.get_context("spawn").Process(target=measure, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        sys.exit(process.exitcode)


def _measure_plan(options: argparse.Namespace, master: str, folder: Path) -> None:
    log, output = folder / "events", folder / "plan"
    log.mkdir()
    conf = {
        "spark.driver.memory": "4g",
        "spark.executor.memory": "2g",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        **_logged(log),
        **(_LARGE if options.large else {}),
    }
    start = time.monotonic()
    # A session of its own, to tell what starting costs from what planning costs.
    with session(master, conf=conf):
        started = time.monotonic() - start
        planned = plan(
            options.files, str(output), policy_rules={}, finish_below=options.finish_below
        )
        total = time.monotonic() - start
    tasks = _of_tasks(log)
    print(
        f"{master}: {total:.1f} s from nothing, {started:.1f} s of them until Spark answers; "
        f"{planned}; shuffled {tasks.shuffled / planned.rows:.0f} bytes a row; "
        f"tasks ran {tasks.seconds:.0f} s, Java {tasks.java:.0f} s of processor in them; "
        f"load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


class _Tasks(NamedTuple):
    """Bytes written for others, seconds on the clock, and seconds of processor in Java."""

    shuffled: int
    seconds: float
    java: float


def _of_tasks(log: Path) -> _Tasks:
    """The sums over all tasks, from Spark's event log."""
    shuffled, milliseconds, nanoseconds = 0, 0, 0
    for file in (each for each in log.rglob("*") if each.is_file() and each.suffix != ".crc"):
        for line in file.read_text().splitlines():
            event = json.loads(line)
            if event["Event"] == "SparkListenerTaskEnd" and "Task Metrics" in event:
                metrics = event["Task Metrics"]
                shuffled += metrics["Shuffle Write Metrics"]["Shuffle Bytes Written"]
                milliseconds += metrics["Executor Run Time"]
                nanoseconds += metrics["Executor CPU Time"]
    return _Tasks(shuffled, milliseconds / 1e3, nanoseconds / 1e9)


def _measure_chain(length: int, folder: Path) -> None:
    log = folder / f"chain-{length}-events"
    log.mkdir()
    conf = {**_logged(log), **_LARGE, "spark.sql.shuffle.partitions": "2"}
    with session("local[2]", conf=conf) as spark:
        links = pa.array(range(length), pa.int64())
        ends = pa.array(range(1, length + 1), pa.int64())
        chain = spark.createDataFrame(pa.table({"left": links, "right": ends, "weight": links}))
        start = time.monotonic()
        tables = Tables(spark, str(folder / f"chain-{length}"))
        moves, *_ = contract(chain, tables=tables, finish_below=0)
        took = time.monotonic() - start
    print(
        f"chain of {length}: {len(moves)} rounds, {took:.1f} s, "
        f"shuffled {_of_tasks(log).shuffled / length:.0f} bytes an edge",
        flush=True,
    )


def _logged(log: Path) -> dict[str, str]:
    return {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": log.as_uri(),
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spark")
    parser.add_argument("files", nargs="*", help="orders: email, phone, created_at")
    parser.add_argument("--workers", action="store_true", help="one worker against two, too")
    parser.add_argument("--large", action="store_true", help="join as if no table were small")
    parser.add_argument("--chains", nargs="*", type=int, default=[], help="links of chains")
    parser.add_argument("--finish-below", type=int, default=FINISH_BELOW)
    return parser


if __name__ == "__main__":
    main()
