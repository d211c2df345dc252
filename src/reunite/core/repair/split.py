"""How a person is divided: which identifiers stay with which side, and which links go."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from reunite.core.errors import NothingToSplit
from reunite.core.identifiers.kinds import Identifier, Mark
from reunite.core.persons.person import Contact, Person
from reunite.core.repair.regroup import Affected, Change, LinkState, Regrouped


class SharedStay(StrEnum):
    """With which side the identifiers stay that both sides have."""

    OLDEST = "oldest"
    NAMED = "named"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Split:
    """What a split changes; ``withheld`` are the values of contacts that count no longer there.

    ``oldest_ids`` are the contacts of the side of the oldest contact, whose id the person keeps.
    """

    change: Change
    withheld: list[tuple[int, Mark]]
    oldest_ids: frozenset[int]

    def to_keep_apart(self, after: Regrouped) -> list[tuple[int, int]]:
        """Pairs of the oldest contact and the oldest contact of each person of the other side."""
        near = self.oldest_ids
        oldest_id, *_ = (person.id for person in after.persons if person.id in near)
        return [(oldest_id, person.id) for person in after.persons if person.id not in near]


def plan_split(
    before: Affected,
    side_ids: Iterable[int],
    could_be: Mapping[int, Mapping[Mark, Identifier]],
    *,
    shared: SharedStay = SharedStay.OLDEST,
) -> Split:
    """Divide the one person that is touched: the contacts of ``side_ids``, and the others.

    ``could_be`` are the identifiers that values of contacts could be again, retired ones, say. What
    both sides have stays with the side that ``shared`` tells, the near one; it is withheld in the
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
        (contact.id, mark)
        for contact in far
        for mark, identifiers in _by_mark(contact, could_be).items()
        if not near_has.isdisjoint(identifiers)
    ]
    taken = set(withheld)
    values = {
        contact.id: tuple(
            each._replace(key=None) if (contact.id, each.mark) in taken else each
            for each in contact.values
        )
        for contact in far
        if not taken.isdisjoint((contact.id, each.mark) for each in contact.values)
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


def _has(contact: Contact, could_be: Mapping[int, Mapping[Mark, Identifier]]) -> set[Identifier]:
    return {*contact.identifiers, *could_be[contact.id].values()}


def _by_mark(
    contact: Contact, could_be: Mapping[int, Mapping[Mark, Identifier]]
) -> dict[Mark, set[Identifier]]:
    """The identifier of each value of a contact, counting or not."""
    found = {mark: {identifier} for mark, identifier in could_be[contact.id].items()}
    for value in contact.values:
        if value.key is not None:
            found.setdefault(value.mark, set()).add(Identifier(value.kind, value.key))
    return dict(sorted(found.items(), key=str))
