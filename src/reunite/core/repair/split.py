"""How a person is divided: which identifiers stay with which side, and which links go."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from reunite.core.errors import NothingToSplit
from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.persons.person import Contact, Person
from reunite.core.repair.settle import Change, LinkState, Settled, Touched


class SharedStay(StrEnum):
    """With which side the identifiers stay that both sides have."""

    OLDEST = "oldest"
    NAMED = "named"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Split:
    """What a split changes; ``withheld`` are the contacts and kinds that count no longer there.

    ``oldest_ids`` are the contacts of the side of the oldest contact, whose id the person keeps.
    """

    change: Change
    withheld: list[tuple[int, Kind]]
    oldest_ids: frozenset[int]

    def to_keep_apart(self, settled: Settled) -> list[tuple[int, int]]:
        """The oldest contact with that of each person of the other side."""
        near = self.oldest_ids
        oldest_id, *_ = (person.id for person in settled.persons if person.id in near)
        return [(oldest_id, person.id) for person in settled.persons if person.id not in near]


def plan_split(
    before: Touched,
    side_ids: Iterable[int],
    could_be: Mapping[int, Iterable[Identifier]],
    *,
    shared: SharedStay = SharedStay.OLDEST,
) -> Split:
    """Divide the one person that is touched: the contacts of ``side_ids``, and the others.

    ``could_be`` are the identifiers that contacts could carry again, retired ones, say. What both
    sides have stays with the side that ``shared`` tells, the near one; it is withheld in the
    contacts of the far side. Links from one side to the other are revoked. Raises NothingToSplit
    where a side is empty.
    """
    (person,) = before.persons
    sides = _parted(person, frozenset(side_ids))
    if not all(sides):
        raise NothingToSplit
    named, others = sides
    oldest = named if person.contacts[0] in named else others
    stay = {SharedStay.OLDEST: oldest, SharedStay.NAMED: named, SharedStay.OTHERS: others}
    near = stay[shared]
    far = others if near is named else named
    near_has, far_has = (
        {end for contact in side for end in (contact.id, *_has(contact, could_be))}
        for side in (near, far)
    )
    withheld = [
        (contact.id, identifier.kind)
        for contact in far
        for identifier in sorted(_has(contact, could_be) & near_has)
    ]
    taken = set(withheld)
    values = {
        contact.id: tuple(
            each._replace(key=None) if (contact.id, each.kind) in taken else each
            for each in contact.values
        )
        for contact in far
        if not taken.isdisjoint((contact.id, kind) for kind in Kind)
    }
    far_only = far_has - near_has
    across = {
        known.link.id: LinkState.REVOKED
        for known in before.links
        if known.state.decided is LinkState.LIVE
        and any(end in near_has for end in known.ends)
        and any(end in far_only for end in known.ends)
    }
    change = Change(values=values, link_states=across)
    return Split(change, withheld, frozenset(contact.id for contact in oldest))


def _parted(person: Person, side_ids: frozenset[int]) -> tuple[list[Contact], list[Contact]]:
    side = [contact for contact in person.contacts if contact.id in side_ids]
    return side, [contact for contact in person.contacts if contact.id not in side_ids]


def _has(contact: Contact, could_be: Mapping[int, Iterable[Identifier]]) -> set[Identifier]:
    return {*contact.identifiers, *could_be[contact.id]}
