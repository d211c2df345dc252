"""The plan on Spark: ``python -m benchmarks.spark FILE… [--workers] [--chains LENGTH…]``."""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import pyarrow as pa

from reunite.bulk.spark.forest import contract
from reunite.bulk.spark.plan import FINISH_BELOW, plan
from reunite.bulk.spark.session import session
from reunite.bulk.spark.tables import Tables
from tests.spark.cluster import running_cluster


def main() -> None:
    options = _parser().parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.files:
            _measure_plan(options.files, "local[2]", Path(folder), options.finish_below)
        if options.workers:
            for number in (1, 2):
                place = Path(folder) / f"cluster-{number}"
                place.mkdir()
                with running_cluster(place, workers=number, memory="3g") as cluster:
                    _measure_plan(options.files, cluster.master, place, options.finish_below)
        if options.chains:
            _measure_chains(options.chains, Path(folder))


def _measure_plan(files: list[str], master: str, folder: Path, finish_below: int) -> None:
    log, output = folder / "events", folder / "plan"
    log.mkdir()
    conf = {
        "spark.driver.memory": "4g",
        "spark.executor.memory": "2g",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        **_logged(log),
    }
    start = time.monotonic()
    # A session of its own, to tell what starting costs from what planning costs.
    with session(master, conf=conf):
        started = time.monotonic() - start
        planned = plan(files, str(output), policy_rules={}, finish_below=finish_below)
        total = time.monotonic() - start
    shuffled, processor = _of_tasks(log)
    print(
        f"{master}: {total:.1f} s from nothing, of which {started:.1f} s until Spark answers; "
        f"{planned}; shuffled {shuffled / planned.rows:.0f} bytes a row; "
        f"{planned.rows / processor:,.0f} rows a second and core in tasks; "
        f"load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def _of_tasks(log: Path) -> tuple[int, float]:
    """Bytes that tasks wrote for others, and the seconds that they ran, from Spark's event log."""
    shuffled, milliseconds = 0, 0
    for file in (each for each in log.rglob("*") if each.is_file() and each.suffix != ".crc"):
        for line in file.read_text().splitlines():
            event = json.loads(line)
            if event["Event"] == "SparkListenerTaskEnd" and "Task Metrics" in event:
                metrics = event["Task Metrics"]
                shuffled += metrics["Shuffle Write Metrics"]["Shuffle Bytes Written"]
                milliseconds += metrics["Executor Run Time"]
    return shuffled, milliseconds / 1000


def _measure_chains(lengths: list[int], folder: Path) -> None:
    for length in lengths:
        log = folder / f"chain-{length}-events"
        log.mkdir()
        # Joins as between large tables; else what is small is sent to everybody instead.
        joins = {"spark.sql.autoBroadcastJoinThreshold": "-1", "spark.sql.shuffle.partitions": "2"}
        with session("local[2]", conf={**_logged(log), **joins}) as spark:
            links = pa.array(range(length), pa.int64())
            ends = pa.array(range(1, length + 1), pa.int64())
            chain = spark.createDataFrame(pa.table({"left": links, "right": ends, "weight": links}))
            start = time.monotonic()
            tables = Tables(spark, str(folder / f"chain-{length}"))
            moves, *_ = contract(chain, tables=tables, finish_below=0)
            took = time.monotonic() - start
        shuffled, _ = _of_tasks(log)
        print(
            f"chain of {length}: {len(moves)} rounds, {took:.1f} s, "
            f"shuffled {shuffled / length:.0f} bytes an edge",
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
    parser.add_argument("--chains", nargs="*", type=int, default=[1_000, 10_000, 100_000])
    parser.add_argument("--finish-below", type=int, default=FINISH_BELOW)
    return parser


if __name__ == "__main__":
    main()
