"""Flat: a large database beside a small one; both stand there all the time."""

from contextlib import ExitStack

from benchmarks import servers
from benchmarks.databases import Databases
from benchmarks.options import Options
from benchmarks.population import Population
from benchmarks.results import Results
from benchmarks.rounds import Group, Rounds, tell
from benchmarks.servers import serving
from benchmarks.systems import HttpSystem
from benchmarks.traffic import MIXED, REPEATS, Traffic

_SMALL, _SMALLEST_RATIO = 100_000, 10
_FLOOR = 0.9


def measure(databases: Databases, options: Options, results: Results) -> None:
    """Mixed requests and repeats, on as many contacts as asked for and on 100,000."""
    large, small = options.contacts, min(_SMALL, options.contacts // _SMALLEST_RATIO)
    with ExitStack() as stack:
        groups: list[Group] = []
        for vendor in options.vendors:
            systems = []
            for contacts in (small, large):
                tell(f"loading {contacts:,} contacts, {vendor}")
                population = Population.of_contacts(contacts, international=options.international)
                database = databases.of(vendor, population)
                database.warm()
                server = stack.enter_context(
                    serving(
                        servers.OURS, database.url, workers=options.workers, folder=databases.folder
                    )
                )
                name = _name(contacts, vendor)
                systems.append(HttpSystem(name, database, Traffic(population), server))
            groups += [[(system, load) for system in systems] for load in (MIXED, REPEATS)]
        rounds = Rounds(groups, options)
    rounds.report(results)
    for vendor in options.vendors:
        for load in (MIXED, REPEATS):
            results.checks += rounds.ratio(
                load, _name(large, vendor), _name(small, vendor), at_least=_FLOOR
            )


def _name(contacts: int, vendor: str) -> str:
    return f"Reunite, {contacts:,} contacts, {vendor}"
