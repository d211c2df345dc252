"""The requests that are sent: four kinds, and each new detail comes once."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.population import SECOND_PHONES, Population

_PAIR_STEP = 2_147_483_647
"""A prime, so that its multiples visit every person once before one comes again."""


class Kind(StrEnum):
    """What a request leads to."""

    REPEAT = "unchanged"
    LINK = "linked"
    CREATE = "created"
    MERGE = "merged"


@dataclass(frozen=True, slots=True)
class Load:
    """How many of a hundred requests are of each kind."""

    name: str
    repeats: int = 0
    links: int = 0
    creates: int = 0
    merges: int = 0

    @property
    def says_something_new(self) -> bool:
        """Whether a request that is sent a second time leads to something else."""
        return self.links + self.creates + self.merges > 0


MIXED = Load("mixed", repeats=70, links=15, creates=13, merges=2)
REPEATS = Load("repeats only", repeats=100)
WRITES = Load("writes only", links=50, creates=43, merges=7)


@dataclass(frozen=True, slots=True)
class Request:
    """One request, and what it leads to when it is sent once and in order."""

    kind: Kind
    email: str
    phone: str

    @property
    def body(self) -> bytes:
        """The JSON that ``POST /identify`` takes."""
        return json.dumps({"email": self.email, "phoneNumber": self.phone}).encode()


class Traffic:
    """The requests that one database is sent; databases with the same population get the same."""

    def __init__(self, population: Population) -> None:
        self._population = population
        self._random = random.Random(population.persons)
        self._newest = population.persons
        self._merged = 0

    def take(self, load: Load, count: int) -> list[Request]:
        """The next requests. Raises RuntimeError when no persons are left to merge."""
        weights = (load.repeats, load.links, load.creates, load.merges)
        make = {
            Kind.REPEAT: self._repeat,
            Kind.LINK: self._link,
            Kind.CREATE: self._create,
            Kind.MERGE: self._merge,
        }
        return [make[kind]() for kind in self._random.choices(list(Kind), weights, k=count)]

    def put_back(self, unsent: Sequence[Request]) -> None:
        """Forget the last requests taken, which were not sent."""
        kinds = count_kinds(unsent)
        self._newest -= kinds[Kind.LINK] + kinds[Kind.CREATE]
        self._merged -= 2 * kinds[Kind.MERGE]

    def _repeat(self) -> Request:
        who, people = self._somebody(), self._population
        number = who
        if people.has_two_contacts(who) and self._random.getrandbits(1):
            number = SECOND_PHONES + who
        return Request(Kind.REPEAT, people.email(who), people.phone(number))

    def _link(self) -> Request:
        who, new = self._somebody(), self._somebody_new()
        if self._random.getrandbits(1):
            who, new = new, who
        return Request(Kind.LINK, self._population.email(who), self._population.phone(new))

    def _create(self) -> Request:
        new = self._somebody_new()
        return Request(Kind.CREATE, self._population.email(new), self._population.phone(new))

    def _merge(self) -> Request:
        one, other = self._never_merged(), self._never_merged()
        return Request(Kind.MERGE, self._population.email(one), self._population.phone(other))

    def _somebody(self) -> int:
        return self._random.randint(1, self._population.persons)

    def _somebody_new(self) -> int:
        self._newest += 1
        return self._newest

    def _never_merged(self) -> int:
        if self._merged == self._population.persons:
            raise RuntimeError("all persons are merged: load more of them (--persons)")
        self._merged += 1
        return self._merged * _PAIR_STEP % self._population.persons + 1


def count_kinds(requests: Sequence[Request]) -> dict[Kind, int]:
    """How many requests there are of each kind."""
    return {kind: sum(request.kind is kind for request in requests) for kind in Kind}
