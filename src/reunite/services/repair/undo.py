"""Undo: take back everything that a repair did, exactly, or say what stands against it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from reunite.core.errors import AlreadyUndone, ChangedSince, ErasedSince, KeptApart, RepairNotFound
from reunite.core.events import RepairUndone
from reunite.core.identifiers.kinds import Identifier, Value
from reunite.core.persons.person import Contact, End, ends_in
from reunite.core.policy.keys import possible_identifiers
from reunite.core.policy.policy import Policy
from reunite.core.repair.settle import (
    Change,
    KnownLink,
    LinkState,
    Separation,
    Settled,
    Touched,
    settle,
)
from reunite.core.repair.undo import Delta, Standing, changed_since, parted_or_joined_since
from reunite.core.scope import Scope
from reunite.services.repair.delete import gone_with
from reunite.services.repair.keys import Withheld, expected
from reunite.services.repair.shared import Repaired, alone, carry_out, had_by_nobody_else
from reunite.store.database.transactions import Transaction
from reunite.store.persons import dossiers
from reunite.store.persons.dossiers import KeptContact
from reunite.store.repair import repairs
from reunite.store.tables import links, policies, repair_log, retired, separations
from reunite.store.tables.repair_log import ListedRepair

__all__ = ["ListedRepair", "list_repairs", "undo"]

_STANDING = (LinkState.LIVE, LinkState.HELD)
_NOBODY = 0


def list_repairs(scope: Scope, *, after: int, limit: int) -> Sequence[ListedRepair]:
    """Up to ``limit`` repairs, by id, from the one after the id ``after`` on."""
    return repair_log.listed(scope, after=after, limit=limit)


def undo(scope: Scope, repair_id: int, *, reason: str = "") -> Repaired:
    """Take back what a repair did: evidence, and with it persons, are as they were before it.

    What else happened since stays. This is a repair itself, and can be undone. Raises
    RepairNotFound, AlreadyUndone, ErasedSince, ChangedSince, KeptApart or TemporarilyUnavailable.
    """

    def repair(locked: Transaction) -> Repaired:
        recorded = repair_log.read(scope, locked, repair_id)
        if recorded is None:
            raise RepairNotFound
        if recorded.undone_by is not None:
            raise AlreadyUndone(recorded.undone_by)
        done = recorded.delta
        if done is None:
            raise ErasedSince
        found = _Found.read(scope, done, locked)
        if reasons := list(changed_since(done, found.standing)):
            raise ChangedSince(reasons)
        back = done.inverse
        before, change = _plan(scope, back, found, locked)
        settled = settle(before, change)
        _require_apart(settled, back)
        if reasons := [
            *parted_or_joined_since(done, settled.persons),
            *_ends_gone_since(scope, back, found, settled, locked),
        ]:
            raise ChangedSince(reasons)
        now = datetime.now(UTC)
        undo_of_it = carry_out(
            scope,
            locked,
            before,
            change,
            settled,
            *separations.replaced(scope, back.separations_before, back.separations_after),
            *retired.release(back.released),
            *retired.withhold(sorted(back.withheld), at=now),
            did=back,
            event=RepairUndone(undone_id=repair_id),
            at=now,
            reason=reason,
            undoes=repair_id,
        )
        return Repaired(settled.persons, undo=undo_of_it)

    return alone(scope, repair)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a repair names, as it is now."""

    contacts: Mapping[int, KeptContact]
    links: Mapping[int, KnownLink]
    withheld: Withheld
    standing: Standing

    @classmethod
    def read(cls, scope: Scope, done: Delta, locked: Transaction) -> "_Found":
        ids = done.contact_ids
        contacts = {each.id: each for each in dossiers.read_contacts(locked, ids)}
        link_rows, withheld_rows, separation_rows = locked.run(
            links.select_by_id(scope, done.links),
            retired.select_withheld(ids),
            separations.select_of(ids),
        )
        known = {each.known.link.id: each.known for each in links.kept_from(link_rows)}
        withheld = retired.withheld_from(withheld_rows)
        standing = Standing(
            links={id: each.state for id, each in known.items()},
            live={id for id, each in contacts.items() if each.deleted_at is None},
            withheld={(id, kind) for id, kinds in withheld.items() for kind in kinds},
            separations={each.separation for each in separations.kept_from(separation_rows)},
        )
        return cls(contacts, known, withheld, standing)

    def will_be_withheld(self, back: Delta) -> Withheld:
        pairs = {*self.standing.withheld} - back.released | back.withheld
        return {id: {kind for each, kind in pairs if each == id} for id, _ in pairs}


