"""What is measured: things that answer requests, each with a database and traffic of its own."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from benchmarks import pgbench, wrk
from benchmarks.databases import Database, PostgreSQL
from benchmarks.servers import Server
from benchmarks.traffic import Load, Request, Traffic
from benchmarks.written import differences, mark

_ASSUMED_PER_SECOND, _LEAST_PER_SECOND = 5_000, 2_000
_SPARE = 3
_REPEATED_BODIES = 50_000


@dataclass(frozen=True, slots=True)
class Run:
    """One system under one load, once. ``problems`` say why the figure should not be believed."""

    requests: int
    per_second: float
    not_ok: int = 0
    p50_ms: float | None = None
    p99_ms: float | None = None
    generator_load: float | None = None
    problems: tuple[str, ...] = ()
    workers_us: float | None = None
    database_us: float | None = None
    generator_us: float | None = None
    """Processor time of one request: what the processes used, divided by the requests."""

    @property
    def processor_us(self) -> float | None:
        """What answering took, without the generator; None if not measured."""
        if self.workers_us is None and self.database_us is None:
            return None
        return (self.workers_us or 0.0) + (self.database_us or 0.0)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in a form that can be compared."""

    person_id: int
    emails: tuple[str, ...]
    phone_numbers: tuple[str, ...]
    secondary_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Spent:
    """Processor seconds of the workers of a server, and of its database if it has one."""

    workers: float
    database: float | None

    @classmethod
    def until_now(cls, server: Server, database: Database | None = None) -> "Spent":
        """What they have used so far."""
        return cls(server.processor_seconds(), database and database.processor_seconds())

    def __sub__(self, before: "Spent") -> "Spent":
        database = None if self.database is None else self.database - (before.database or 0.0)
        return Spent(self.workers - before.workers, database)

    def of(self, run: Run) -> Run:
        """The run with what each of its requests took."""
        database = None if self.database is None else _of_one(self.database, run.requests)
        return replace(run, workers_us=_of_one(self.workers, run.requests), database_us=database)


class System(Protocol):
    """Something that answers requests."""

    name: str

    def run(self, load: Load, *, seconds: int, connections: int) -> Run:
        """Answer as many requests as possible, over so many connections."""


class StoringSystem(ABC):
    """A system with a database of its own, which says afterwards what it did."""

    def __init__(self, name: str, database: Database, traffic: Traffic) -> None:
        self.name = name
        self.database = database
        self.traffic = traffic
        self._per_second: dict[Load, float] = {}

    @abstractmethod
    def identify(self, request: Request) -> Answer:
        """The answer to one request; raises RuntimeError if there is none."""

    @abstractmethod
    def run(self, load: Load, *, seconds: int, connections: int) -> Run:
        """Answer as many requests as possible, over so many connections."""

    def _requests(self, load: Load, seconds: int) -> list[Request]:
        """More than it will answer, judged by its last run, if they can be sent only once."""
        if not load.says_something_new:
            return self.traffic.take(load, _REPEATED_BODIES)
        expected = max(_LEAST_PER_SECOND, self._per_second.get(load, _ASSUMED_PER_SECOND))
        return self.traffic.take(load, int(expected * seconds * _SPARE))

    def _sent(self, load: Load, requests: list[Request], number: int) -> list[Request]:
        """The requests that may have written something; the others can be taken again."""
        if not load.says_something_new:
            return []
        self.traffic.put_back(requests[number:])
        return requests[:number]

    def _learn(self, load: Load, per_second: float) -> None:
        self._per_second[load] = max(per_second, self._per_second.get(load, 0))


class HttpSystem(StoringSystem):
    """A server under wrk."""

    def __init__(self, name: str, database: Database, traffic: Traffic, server: Server) -> None:
        super().__init__(name, database, traffic)
        self.server = server

    def identify(self, request: Request) -> Answer:
        status, answer = self.server.post(request.body)
        if status != 200:  # noqa: PLR2004  # HTTP OK
            raise RuntimeError(f"{self.name} answered {status}: {answer}")
        person = answer["contact"]
        return Answer(
            person["primaryContactId"],
            tuple(person["emails"]),
            tuple(person["phoneNumbers"]),
            tuple(person["secondaryContactIds"]),
        )

    def run(self, load: Load, *, seconds: int, connections: int) -> Run:
        requests = self._requests(load, seconds)
        before = mark(self.database)
        spent = Spent.until_now(self.server, self.database)
        answers = wrk.send(
            self.server.url(),
            [request.body for request in requests],
            seconds=seconds,
            connections=connections,
            again=not load.says_something_new,
        )
        self.server.settle()
        spent = Spent.until_now(self.server, self.database) - spent
        self._learn(load, answers.per_second)
        sent = self._sent(load, requests, answers.sent)
        run = as_run(answers, differences(self.database, before, sent, unsure=connections))
        return spent.of(run)


class ConstantSystem:
    """A server that stores nothing, so nothing is looked up afterwards."""

    def __init__(self, name: str, traffic: Traffic, server: Server) -> None:
        self.name = name
        self._traffic = traffic
        self._server = server

    def run(self, load: Load, *, seconds: int, connections: int) -> Run:
        bodies = [request.body for request in self._traffic.take(load, _REPEATED_BODIES)]
        spent = Spent.until_now(self._server)
        answers = wrk.send(
            self._server.url(), bodies, seconds=seconds, connections=connections, again=True
        )
        return (Spent.until_now(self._server) - spent).of(as_run(answers, []))


class LimitSystem(StoringSystem):
    """PostgreSQL under pgbench."""

    def __init__(
        self, name: str, database: PostgreSQL, traffic: Traffic, script: Path = pgbench.WHOLE_RULE
    ) -> None:
        super().__init__(name, database, traffic)
        self._postgresql = database
        self._script = script
        pgbench.prepare(database)

    def identify(self, request: Request) -> Answer:
        rows = sorted(pgbench.identify(self._postgresql, request), key=lambda row: (row[4], row[0]))
        ids, emails, phones = ([row[column] for row in rows] for column in range(3))
        return Answer(
            ids[0], tuple(dict.fromkeys(emails)), tuple(dict.fromkeys(phones)), tuple(ids[1:])
        )

    def run(self, load: Load, *, seconds: int, connections: int) -> Run:
        requests = self._requests(load, seconds)
        before = mark(self.database)
        done = pgbench.run(
            self._postgresql, self._script, requests, seconds=seconds, connections=connections
        )
        self._learn(load, done.per_second)
        tries = done.done + done.retried + done.failed
        sent = self._sent(load, requests, tries)
        problems = differences(self.database, before, sent, unsure=done.retried + done.failed)
        if load.says_something_new and tries > len(requests):
            problems.append("all bodies were used: some were sent twice")
        return Run(
            done.done,
            done.per_second,
            done.failed,
            done.mean_ms,
            problems=tuple(problems),
            database_us=_of_one(done.database_seconds, done.done),
            generator_us=_of_one(done.generator_seconds, done.done),
        )


def as_run(answers: wrk.Answers, problems: list[str], *, size: int = 1) -> Run:
    """What wrk saw, with what the database says about it; ``size`` requests to each answer."""
    return Run(
        answers.requests * size,
        answers.per_second * size,
        answers.not_ok,
        answers.p50_ms,
        answers.p99_ms,
        answers.generator_load,
        tuple(problems + answers.complaints()),
        generator_us=_of_one(answers.generator_load * answers.seconds, answers.requests * size),
    )


def _of_one(seconds: float, requests: int) -> float:
    """Microseconds of one request."""
    return seconds * 1e6 / max(1, requests)
