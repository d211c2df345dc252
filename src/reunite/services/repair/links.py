"""Links: which there are; revoke, restore, approve and reject them; join two persons by hand."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from reunite.core.errors import AlreadyDecided, LinkJoinsNobody, LinkNotFound, StillOnePerson
from reunite.core.events import (
    LinkApproved,
    LinkRejected,
    LinkRestored,
    LinkRevoked,
    MergeDeferred,
    PersonsJoined,
    Repair,
)
from reunite.core.persons.person import End, Ends, ends_in
from reunite.core.policy.keys import possible_identifiers
from reunite.core.repair.regroup import (
    Change,
    LinkDecision,
    LinkState,
    Regrouped,
    regroup,
    state_after,
)
from reunite.core.repair.undo import Delta
from reunite.core.scope import Scope
from reunite.services.repair.edit import Edit, Repaired, connection, edited
from reunite.services.snapshots import from_snapshot
from reunite.store.database.queries import Snapshot, outside
from reunite.store.persons import persons
from reunite.store.tables import events, links, policies
from reunite.store.tables.links import ListedLink

__all__ = [
    "ListedLink",
    "approve_link",
    "defer_link",
    "join",
    "list_links",
    "reject_link",
    "restore_link",
    "revoke_link",
]


_EVENTS: Mapping[LinkDecision, Callable[[int, tuple[int, ...]], Repair]] = {
    LinkDecision.REVOKE: lambda link_id, apart: LinkRevoked(link_id=link_id, separation_ids=apart),
    LinkDecision.REJECT: lambda link_id, apart: LinkRejected(link_id=link_id, separation_ids=apart),
    LinkDecision.RESTORE: lambda link_id, _: LinkRestored(link_id=link_id),
    LinkDecision.APPROVE: lambda link_id, _: LinkApproved(link_id=link_id),
}
"""The event of each decision, from the id of the link and of the separations that are new."""


def list_links(
    scope: Scope, *, state: str, after: int, limit: int, contact_id: int | None = None
) -> Sequence[ListedLink]:
    """Up to ``limit`` links in a state, by id, from the one after the id ``after`` on.

    With ``contact_id`` only the links with an end at the person of this contact, or with an end
    that counts in no contact now and that a contact of the person has. Then raises PersonNotFound,
    ContactDeleted, PersonErased or TemporarilyUnavailable.
    """
    page = partial(links.listed, scope, state=state, after=after, limit=limit)
    if contact_id is None:
        return outside.read(page())

    def read(snapshot: Snapshot) -> Sequence[ListedLink]:
        shown, in_force = snapshot.read(persons.find(scope, contact_id), policies.in_force(scope))
        person = shown.person
        ends: set[End] = {each.id for each in person.contacts}
        for each in person.contacts:
            ends.update(possible_identifiers(each.values, policy=in_force.policy))
        return snapshot.read(page(person_id=person.id, ends=ends))

    return from_snapshot(read)


def revoke_link(
    scope: Scope, link_id: int, *, reason: str = "", keep_apart: bool = False, dry_run: bool = False
) -> Repaired:
    """Revoke a link: persons that only this link joined part again, also after later merges.

    ``keep_apart`` also separates the two persons that result, so that the same request does not
    join them again. Revoking it again changes nothing else. Raises LinkNotFound, LinkDoesNotCount
    or TemporarilyUnavailable; to keep apart, also LinkJoinsNobody or StillOnePerson.
    """
    return _decide(
        scope,
        link_id,
        LinkDecision.REVOKE,
        reason=reason,
        keep_apart=keep_apart,
        dry_run=dry_run,
    )


def restore_link(
    scope: Scope, link_id: int, *, reason: str = "", dry_run: bool = False
) -> Repaired:
    """Let a revoked link count again, or a rejected one wait for review again.

    Restoring it again changes nothing. Raises LinkNotFound, KeptApart, LinkJoinsNobody or
    TemporarilyUnavailable.
    """
    return _decide(scope, link_id, LinkDecision.RESTORE, reason=reason, dry_run=dry_run)


def approve_link(
    scope: Scope, link_id: int, *, reason: str = "", dry_run: bool = False
) -> Repaired:
    """Let a held link count, held for any reason: its two persons become one.

    Approving a link that counts already changes nothing. Raises LinkNotFound, AlreadyDecided,
    KeptApart, LinkJoinsNobody or TemporarilyUnavailable.
    """
    return _decide(scope, link_id, LinkDecision.APPROVE, reason=reason, dry_run=dry_run)


def reject_link(
    scope: Scope, link_id: int, *, reason: str = "", keep_apart: bool = False, dry_run: bool = False
) -> Repaired:
    """Decide that a held link is not to count; ``keep_apart`` also separates its two persons.

    Rejecting it again changes nothing else. Raises LinkNotFound, AlreadyDecided or
    TemporarilyUnavailable; to keep apart, also LinkJoinsNobody or StillOnePerson.
    """
    return _decide(
        scope,
        link_id,
        LinkDecision.REJECT,
        reason=reason,
        keep_apart=keep_apart,
        dry_run=dry_run,
    )


def join(
    scope: Scope, contact_id: int, other_id: int, *, reason: str = "", dry_run: bool = False
) -> Repaired:
    """Link two contacts by hand: their two persons become one.

    The link is between the contacts, whichever of their identifiers count. Joining two contacts of
    one person writes nothing. Raises ContactNotFound, ContactDeleted, PersonErased, KeptApart
    or TemporarilyUnavailable.
    """

    def repair(edit: Edit) -> Repaired:
        pair = contact_id, other_id
        before = edit.affected(each.person_id for each in edit.contacts(pair))
        if len(before.persons) == 1:
            return edit.repaired(before, before.persons)
        change = Change(joined=[pair])
        after = regroup(before, change)
        after.require_apart()
        link = links.insert(scope, *pair, at=edit.at, origin="operator", reason=reason)
        link_id = edit.locked.read(link)
        undo = edit.record(
            before,
            change,
            after,
            did=Delta(links={link_id: (LinkState.REVOKED, LinkState.LIVE)}),
            event=PersonsJoined(link_id=link_id, contact_ids=pair),
        )
        return edit.repaired(before, after.persons, undo=undo)

    return edited(scope, repair, reason=reason, dry_run=dry_run)


def defer_link(scope: Scope, link_id: int, *, reason: str = "", dry_run: bool = False) -> Repaired:
    """Leave a held link to others, with a note: it stays held, and is reviewed after all others.

    The note is the ``reason`` of the link until an operator decides. Deferring it again replaces
    the note. The persons stay as they are. Raises LinkNotFound, AlreadyDecided, LinkJoinsNobody
    or TemporarilyUnavailable.
    """

    def note(edit: Edit) -> Repaired:
        link = edit.locked.read(links.read(scope, link_id))
        if link is None:
            raise LinkNotFound
        if link.state is not LinkState.HELD:
            raise AlreadyDecided
        if not link.persons:
            raise LinkJoinsNobody
        before = edit.affected(link.persons)
        event = events.Entry(link.persons[0], MergeDeferred(link_id=link_id), edit.at)
        edit.commit(
            links.defer(scope, link_id, reason=reason, at=edit.at),
            *events.happened(scope, [event]),
        )
        return edit.repaired(before, before.persons)

    return edited(scope, note, reason=reason, dry_run=dry_run)


def _decide(
    scope: Scope,
    link_id: int,
    decision: LinkDecision,
    *,
    reason: str,
    keep_apart: bool = False,
    dry_run: bool = False,
) -> Repaired:
    """Decide on a link, and keep the persons at its ends apart if asked."""

    def repair(edit: Edit) -> Repaired:
        link = edit.locked.read(links.read(scope, link_id))
        if link is None:
            raise LinkNotFound
        ends = link.left, link.right
        before = edit.affected(link.persons, also=ends)
        state = state_after(decision, link.state)
        is_new = state is not link.state
        change = Change(link_states={link_id: state}) if is_new else Change()
        gives_evidence = is_new and decision.gives_evidence
        if gives_evidence and None in link.person_ids:
            raise LinkJoinsNobody
        after = regroup(before, change)
        if gives_evidence:
            after.require_apart()
        kept = edit.keep_apart([_owners(after, ends)]) if keep_apart else []
        is_revoked = decision is LinkDecision.REVOKE
        joined = connection(after.persons, after.links, ends) if is_revoked else None
        if not is_new and not kept:
            return edit.repaired(before, after.persons, connected_by=joined)
        undo = edit.record(
            before,
            change,
            after,
            did=Delta(separations_after=tuple(kept)),
            event=_EVENTS[decision](link_id, tuple(each.separation.id for each in kept)),
        )
        return edit.repaired(before, after.persons, connected_by=joined, undo=undo)

    return edited(scope, repair, reason=reason, dry_run=dry_run)


def _owners(after: Regrouped, ends: Ends) -> tuple[int, int]:
    """The persons at both ends, to keep apart; raises LinkJoinsNobody or StillOnePerson."""
    left, right = (
        next((person.id for person in after.persons if end in ends_in([person])), None)
        for end in ends
    )
    if left is None or right is None:
        raise LinkJoinsNobody
    if left == right:
        raise StillOnePerson
    return left, right
