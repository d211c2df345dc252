"""Undo: take back everything that a repair did, exactly, or say what stands against it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reunite.core.errors import AlreadyUndone, ChangedSince, ErasedSince, KeptApart, RepairNotFound
from reunite.core.events import RepairUndone
from reunite.core.identifiers.kinds import Identifier
from reunite.core.persons.person import Contact, End, ends_in
from reunite.core.policy.keys import possible_identifiers
from reunite.core.policy.policy import Policy
from reunite.core.repair.regroup import (
    Affected,
    Change,
    KnownLink,
    LinkState,
    Regrouped,
    Separation,
    regroup,
)
from reunite.core.repair.undo import Delta, Standing, changed_since, parted_or_joined_since
from reunite.core.scope import Scope
from reunite.services.repair.delete import gone_with
from reunite.services.repair.edit import Edit, Repaired, edited, exclusive_identifiers
from reunite.services.repair.keys import Withheld, expected
from reunite.services.snapshots import found_in_snapshot
from reunite.store.database.queries import outside
from reunite.store.persons import dossiers
from reunite.store.persons.dossiers import KeptContact
from reunite.store.tables import links, repair_log, retired, separations
from reunite.store.tables.repair_log import ListedRepair

__all__ = ["ListedRepair", "list_repairs", "undo"]

_STANDING = (LinkState.LIVE, LinkState.HELD)
_NOBODY = 0


def list_repairs(scope: Scope, *, after: int, limit: int) -> Sequence[ListedRepair]:
    """Up to ``limit`` repairs, by id, from the one after the id ``after`` on."""
    return outside.read(repair_log.listed(scope, after=after, limit=limit))


def undo(scope: Scope, repair_id: int, *, reason: str = "") -> Repaired:
    """Take back what a repair did: evidence, and with it persons, are as they were before it.

    What else happened since stays. This is a repair itself, and can be undone. Raises
    RepairNotFound, AlreadyUndone, ErasedSince, ChangedSince, KeptApart or TemporarilyUnavailable.
    """

    def repair(edit: Edit) -> Repaired:
        recorded = edit.locked.read(repair_log.read(scope, repair_id))
        if recorded is None:
            raise RepairNotFound
        if recorded.undone_by is not None:
            raise AlreadyUndone(recorded.undone_by)
        done = recorded.delta
        if done is None:
            raise ErasedSince
        found = _Found.read(edit, done)
        if reasons := list(changed_since(done, found.standing)):
            raise ChangedSince(reasons)
        back = done.inverse
        policy = edit.policy()
        before, change = _plan(edit, back, found, policy)
        after = regroup(before, change)
        _require_apart(after, back)
        if reasons := [
            *parted_or_joined_since(done, after.persons),
            *_ends_gone_since(edit, back, found, after, policy),
        ]:
            raise ChangedSince(reasons)
        undo_of_it = edit.record(
            before,
            change,
            after,
            *separations.replaced(scope, back.separations_before, back.separations_after),
            *retired.release(back.released),
            *retired.withhold(sorted(back.withheld), at=edit.at),
            did=back,
            event=RepairUndone(undone_id=repair_id),
            undoes=repair_id,
        )
        return Repaired(after.persons, undo=undo_of_it)

    return edited(scope, repair, reason=reason)


def may_be_undone(scope: Scope, repair_id: int) -> bool:
    """Whether there is such a repair, it was not undone, and no person of it was erased since.

    What else happened since may still stand against it: ``undo`` says. Raises
    TemporarilyUnavailable.
    """
    recorded = found_in_snapshot(repair_log.read(scope, repair_id))
    return recorded is not None and recorded.undone_by is None and recorded.delta is not None


@dataclass(frozen=True, slots=True)
class _Found:
    """The rows that a repair names, as they are now."""

    contacts: Mapping[int, KeptContact]
    links: Mapping[int, KnownLink]
    withheld: Withheld
    standing: Standing

    @classmethod
    def read(cls, edit: Edit, done: Delta) -> "_Found":
        ids = done.contact_ids
        contacts, kept_links, withheld, kept_separations = edit.locked.read(
            dossiers.contacts(ids),
            links.by_id(edit.scope, done.links),
            retired.withheld(ids),
            separations.of(ids),
        )
        by_id = {each.id: each for each in contacts}
        known = {each.known.link.id: each.known for each in kept_links}
        standing = Standing(
            links={id: each.state for id, each in known.items()},
            live={id for id, each in by_id.items() if each.deleted_at is None},
            withheld={(id, kind) for id, kinds in withheld.items() for kind in kinds},
            separations={each.separation for each in kept_separations},
        )
        return cls(by_id, known, withheld, standing)

    def could_be(self, contact_id: int, policy: Policy) -> tuple[Identifier, ...]:
        values, withheld = self.contacts[contact_id].values, self.withheld.get(contact_id, ())
        return possible_identifiers(values, policy=policy, withheld=withheld)

    def will_be_withheld(self, back: Delta) -> Withheld:
        pairs = {*self.standing.withheld} - back.released | back.withheld
        return {id: {kind for each, kind in pairs if each == id} for id, _ in pairs}


def _plan(edit: Edit, back: Delta, found: _Found, policy: Policy) -> tuple[Affected, Change]:
    """The affected persons, and the change."""
    live = found.standing.live
    changed = {id for id, _ in back.released | back.withheld if id in live}
    values = expected(
        edit.scope,
        edit.locked,
        [found.contacts[id] for id in sorted(changed | back.undeleted)],
        found.will_be_withheld(back),
        policy=policy,
    )
    could_be = {id: found.could_be(id, policy) for id in back.deleted}
    also: set[End] = {end for known in found.links.values() for end in known.ends}
    also.update(found.contacts, *could_be.values())
    before = edit.affected_by_keys(values, also=also)
    before = replace(before, separations=_separations(before, back))
    contacts = before.contacts
    change = Change(
        values={id: each for id, each in values.items() if id in live},
        deleted=back.deleted,
        undeleted=[
            Contact(id, values[id], found.contacts[id].created_at) for id in sorted(back.undeleted)
        ],
        link_states={id: after for id, (_, after) in back.links.items()},
        gone=frozenset(
            end
            for id in back.deleted
            for end in gone_with(
                edit, id, {*contacts[id].identifiers, *could_be[id]}, before, policy=policy
            )
        ),
    )
    return before, change


def _ends_gone_since(
    edit: Edit, back: Delta, found: _Found, after: Regrouped, policy: Policy
) -> Iterator[str]:
    """The links that would count again though no contact has one of their ends, each as a sentence.

    Such a link would join strangers if one of them sent the identifier one day.
    """
    standing = [id for id, (_, state) in back.links.items() if state in _STANDING]
    missing = {end for id in standing for end in found.links[id].ends} - ends_in(after.persons)
    identifiers = {end for end in missing if not isinstance(end, int)}
    # Contacts that come back, or in which something counts again, are not written yet.
    withheld = found.will_be_withheld(back)
    for id in {*back.undeleted, *(id for id, _ in back.released)}:
        values = found.contacts[id].values
        identifiers.difference_update(
            possible_identifiers(values, policy=policy, withheld=withheld.get(id, ()))
        )
    gone = {end for end in missing if isinstance(end, int)} | exclusive_identifiers(
        edit.scope, edit.locked, identifiers, _NOBODY, (), policy=policy
    )
    for id in standing:
        if not gone.isdisjoint(found.links[id].ends):
            yield f"No contact has one of the ends of link {id} any more."


def _separations(before: Affected, back: Delta) -> list[Separation]:
    gone = {each.separation for each in back.separations_before}
    kept = [each for each in before.separations if each not in gone]
    return [*kept, *(each.separation for each in back.separations_after)]


def _require_apart(after: Regrouped, back: Delta) -> None:
    """Raise ChangedSince if a separation that comes back would divide a person."""
    put_back = {each.separation for each in back.separations_after}
    for each in after.kept_apart:
        if each not in put_back:
            raise KeptApart(each.id)
        raise ChangedSince([f"Contacts {each.left_id} and {each.right_id} are one person by now."])
