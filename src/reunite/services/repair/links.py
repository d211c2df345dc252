"""Links: which there are; revoke, restore, approve and reject them; join two persons by hand."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from reunite.core.errors import (
    AlreadyDecided,
    LinkDoesNotCount,
    LinkJoinsNobody,
    LinkNotFound,
    StillOnePerson,
)
from reunite.core.events import (
    LinkApproved,
    LinkRejected,
    LinkRestored,
    LinkRevoked,
    PersonsJoined,
    Repair,
)
from reunite.core.persons.person import End, ends_in
from reunite.core.policy.keys import possible_identifiers
from reunite.core.repair.settle import Change, LinkState, Settled, Touched, settle
from reunite.core.repair.undo import Delta, KeptSeparation
from reunite.core.scope import Scope
from reunite.services.repair.shared import (
    Repaired,
    UndoRepair,
    alone,
    carry_out,
    connection,
    read_contact,
)
from reunite.services.snapshots import from_snapshot
from reunite.store.database.transactions import Transaction
from reunite.store.persons import persons
from reunite.store.repair import repairs
from reunite.store.tables import links, policies, separations
from reunite.store.tables.links import Link, ListedLink

__all__ = [
    "ListedLink",
    "approve_link",
    "join",
    "list_links",
    "reject_link",
    "restore_link",
    "revoke_link",
]


def list_links(
    scope: Scope, *, state: str, after: int, limit: int, contact_id: int | None = None
) -> Sequence[ListedLink]:
    """Up to ``limit`` links in a state, by id, from the one after the id ``after`` on.

    With ``contact_id`` those alone that have an end at the person of this contact, or an end that
    counts for nobody now and that a contact of the person has. Then raises PersonNotFound,
    ContactDeleted, PersonErased or TemporarilyUnavailable.
    """
    page = partial(links.select_listed, scope, state=state, after=after, limit=limit)
    if contact_id is None:
        return links.listed(page())

    def read() -> Sequence[ListedLink]:
        person = persons.find(scope, contact_id).person
        policy = policies.in_force(scope).policy
        ends: set[End] = {each.id for each in person.contacts}
        for each in person.contacts:
            ends.update(possible_identifiers(each.values, policy=policy))
        return links.listed(page(person_id=person.id, ends=ends))

    return from_snapshot(read)


def revoke_link(
    scope: Scope, link_id: int, *, reason: str = "", keep_apart: bool = False
) -> Repaired:
    """Revoke a link: what it alone joined parts again, whatever was merged since.

    ``keep_apart`` also separates the two persons that result, so that the same request does not
    join them again. Revoking it again changes nothing else. Raises LinkNotFound, LinkDoesNotCount
    or TemporarilyUnavailable; to keep apart, also LinkJoinsNobody or StillOnePerson.
    """

    def repair(locked: Transaction) -> Repaired:
        link = _read(scope, link_id, locked)
        before = _touched(scope, link, locked)
        ends = link.left, link.right
        if link.state is not LinkState.REVOKED and link.state.decided is not LinkState.LIVE:
            raise LinkDoesNotCount
        settled, undo = _end(
            scope,
            link,
            before,
            locked,
            state=LinkState.REVOKED,
            keep_apart=keep_apart,
            reason=reason,
        )
        return Repaired(settled.persons, connection(settled.persons, settled.links, ends), undo)

    return alone(scope, repair)


def restore_link(scope: Scope, link_id: int, *, reason: str = "") -> Repaired:
    """Let a revoked link count again, or a rejected one wait for review again.

    Restoring it again changes nothing. Raises LinkNotFound, KeptApart, LinkJoinsNobody or
    TemporarilyUnavailable.
    """

    def repair(locked: Transaction) -> Repaired:
        link = _read(scope, link_id, locked)
        before = _touched(scope, link, locked)
        if link.state not in _RESTORED:
            return Repaired(list(before.persons))
        _require_both_ends(link)
        return _decide(
            scope,
            link,
            _RESTORED[link.state],
            before,
            locked,
            event=LinkRestored(link_id=link.id),
            reason=reason,
        )

    return alone(scope, repair)


def approve_link(scope: Scope, link_id: int, *, reason: str = "") -> Repaired:
    """Let a held link count, whatever held it: its two persons become one.

    Approving a link that counts already changes nothing. Raises LinkNotFound, AlreadyDecided,
    KeptApart, LinkJoinsNobody or TemporarilyUnavailable.
    """

    def repair(locked: Transaction) -> Repaired:
        link = _read(scope, link_id, locked)
        before = _touched(scope, link, locked)
        if link.state is LinkState.LIVE:
            return Repaired(list(before.persons))
        _require_held(link)
        _require_both_ends(link)
        return _decide(
            scope,
            link,
            LinkState.LIVE,
            before,
            locked,
            event=LinkApproved(link_id=link.id),
            reason=reason,
        )

    return alone(scope, repair)


def reject_link(
    scope: Scope, link_id: int, *, reason: str = "", keep_apart: bool = False
) -> Repaired:
    """Decide that a held link is not to count; ``keep_apart`` also separates its two persons.

    Rejecting it again changes nothing else. Raises LinkNotFound, AlreadyDecided or
    TemporarilyUnavailable; to keep apart, also LinkJoinsNobody or StillOnePerson.
    """

    def repair(locked: Transaction) -> Repaired:
        link = _read(scope, link_id, locked)
        before = _touched(scope, link, locked)
        if link.state is not LinkState.REJECTED:
            _require_held(link)
        settled, undo = _end(
            scope,
            link,
            before,
            locked,
            state=LinkState.REJECTED,
            keep_apart=keep_apart,
            reason=reason,
        )
        return Repaired(settled.persons, undo=undo)

    return alone(scope, repair)


def join(scope: Scope, contact_id: int, other_id: int, *, reason: str = "") -> Repaired:
    """Link two contacts by hand: they, and all whom they are joined to, are one person.

    The link is between the contacts, whichever of their identifiers count. Joining what is one
    person already writes nothing. Raises ContactNotFound, ContactDeleted, PersonErased, KeptApart
    or TemporarilyUnavailable.
    """

    def repair(locked: Transaction) -> Repaired:
        contact_ids = [contact_id, other_id]
        person_ids = [read_contact(scope, each, locked).person_id for each in contact_ids]
        before = repairs.touched(scope, locked, person_ids)
        if len(before.persons) == 1:
            return Repaired(list(before.persons))
        change = Change(joined=[(contact_id, other_id)])
        settled = settle(before, change)
        settled.require_apart()
        now = datetime.now(UTC)
        link = links.insert(scope, contact_id, other_id, at=now, origin="operator", reason=reason)
        (((link_id,),),) = locked.run(link)
        undo = carry_out(
            scope,
            locked,
            before,
            change,
            settled,
            did=Delta(links={link_id: (LinkState.REVOKED, LinkState.LIVE)}),
            event=PersonsJoined(link_id=link_id, contact_ids=(contact_id, other_id)),
            at=now,
            reason=reason,
        )
        return Repaired(settled.persons, undo=undo)

    return alone(scope, repair)


_RESTORED = {LinkState.REVOKED: LinkState.LIVE, LinkState.REJECTED: LinkState.HELD}


def _decide(
    scope: Scope,
    link: Link,
    state: LinkState,
    before: Touched,
    locked: Transaction,
    *,
    event: Repair,
    reason: str,
) -> Repaired:
    change = Change(link_states={link.id: state})
    settled = settle(before, change)
    settled.require_apart()
    undo = carry_out(
        scope, locked, before, change, settled, event=event, at=datetime.now(UTC), reason=reason
    )
    return Repaired(settled.persons, undo=undo)


_ENDED: Mapping[LinkState, type[LinkRevoked | LinkRejected]] = {
    LinkState.REVOKED: LinkRevoked,
    LinkState.REJECTED: LinkRejected,
}


def _end(
    scope: Scope,
    link: Link,
    before: Touched,
    locked: Transaction,
    *,
    state: LinkState,
    keep_apart: bool,
    reason: str,
) -> tuple[Settled, UndoRepair | None]:
    """Let a link be revoked or rejected, and keep its ends apart if asked."""
    now = datetime.now(UTC)
    is_new = link.state is not state
    change = Change(link_states={link.id: state}) if is_new else Change()
    settled = settle(before, change)
    kept = _keep_apart(scope, link, settled, locked, reason=reason, at=now) if keep_apart else []
    if not is_new and not kept:
        return settled, None
    undo = carry_out(
        scope,
        locked,
        before,
        change,
        settled,
        did=Delta(separations_after=tuple(kept)),
        event=_ENDED[state](
            link_id=link.id, separation_ids=tuple(each.separation.id for each in kept)
        ),
        at=now,
        reason=reason,
    )
    return settled, undo


def _keep_apart(
    scope: Scope, link: Link, settled: Settled, locked: Transaction, *, reason: str, at: datetime
) -> list[KeptSeparation]:
    """Keep the persons at a link's ends apart; the separation, if it is new."""
    left, right = (
        next((person.id for person in settled.persons if end in ends_in([person])), None)
        for end in (link.left, link.right)
    )
    if left is None or right is None:
        raise LinkJoinsNobody
    if left == right:
        raise StillOnePerson
    return separations.keep(scope, locked, [(left, right)], reason=reason, at=at)


def _read(scope: Scope, link_id: int, locked: Transaction) -> Link:
    link = links.read(scope, locked, link_id)
    if link is None:
        raise LinkNotFound
    return link


def _touched(scope: Scope, link: Link, locked: Transaction) -> Touched:
    ends = link.left, link.right
    return repairs.touched(scope, locked, link.persons, also=ends)


def _require_held(link: Link) -> None:
    if link.state.decided is not LinkState.HELD:
        raise AlreadyDecided


def _require_both_ends(link: Link) -> None:
    if None in link.person_ids:
        raise LinkJoinsNobody
