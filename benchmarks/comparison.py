"""Reunite beside what it could be: a straightforward version, its limits, no locks, SQLite."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

from benchmarks import pgbench, servers
from benchmarks.databases import BASELINE, REUNITE, Databases
from benchmarks.equality import inequalities
from benchmarks.options import Options
from benchmarks.population import Population
from benchmarks.results import Check, Results
from benchmarks.rounds import Group, Rounds, beside, tell
from benchmarks.servers import Kind, Server, serving
from benchmarks.systems import ConstantSystem, HttpSystem, LimitSystem, StoringSystem, System
from benchmarks.traffic import MIXED, REPEATS, WRITES, Load, Traffic

_OURS = servers.OURS.name
_TUTORIAL = servers.TUTORIAL.name
_TUTORIAL_KEPT = servers.TUTORIAL_KEPT.name
_BARE = servers.BARE.name
_WITHOUT_LOCKS = servers.WITHOUT_LOCKS.name
_SQLITE = "Reunite on SQLite"
_INTERNATIONAL = "Reunite, international numbers"
_WHOLE_RULE = "limit: whole rule, pgbench"
_READ_ALONE = "limit: read alone, pgbench"
_CONSTANT_WSGI = servers.CONSTANT_WSGI.name
_CONSTANT_DJANGO = servers.CONSTANT_DJANGO.name
_SERVERS = {
    _OURS: servers.OURS,
    _TUTORIAL: servers.TUTORIAL,
    _TUTORIAL_KEPT: servers.TUTORIAL_KEPT,
    _BARE: servers.BARE,
    _WITHOUT_LOCKS: servers.WITHOUT_LOCKS,
    _SQLITE: servers.OURS,
    _INTERNATIONAL: servers.OURS,
    _CONSTANT_WSGI: servers.CONSTANT_WSGI,
    _CONSTANT_DJANGO: servers.CONSTANT_DJANGO,
}
_TUTORIALS = [_TUTORIAL, _TUTORIAL_KEPT]
SECTIONS: dict[str, tuple[Load, list[str]]] = {
    "mixed": (
        MIXED,
        [_OURS, *_TUTORIALS, _BARE, _WITHOUT_LOCKS, _WHOLE_RULE, _SQLITE, _INTERNATIONAL],
    ),
    "repeats": (
        REPEATS,
        [_OURS, *_TUTORIALS, _BARE, _WHOLE_RULE, _READ_ALONE, _SQLITE, _INTERNATIONAL],
    ),
    "writes": (WRITES, [_OURS, _WITHOUT_LOCKS, _WHOLE_RULE, _SQLITE]),
    "ceiling": (Load("no work at all", repeats=100), [_CONSTANT_WSGI, _CONSTANT_DJANGO]),
}
"""Each with its load and its systems; the first is the one that the others are compared with."""
_SLOW_TO_TYPICAL = 3.0
_LOCKED = "database is locked"


def compare(
    sections: Sequence[str], databases: Databases, options: Options, results: Results
) -> None:
    """Measure all systems of the sections in the same rounds."""
    with ExitStack() as stack:
        systems = _Systems(databases, options, stack)
        groups = [group for section in sections for group in systems.groups(section)]
        if storing := systems.storing():
            tell("the same requests to all systems, one by one")
            results.problems += inequalities(storing)
        rounds = Rounds(groups, options)
        rounds.report(results)
        results.checks += _checks(rounds)
        results.problems += systems.complaints()


def _checks(rounds: Rounds) -> list[Check]:
    checks = [
        *rounds.ratio(MIXED, _OURS, _TUTORIAL),
        *rounds.ratio(MIXED, _OURS, _TUTORIAL_KEPT, at_least=5.5),
        *rounds.ratio(REPEATS, _OURS, _TUTORIAL),
        *rounds.ratio(REPEATS, _OURS, _TUTORIAL_KEPT, at_least=9),
        *_to_the_limit(rounds, MIXED, at_least=0.5),
        *_to_the_limit(rounds, REPEATS, at_least=0.4),
        *_to_the_limit(rounds, WRITES, at_least=0.55),
        *rounds.ratio(MIXED, _OURS, _BARE, at_least=0.9),
        *rounds.ratio(REPEATS, _OURS, _BARE, at_least=0.7),
        *rounds.ratio(MIXED, _OURS, _WITHOUT_LOCKS, at_least=0.88),
        *rounds.ratio(WRITES, _OURS, _WITHOUT_LOCKS, at_least=0.7),
        *rounds.ratio(MIXED, _SQLITE, _OURS, at_least=0.9),
        *rounds.processor_ratio(MIXED, _INTERNATIONAL, _OURS),
        *rounds.processor_ratio(REPEATS, _INTERNATIONAL, _OURS),
    ]
    slow = rounds.slow_to_typical(_OURS, MIXED)
    if slow is not None:
        checks.append(Check("mixed: p99 / p50 of Reunite", slow, at_most=_SLOW_TO_TYPICAL))
    refused = rounds.not_ok(_SQLITE)
    if refused is not None:
        checks.append(Check("SQLite: answers that were not 200", refused, at_most=0))
    return checks


def _to_the_limit(rounds: Rounds, load: Load, *, at_least: float) -> list[Check]:
    return rounds.processor_ratio(load, _OURS, _WHOLE_RULE, with_generator=True, at_least=at_least)


class _Systems:
    """Starts each system when it is first asked for, with a copy of the same database."""

    def __init__(self, databases: Databases, options: Options, stack: ExitStack) -> None:
        self._databases = databases
        self._options = options
        self._stack = stack
        self._population = Population(options.persons, options.international)
        self._started: dict[str, System] = {}

    def groups(self, section: str) -> list[Group]:
        """The systems of one section under its load, each next to the first of them."""
        load, names = SECTIONS[section]
        for name in names:
            if name not in self._started:
                tell(f"starting {name}")
                self._started[name] = self._start(name)
        first, *others = [(self._started[name], load) for name in names]
        return beside(first, others)

    def storing(self) -> list[StoringSystem]:
        """All systems so far that store the same persons."""
        return [
            each
            for name, each in self._started.items()
            if isinstance(each, StoringSystem) and name != _INTERNATIONAL
        ]

    def complaints(self) -> list[str]:
        """The systems in whose logs a database is locked."""
        return [
            f"{system.name}: its log says {_LOCKED!r}"
            for system in self._started.values()
            if isinstance(system, HttpSystem) and _LOCKED in system.server.log.read_text()
        ]

    def _start(self, name: str) -> System:
        population = self._population
        if name == _INTERNATIONAL:
            population = replace(population, international=True)
        traffic = Traffic(population)
        if name in {_CONSTANT_WSGI, _CONSTANT_DJANGO}:
            return ConstantSystem(name, traffic, self._server(_SERVERS[name], "sqlite://"))
        if name in {_WHOLE_RULE, _READ_ALONE}:
            script = pgbench.READ_ALONE if name == _READ_ALONE else pgbench.WHOLE_RULE
            database = self._databases.postgresql(population)
            return LimitSystem(name, database, traffic, script)
        vendor = "sqlite" if name == _SQLITE else "postgresql"
        settings = BASELINE if name in _TUTORIALS else REUNITE
        stored = self._databases.of(vendor, population, settings=settings)
        return HttpSystem(name, stored, traffic, self._server(_SERVERS[name], stored.url))

    def _server(self, kind: Kind, database_url: str) -> Server:
        folder = self._databases.folder
        return self._stack.enter_context(
            serving(kind, database_url, workers=self._options.workers, folder=folder)
        )
