"""Threads: how many each process should have, on a disk as it is and where commits take longer.

PostgreSQL's ``commit_delay`` makes each flush of its log so much longer, for all who wait for it,
as a disk does that takes this long to sync. On SQLite there is only the disk as it is.
"""

from contextlib import ExitStack

from benchmarks import servers
from benchmarks.databases import Databases, PostgreSQL
from benchmarks.options import Options
from benchmarks.population import Population
from benchmarks.results import Results
from benchmarks.rounds import Group, Rounds, beside, tell
from benchmarks.servers import Kind, serving
from benchmarks.systems import HttpSystem
from benchmarks.traffic import MIXED, REPEATS, WRITES, Traffic

_COUNTS = (2, 4, 8, 16)
_SLOW_COMMIT_MS = 3
_LOADS = (MIXED, REPEATS, WRITES)


def measure(databases: Databases, options: Options, results: Results) -> None:
    """Each number of threads beside the least, with both kinds of commits."""
    population = Population(options.persons, options.international)
    kinds = [(vendor, 0) for vendor in options.vendors]
    if "postgresql" in options.vendors:
        kinds.append(("postgresql", _SLOW_COMMIT_MS))
    with ExitStack() as stack:
        groups: list[Group] = []
        for vendor, commit_ms in kinds:
            systems = []
            for count in _COUNTS:
                name = _name(count, vendor, commit_ms)
                tell(f"starting {name}")
                database = databases.of(vendor, population)
                if isinstance(database, PostgreSQL):
                    _slow_down(database, commit_ms)
                kind = Kind(servers.OURS.name, threads=count)
                server = stack.enter_context(
                    serving(kind, database.url, workers=options.workers, folder=databases.folder)
                )
                systems.append(HttpSystem(name, database, Traffic(population), server))
            for load in _LOADS:
                least, *more = [(system, load) for system in systems]
                groups += beside(least, more)
        rounds = Rounds(groups, options)
        rounds.report(results)
    for vendor, commit_ms in kinds:
        for load in _LOADS:
            for count in _COUNTS[1:]:
                pair = (_name(each, vendor, commit_ms) for each in (count, _COUNTS[0]))
                results.checks += rounds.ratio(load, *pair)


def _slow_down(database: PostgreSQL, commit_ms: int) -> None:
    ((name,),) = database.rows("SELECT current_database()")
    database.execute(
        f"ALTER DATABASE {name} SET commit_delay = {commit_ms * 1000}",
        f"ALTER DATABASE {name} SET commit_siblings = 0",
    )


def _name(count: int, vendor: str, commit_ms: int) -> str:
    return f"{count} threads, {vendor}" + (f", commits of {commit_ms} ms" if commit_ms else "")
