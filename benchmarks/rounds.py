"""Rounds: every group of systems once, then all again; the median of the rounds counts.

A group has the systems of a ratio, and they run right after each other: a machine whose speed
changes from one minute to the next meets both.
"""

import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from statistics import median

from benchmarks.options import Options
from benchmarks.results import Bar, Check, Results, Table
from benchmarks.systems import Run, System
from benchmarks.traffic import Load

Cell = tuple[System, Load]
Group = Sequence[Cell]
_WARM_UP_SECONDS = 1
_HEADER = [
    *("system", "requests/s", "range", "workers µs", "database µs", "generator µs"),
    *("p50 ms", "p99 ms", "not 200", "generator's CPU"),
]
_Visit = Mapping[tuple[str, str], Run]
"""The runs of one group in one round, by load and system."""


def beside(reference: Cell, others: Sequence[Cell]) -> list[Group]:
    """Groups in which each of the others is next to the reference, which runs once for two."""
    pairs = [others[at : at + 2] for at in range(0, len(others), 2)]
    return [[first, reference, *second] for first, *second in pairs] or [[reference]]


class Rounds:
    """The runs of some systems under some loads, interleaved."""

    def __init__(self, groups: Sequence[Group], options: Options) -> None:
        """Measure; the first second of each cell warms it up and does not count."""
        self._visits: list[_Visit] = []
        cells = [cell for group in groups for cell in group]
        # What the others are compared with is in most groups; tables begin with it.
        counted = Counter((load.name, system.name) for system, load in cells)
        self._order = [key for key, _ in counted.most_common()]
        for system, load in dict.fromkeys(cells):
            system.run(load, seconds=_WARM_UP_SECONDS, connections=options.connections)
        for number in range(1, options.rounds + 1):
            # There and back (ABBA): a machine that gets slower meets all systems alike.
            for group in groups if number % 2 else reversed(groups):
                visit: dict[tuple[str, str], Run] = {}
                for system, load in group if number % 2 else reversed(group):
                    run = system.run(load, seconds=options.seconds, connections=options.connections)
                    visit[load.name, system.name] = run
                    tell(f"round {number}: {system.name}, {load.name}: {run.per_second:,.0f}/s")
                self._visits.append(visit)

    def slow_to_typical(self, system: str, load: Load) -> float | None:
        """The 99th percentile of the latency as a multiple of the median; None if not measured."""
        runs = self._runs(load.name, system)
        ratios = [run.p99_ms / run.p50_ms for run in runs if run.p99_ms and run.p50_ms]
        return median(ratios) if ratios else None

    def not_ok(self, system: str) -> int | None:
        """How many answers of a system were not 200, under all loads; None if not measured."""
        runs = [
            run for load, name in self._order if name == system for run in self._runs(load, name)
        ]
        return sum(run.not_ok for run in runs) if runs else None

    def ratio(
        self, load: Load, above: str, below: str, *, at_least: float | None = None
    ) -> list[Check]:
        """The median of the groups' ratios, with or without a goal; none if no group has both."""
        return self._ratio(load, above, below, attrgetter("per_second"), at_least=at_least)

    def processor_ratio(
        self,
        load: Load,
        above: str,
        below: str,
        *,
        with_generator: bool = False,
        at_least: float | None = None,
    ) -> list[Check]:
        """How many requests ``above`` answers in the processor time of one of ``below``.

        Other work on the machine changes the time on the clock, and this hardly. Where the
        generators differ, their time counts ``with_generator``: both share the same processors.
        """

        def speed(run: Run) -> float | None:
            spent = run.processor_us
            if spent and with_generator:
                spent += run.generator_us or 0.0
            return 1 / spent if spent else None

        what = ", by processor time"
        return self._ratio(load, above, below, speed, what=what, at_least=at_least)

    def _ratio(
        self,
        load: Load,
        above: str,
        below: str,
        figure: Callable[[Run], float | None],
        *,
        what: str = "",
        at_least: float | None = None,
    ) -> list[Check]:
        keys = (load.name, above), (load.name, below)
        both = [
            [figure(visit[key]) for key in keys] for visit in self._visits if {*keys} <= {*visit}
        ]
        ratios = [value / base for value, base in both if value and base]
        if not ratios:
            return []
        return [Check(f"{load.name}: {above} / {below}{what}", median(ratios), at_least=at_least)]

    def _runs(self, load: str, system: str) -> list[Run]:
        return [visit[load, system] for visit in self._visits if (load, system) in visit]

    def report(self, results: Results) -> None:
        """Add a table and bars for each load, and all problems."""
        for load in dict.fromkeys(load for load, _ in self._order):
            measured = {name: self._runs(load, name) for each, name in self._order if each == load}
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
        _median([run.workers_us for run in runs], ",.0f"),
        _median([run.database_us for run in runs], ",.0f"),
        _median([run.generator_us for run in runs], ",.0f"),
        _median([run.p50_ms for run in runs], ".1f"),
        _median([run.p99_ms for run in runs], ".1f"),
        f"{sum(run.not_ok for run in runs):,}",
        _median([run.generator_load for run in runs], ".0%"),
    ]


def _median(values: Sequence[float | None], format: str) -> str:
    known = [value for value in values if value is not None]
    return f"{median(known):{format}}" if known else ""