def _plan(scope: Scope, back: Delta, found: _Found, locked: Transaction) -> tuple[Touched, Change]:
    """Everybody whom it touches, and what changes for them."""
    policy = policies.in_force(scope).policy
    live = found.standing.live
    changed = {id for id, _ in back.released | back.withheld if id in live}
    values = expected(
        scope,
        [found.contacts[id] for id in sorted(changed | back.undeleted)],
        found.will_be_withheld(back),
        locked=locked,
        policy=policy,
    )
    also: set[End] = {end for known in found.links.values() for end in known.ends}
    also.update(found.contacts)
    also.update(end for id in back.deleted for end in _could_be(found, id, policy))
    before = repairs.touched_by_keys(scope, locked, values, also=also)
    before = replace(before, separations=_separations(before, back))
    change = Change(
        values={id: each for id, each in values.items() if id in live},
        deleted=back.deleted,
        undeleted=[_contact(found.contacts[id], values[id]) for id in sorted(back.undeleted)],
        link_states={id: after for id, (_, after) in back.links.items()},
        gone=frozenset(
            end
            for id in back.deleted
            for end in gone_with(
                scope,
                id,
                {*before.contacts[id].identifiers, *_could_be(found, id, policy)},
                before,
                locked=locked,
                policy=policy,
            )
        ),
    )
    return before, change


def _ends_gone_since(
    scope: Scope, back: Delta, found: _Found, settled: Settled, locked: Transaction
) -> Iterator[str]:
    """Which links would stand again though nobody has an end of them, each as a sentence.

    Such a link would join strangers, should somebody bring the identifier one day.
    """
    standing = [id for id, (_, state) in back.links.items() if state in _STANDING]
    missing = {end for id in standing for end in found.links[id].ends} - ends_in(settled.persons)
    identifiers = {end for end in missing if not isinstance(end, int)}
    policy = policies.in_force(scope).policy
    # Contacts that come back, or in which something counts again, are not written yet.
    withheld = found.will_be_withheld(back)
    for id in {*back.undeleted, *(id for id, _ in back.released)}:
        contact = found.contacts[id]
        identifiers -= {
            *possible_identifiers(contact.values, policy=policy, withheld=withheld.get(id, ()))
        }
    gone = {end for end in missing if isinstance(end, int)} | had_by_nobody_else(
        scope, identifiers, _NOBODY, (), locked=locked, policy=policy
    )
    for id in standing:
        if not gone.isdisjoint(found.links[id].ends):
            yield f"Nobody has an end of link {id} any more."


def _could_be(found: _Found, id: int, policy: Policy) -> set[Identifier]:
    contact = found.contacts[id]
    return {
        *possible_identifiers(
            contact.values,
            policy=policy,
            withheld=found.withheld.get(id, ()),
        )
    }


def _separations(before: Touched, back: Delta) -> list[Separation]:
    gone = {each.separation for each in back.separations_before}
    kept = [each for each in before.separations if each not in gone]
    return [*kept, *(each.separation for each in back.separations_after)]


def _contact(kept: KeptContact, values: tuple[Value, ...]) -> Contact:
    return Contact(kept.id, values, kept.created_at)


def _require_apart(settled: Settled, back: Delta) -> None:
    """Raise ChangedSince for a separation that is put back between what is one person by now."""
    put_back = {each.separation for each in back.separations_after}
    for each in settled.kept_apart:
        if each not in put_back:
            raise KeptApart(each.id)
        raise ChangedSince([f"Contacts {each.left_id} and {each.right_id} are one person by now."])
