"""Batches: persons identified in a second, many to a request, beside one at a time."""

from contextlib import ExitStack

from benchmarks import servers, wrk
from benchmarks.databases import Database, Databases
from benchmarks.options import Options
from benchmarks.population import Population
from benchmarks.results import Results
from benchmarks.rounds import Group, Rounds, beside, tell
from benchmarks.servers import Server, serving
from benchmarks.systems import HttpSystem, Run, Spent, as_run
from benchmarks.traffic import MIXED, Load, Request, Traffic
from benchmarks.written import differences, mark

_PATH = "/identify/batch"
_SIZES = {1_000: 5.0, 100: 3.0}
"""Requests in a batch, and how many times the speed of single requests must be reached."""
_FLOOR_VENDOR = "postgresql"
_CONNECTIONS = 4
"""Batches exclude each other where it matters, so a few callers keep the server busy."""
_ASSUMED_PER_SECOND = 30_000
_NOT_FOUND, _OK = 404, 200


def batch_body(requests: list[Request]) -> bytes:
    """The body of one batch."""
    return b'{"requests": [' + b", ".join(request.body for request in requests) + b"]}"


def measure(databases: Databases, options: Options, results: Results) -> None:
    """Single requests and batches in the same rounds; nothing where there is no such endpoint."""
    population = Population(options.persons, options.international)
    with ExitStack() as stack:
        groups: list[Group] = []
        missing = []
        for vendor in options.vendors:
            database = databases.of(vendor, population)
            server = stack.enter_context(
                serving(
                    servers.OURS, database.url, workers=options.workers, folder=databases.folder
                )
            )
            traffic = Traffic(population)
            status, _ = server.post(batch_body(traffic.take(MIXED, 1)), _PATH)
            if status != _OK:
                missing.append((vendor, status))
                continue
            single = HttpSystem(_single(vendor), database, traffic, server)
            batched = [
                _BatchSystem(_batched(vendor, size), database, traffic, server, size)
                for size in _SIZES
            ]
            groups += beside((single, _LOAD), [(system, _LOAD) for system in batched])
        for vendor, status in missing:
            what = "there is none yet" if status == _NOT_FOUND else f"it answers {status}"
            note = f"POST {_PATH} on {vendor} was not measured: {what}."
            tell(note)
            results.notes.append(note)
        if groups:
            rounds = Rounds(groups, options)
            rounds.report(results)
            for size, floor in _SIZES.items():
                results.checks += rounds.ratio(
                    _LOAD, _batched(_FLOOR_VENDOR, size), _single(_FLOOR_VENDOR), at_least=floor
                )


# A name of its own keeps these figures apart from the comparison's.
_LOAD = Load("mixed, in batches", MIXED.repeats, MIXED.links, MIXED.creates, MIXED.merges)


class _BatchSystem:
    """A server that is sent batches; its figures count the requests in them."""

    def __init__(
        self, name: str, database: Database, traffic: Traffic, server: Server, size: int
    ) -> None:
        self.name = name
        self._database = database
        self._traffic = traffic
        self._server = server
        self._size = size

    def run(self, load: Load, *, seconds: int, connections: int) -> Run:
        """Batches over a few connections, however many single requests may use."""
        senders = min(_CONNECTIONS, connections)
        batches = [
            self._traffic.take(load, self._size)
            for _ in range(_ASSUMED_PER_SECOND * seconds // self._size)
        ]
        before = mark(self._database)
        spent = Spent.until_now(self._server, self._database)
        answers = wrk.send(
            self._server.url(_PATH),
            [batch_body(batch) for batch in batches],
            seconds=seconds,
            connections=senders,
            again=False,
        )
        self._server.settle()
        spent = Spent.until_now(self._server, self._database) - spent
        sent = [request for batch in batches[: answers.sent] for request in batch]
        unsent = [request for batch in batches[answers.sent :] for request in batch]
        self._traffic.put_back(unsent)
        problems = differences(self._database, before, sent, unsure=senders * self._size)
        return spent.of(as_run(answers, problems, size=self._size))


def _single(vendor: str) -> str:
    return f"Reunite, one at a time, {vendor}"


def _batched(vendor: str, size: int) -> str:
    return f"Reunite, {size:,} a batch, {vendor}"
