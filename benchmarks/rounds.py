"""Rounds: every system under every load once, then all again; the median of the rounds counts.

What changes on the machine while the run lasts so meets all of them.
"""

import sys
from collections.abc import Sequence
from statistics import median

from benchmarks.options import Options
from benchmarks.results import Bar, Check, Results, Table
from benchmarks.systems import Run, System
from benchmarks.traffic import Load

Cell = tuple[System, Load]
_WARM_UP_SECONDS = 1
_HEADER = [
    *("system", "requests/s", "range", "processor µs", "p50 ms", "p99 ms", "not 200", "wrk's CPU"),
]


class Rounds:
    """The runs of some systems under some loads, interleaved."""

    def __init__(self, cells: Sequence[Cell], options: Options) -> None:
        """Measure; the first second of each cell warms it up and does not count."""
        self._runs: dict[tuple[str, str], list[Run]] = {}
        for system, load in cells:
            system.run(load, seconds=_WARM_UP_SECONDS, connections=options.connections)
        for number in range(1, options.rounds + 1):
            # There and back (ABBA): a machine that gets slower meets all systems alike.
            for system, load in cells if number % 2 else reversed(cells):
                run = system.run(load, seconds=options.seconds, connections=options.connections)
                self._runs.setdefault((load.name, system.name), []).append(run)
                tell(f"round {number}: {system.name}, {load.name}: {run.per_second:,.0f}/s")

    def slow_to_typical(self, system: str, load: Load) -> float | None:
        """The 99th percentile of the latency as a multiple of the median; None if not measured."""
        runs = self._runs.get((load.name, system), [])
        ratios = [run.p99_ms / run.p50_ms for run in runs if run.p99_ms and run.p50_ms]
        return median(ratios) if ratios else None

    def not_ok(self, system: str) -> int | None:
        """How many answers of a system were not 200, under all loads; None if not measured."""
        runs = [runs for (_, name), runs in self._runs.items() if name == system]
        return sum(run.not_ok for each in runs for run in each) if runs else None

    def ratio(
        self, load: Load, above: str, below: str, *, at_least: float | None = None
    ) -> list[Check]:
        """The median of the rounds' ratios, with or without a goal; none if one was not measured.

        Two runs of one round follow each other more closely than most, so how fast the machine
        just is meets both.
        """
        values, bases = (self._runs.get((load.name, name), []) for name in (above, below))
        ratios = [
            value.per_second / base.per_second for value, base in zip(values, bases, strict=False)
        ]
        if not ratios:
            return []
        name = f"{load.name}: {above} / {below}"
        return [Check(name, median(ratios), at_least=at_least)]

    def processor_ratio(
        self, load: Load, above: str, below: str, *, at_least: float | None = None
    ) -> list[Check]:
        """How many requests ``above`` answers in the processor time of one of ``below``.

        Other work on the machine changes the time on the clock, and this hardly.
        """
        values, bases = (self._runs.get((load.name, name), []) for name in (above, below))
        ratios = [
            base.processor_us / value.processor_us
            for value, base in zip(values, bases, strict=False)
            if value.processor_us and base.processor_us
        ]
        if not ratios:
            return []
        name = f"{load.name}: {above} / {below}, by processor time"
        return [Check(name, median(ratios), at_least=at_least)]

    def report(self, results: Results) -> None:
        """Add a table and bars for each load, and all problems."""
        for load in dict.fromkeys(load for load, _ in self._runs):
            measured = {system: runs for (name, system), runs in self._runs.items() if name == load}
            rows = [_row(system, runs) for system, runs in measured.items()]
            results.tables.append(Table(load.capitalize(), _HEADER, rows))
            for system, runs in measured.items():
                speeds = [run.per_second for run in runs]
                results.bars.append(Bar(load, system, median(speeds), min(speeds), max(speeds)))
                results.problems += [
                    f"{system}, {load}: {problem}" for run in runs for problem in run.problems
                ]


def tell(line: str) -> None:
    """Say on standard error how far the run has come."""
    print(line, file=sys.stderr, flush=True)


def _row(system: str, runs: Sequence[Run]) -> list[str]:
    speeds = [run.per_second for run in runs]
    return [
        system,
        f"{median(speeds):,.0f}",
        f"{min(speeds):,.0f} to {max(speeds):,.0f}",
        _median([run.processor_us for run in runs], ",.0f"),
        _median([run.p50_ms for run in runs], ".1f"),
        _median([run.p99_ms for run in runs], ".1f"),
        f"{sum(run.not_ok for run in runs):,}",
        _median([run.generator_load for run in runs], ".0%"),
    ]


def _median(values: Sequence[float | None], format: str) -> str:
    known = [value for value in values if value is not None]
    return f"{median(known):{format}}" if known else ""
