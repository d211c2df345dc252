"""Who a person is in one glance: its identifiers, since when, and signs of trouble."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf

from reunite.core.identifiers.kinds import PLACES, Identifier, Kind, Standing
from reunite.core.persons.person import Person
from reunite.core.persons.suspicion import Counts
from reunite.explorer.persons.names import token_of
from reunite.services.persons.show import Known
from reunite.services.persons.standing import Standings
from reunite.services.persons.statistics import LIMITS

KIND_NAMES: Mapping[str, str] = {Kind.EMAIL: "email", Kind.PHONE: "phone number"}


def kind_name(kind: str) -> str:
    """A kind in words."""
    return KIND_NAMES.get(kind, str(kind))


MAX_LISTED = 20
"""So many identifiers are listed."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A value of a person: when contacts brought it first and last, and how many of them."""

    kind: str
    value: str
    key: str | None
    standing: Standing
    first_seen: datetime
    last_seen: datetime
    contacts: int

    @property
    def identifier(self) -> Identifier | None:
        """The identifier, if the value counts."""
        return None if self.key is None else Identifier(self.kind, self.key)

    @property
    def token(self) -> str:
        """What names it in forms, if it counts."""
        return "" if self.identifier is None else token_of(self.identifier)

    @property
    def name(self) -> str:
        """The kind in words."""
        return kind_name(self.kind)

    @property
    def counts(self) -> bool:
        """Whether it is evidence."""
        return self.standing is Standing.COUNTS


@dataclass(frozen=True, slots=True)
class Sign:
    """A sentence about the person; ``retires`` is the token of what may be retired for it."""

    sentence: str
    retires: str = ""


def name_of(person: Person) -> str:
    """What a person is called on a page: its first email, or else its first phone number."""
    return next(iter((*person.emails, *person.phone_numbers)), f"Person {person.id}")


def carried_by(person: Person, standings: Mapping[int, Standings]) -> list[Carried]:
    """The values of a person, each once, by kind, in the order in which contacts brought them."""
    found: dict[tuple[str, str, Standing], Carried] = {}
    for contact in person.contacts:
        for value in contact.values:
            kind, given, key, _ = value
            standing, at = standings[contact.id][value.mark], contact.created_at
            name = kind, given if key is None else key, standing
            known = found.get(name) or Carried(kind, given, key, standing, at, at, 0)
            found[name] = replace(known, last_seen=at, contacts=known.contacts + 1)
    return sorted(found.values(), key=lambda each: PLACES.get(each.kind, len(PLACES)))


def most_telling(carried: list[Carried]) -> list[Carried]:
    """The values; of more than MAX_LISTED, those that most contacts carry, most first."""
    if len(carried) <= MAX_LISTED:
        return carried
    return sorted(carried, key=lambda each: -each.contacts)[:MAX_LISTED]


def _limit(kind: str) -> float:
    """More contacts than these with one value are worth a word."""
    return LIMITS[kind] if isinstance(kind, Kind) else inf


def signs_of_trouble(known: Known, carried: list[Carried], *, holds: int) -> Iterator[Sign]:
    """The signs of trouble of a person, in sentences."""
    person = known.person
    if holds:
        verb = "waits" if holds == 1 else "wait"
        yield Sign(f"{_counted(holds, 'merge')} with others {verb} for review.")
    if Counts.of(person).is_suspicious or person.more:
        yield Sign("This person is suspicious: so many details may be those of several people.")
    for each in carried:
        if each.counts and each.contacts > _limit(each.kind):
            yield Sign(f"{each.contacts} contacts carry {each.value}.", each.token)
    unused = sum(not each.counts for each in carried)
    if unused:
        verb = "does" if unused == 1 else "do"
        yield Sign(f"{_counted(unused, 'value')} {verb} not count as evidence.")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
