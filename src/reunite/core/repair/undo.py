"""What a repair did to the evidence, so that it can be undone exactly, or not at all.

Persons follow from evidence. So a repair is undone when everything it did to the evidence is taken
back, provided that all of it is still as the repair left it (``changed_since``), and that the
contacts then belong together as they did before it (``parted_or_joined_since``).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise

from reunite.core.identifiers.kinds import Mark, kind_of_mark
from reunite.core.persons.person import Person
from reunite.core.repair.regroup import LinkState, Separation, groups, members


@dataclass(frozen=True, slots=True)
class KeptSeparation:
    """Everything that is kept of a separation."""

    separation: Separation
    reason: str
    created_at: datetime
    created_by: str | None = None

    @property
    def pair(self) -> tuple[int, int]:
        """The two contacts, the smaller id first."""
        return self.separation.left_id, self.separation.right_id


@dataclass(frozen=True, slots=True)
class Delta:
    """What changed: contacts and links by id, separations as rows before and after.

    ``links`` have the state that was decided before and after (``LinkState.decided``); a link that
    was not there counts as revoked. ``persons`` are the contacts of the persons before, of those
    that gave or took contacts.
    """

    links: Mapping[int, tuple[LinkState, LinkState]] = field(default_factory=dict)
    deleted: frozenset[int] = frozenset()
    undeleted: frozenset[int] = frozenset()
    withheld: frozenset[tuple[int, Mark]] = frozenset()
    released: frozenset[tuple[int, Mark]] = frozenset()
    separations_before: tuple[KeptSeparation, ...] = ()
    separations_after: tuple[KeptSeparation, ...] = ()
    persons: tuple[tuple[int, ...], ...] = ()

    @property
    def inverse(self) -> "Delta":
        """The change that takes this one back, without the persons that it moves."""
        return replace(
            self,
            links={id: (after, before) for id, (before, after) in self.links.items()},
            deleted=self.undeleted,
            undeleted=self.deleted,
            withheld=self.released,
            released=self.withheld,
            separations_before=self.separations_after,
            separations_after=self.separations_before,
            persons=(),
        )

    def with_persons(self, before: Iterable[Person], after: Iterable[Person]) -> "Delta":
        """The same change, with the persons between which contacts moved."""
        moved = (were for were, are in groups(before, after) if members(were) != members(are))
        return replace(self, persons=tuple(ids for were in moved for ids in sorted(members(were))))

    @property
    def contact_ids(self) -> set[int]:
        """All contacts that it names."""
        separations = (*self.separations_before, *self.separations_after)
        return {
            *self.deleted,
            *self.undeleted,
            *(id for id, _ in self.withheld | self.released),
            *(id for each in separations for id in each.pair),
            *(id for ids in self.persons for id in ids),
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """The current state of all rows that a repair names; rows that no longer exist are left out."""

    links: Mapping[int, LinkState]
    live: Collection[int]
    """Contacts that are not deleted."""
    withheld: Collection[tuple[int, Mark]]
    separations: Collection[Separation]
    """Those of all contacts that the repair names."""


def changed_since(done: Delta, now: Standing) -> Iterator[str]:
    """The differences from the state that a repair left, each as a sentence."""
    for id, (_, after) in sorted(done.links.items()):
        state = now.links.get(id)
        if state is None:
            yield f"Link {id} is not there any more."
        elif state.decided is not after:
            yield f"Link {id} is {state} by now."
    yield from (
        f"Contact {id} is not deleted any more." for id in sorted(done.deleted & {*now.live})
    )
    yield from (f"Contact {id} was deleted." for id in sorted(done.undeleted - {*now.live}))
    for id, mark in sorted(done.withheld - {*now.withheld}, key=_place):
        yield f"The {kind_of_mark(mark)} of contact {id} counts again."
    for id, mark in sorted(done.released & {*now.withheld}, key=_place):
        yield f"The {kind_of_mark(mark)} of contact {id} is withheld again."
    yield from _separations_since(done, now)


def _place(withheld: tuple[int, Mark]) -> tuple[int, str]:
    id, mark = withheld
    return id, str(mark)


def _separations_since(done: Delta, now: Standing) -> Iterator[str]:
    left = {each.separation for each in done.separations_after}
    for each in sorted(left - {*now.separations}, key=lambda each: each.id):
        yield f"Separation {each.id} was lifted, or keeps other contacts apart."
    taken = {(each.left_id, each.right_id): each.id for each in {*now.separations} - left}
    for kept in done.separations_before:
        if kept.pair in taken:
            yield f"Separation {taken[kept.pair]} keeps the same contacts apart."
        for id in sorted({*kept.pair} - {*now.live} - done.deleted):
            yield f"Contact {id}, which was kept apart, was deleted."
    # A contact that is deleted again must have no separation.
    for each in sorted({*now.separations} - left, key=lambda each: each.id):
        if not done.undeleted.isdisjoint((each.left_id, each.right_id)):
            yield f"Separation {each.id} came to keep a contact apart."


def parted_or_joined_since(done: Delta, after: Iterable[Person]) -> Iterator[str]:
    """Why contacts would not belong together as before the repair, each as a sentence.

    ``after`` are the persons that there would be. Contacts that were deleted since are left out.
    """
    person_of = {contact.id: person.id for person in after for contact in person.contacts}
    whose: dict[int, int] = {}
    for ids in done.persons:
        living = [id for id in ids if id in person_of]
        for one, other in pairwise(living):
            if person_of[one] != person_of[other]:
                yield f"Nothing would join contacts {one} and {other}."
        for id in living[:1]:
            other = whose.setdefault(person_of[id], id)
            if other != id:
                yield f"Something else joins contacts {other} and {id} by now."


def passed_on(
    contact_id: int,
    heir_id: int | None,
    held: Iterable[KeptSeparation],
    others: Iterable[Separation],
) -> list[KeptSeparation]:
    """The separations of a deleted contact, as separations of its heir; none without an heir.

    A separation is dropped if ``others`` keep the two apart already, or if the two are one.
    """
    if heir_id is None:
        return []
    taken = {(each.left_id, each.right_id) for each in others}
    kept = []
    for each in held:
        other_id = sum(each.pair) - contact_id
        pair = min(other_id, heir_id), max(other_id, heir_id)
        if other_id != heir_id and pair not in taken:
            kept.append(replace(each, separation=Separation(each.separation.id, *pair)))
    return kept
