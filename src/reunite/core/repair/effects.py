"""The effects of a change on persons, in numbers and samples; ids only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reunite.core.persons.person import Person
from reunite.core.repair.regroup import groups

MAX_SAMPLES = 20


@dataclass(frozen=True, slots=True)
class Size:
    """A person's id, and how many contacts it has."""

    person_id: int
    contacts: int


@dataclass(frozen=True, slots=True)
class Sample:
    """Persons that contacts would go between: the oldest of those before, and of those after."""

    before: tuple[Size, ...]
    after: tuple[Size, ...]


@dataclass(frozen=True, slots=True)
class Effects:
    """How many persons would come to be more than one, and how many would be made of several."""

    splits: int
    merges: int
    samples: tuple[Sample, ...]


def effects(before: Iterable[Person], after: Iterable[Person]) -> Effects:
    """Compare the same contacts as the persons they are and the persons they would be."""
    before, after = (sorted(side, key=lambda each: each.primary) for side in (before, after))
    was = {contact.id: person.id for person in before for contact in person.contacts}
    becomes = {contact.id: person.id for person in after for contact in person.contacts}
    moved = [pair for pair in groups(before, after) if [len(side) for side in pair] != [1, 1]]
    return Effects(
        splits=sum(len({becomes[c.id] for c in p.contacts}) > 1 for p in before),
        merges=sum(len({was[c.id] for c in p.contacts}) > 1 for p in after),
        samples=tuple(Sample(*map(_sizes, pair)) for pair in moved[:MAX_SAMPLES]),
    )


def has_more_than(limit: int, kind: str, person: Person) -> bool:
    """Whether a person has more identifiers of a kind than the limit."""
    found = {each.key for c in person.contacts for each in c.identifiers if each.kind == kind}
    return len(found) > limit


def largest(sizes: Iterable[Size]) -> Size | None:
    """The person of the most contacts, of two as large the older; None if there is none."""
    return min(sizes, key=lambda each: (-each.contacts, each.person_id), default=None)


def size_of(person: Person) -> Size:
    """A person's size."""
    return Size(person.id, len(person.contacts))


def _sizes(persons: Sequence[Person]) -> tuple[Size, ...]:
    return tuple(map(size_of, persons[:MAX_SAMPLES]))
