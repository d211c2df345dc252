"""Before: this commit beside another one, each on a copy of its own of the same contacts."""

from contextlib import ExitStack

from benchmarks import servers
from benchmarks.databases import Databases
from benchmarks.options import Options
from benchmarks.population import Population
from benchmarks.results import Results
from benchmarks.rounds import Group, Rounds, tell
from benchmarks.servers import Kind, serving
from benchmarks.systems import HttpSystem
from benchmarks.traffic import MIXED, REPEATS, Traffic

_FLOOR = 0.97


def measure(databases: Databases, options: Options, results: Results) -> None:
    """Mixed requests and repeats; the two commits answer right after each other."""
    population = Population(options.persons, options.international)
    # The command line refuses this section without a checkout.
    checkouts = {"before": options.before and options.before.resolve(), "now": None}
    with ExitStack() as stack:
        groups: list[Group] = []
        for vendor in options.vendors:
            systems = []
            for when, checkout in checkouts.items():
                tell(f"starting {when} on {vendor}")
                database = databases.of(vendor, population, checkout=checkout)
                kind = Kind(servers.OURS.name, checkout=checkout)
                server = stack.enter_context(
                    serving(kind, database.url, workers=options.workers, folder=databases.folder)
                )
                name = _name(vendor, when)
                systems.append(HttpSystem(name, database, Traffic(population), server))
            groups += [[(system, load) for system in systems] for load in (MIXED, REPEATS)]
        rounds = Rounds(groups, options)
        rounds.report(results)
    for vendor in options.vendors:
        for load in (MIXED, REPEATS):
            pair = _name(vendor, "now"), _name(vendor, "before")
            results.checks += rounds.ratio(load, *pair, at_least=_FLOOR)
            results.checks += rounds.processor_ratio(load, *pair, at_least=_FLOOR)


def _name(vendor: str, when: str) -> str:
    return f"Reunite {when}, {vendor}"
