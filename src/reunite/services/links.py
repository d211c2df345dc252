"""Links: which there are; revoke, approve and reject them; join two persons by hand."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from reunite.core.errors import (
    AlreadyDecided,
    LinkJoinsNobody,
    LinkNotFound,
    NothingToJoinBy,
    StillOnePerson,
)
from reunite.core.keys import possible_identifiers
from reunite.core.settle import Change, LinkState, settle
from reunite.services.repair import Repaired, alone, connection, read_contact
from reunite.services.snapshots import from_snapshot
from reunite.store import links, persons, policies, repairs, separations
from reunite.store.events import Told
from reunite.store.links import Link, ListedLink
from reunite.store.transactions import Transaction
from reunite.store.workspaces import DEFAULT_WORKSPACE_ID

LINK_STATES = links.STATES


def list_links(
    *,
    state: str,
    after: int,
    limit: int,
    contact_id: int | None = None,
    workspace_id: int = DEFAULT_WORKSPACE_ID,
) -> Sequence[ListedLink]:
    """Up to ``limit`` links in a state, by id, from the one after the id ``after`` on.

    With ``contact_id`` those alone that have an end at the person of this contact, or an end that
    counts for nobody now and that a contact of the person has. Then raises PersonNotFound,
    ContactDeleted, PersonErased or TemporarilyUnavailable.
    """
    page = partial(
        links.select_listed, state=state, after=after, limit=limit, workspace_id=workspace_id
    )
    if contact_id is None:
        return links.listed(page())

    def read() -> Sequence[ListedLink]:
        person = persons.find(contact_id, workspace_id=workspace_id).person
        policy = policies.in_force(workspace_id=workspace_id).policy
        identifiers = {
            identifier
            for each in person.contacts
            for identifier in possible_identifiers(each.email, each.phone_number, policy=policy)
        }
        return links.listed(page(person_id=person.id, identifiers=identifiers))

    return from_snapshot(read)


def revoke_link(
    link_id: int,
    *,
    reason: str = "",
    workspace_id: int = DEFAULT_WORKSPACE_ID,
    request_id: str | None = None,
) -> Repaired:
    """Revoke a link: what it alone joined parts again, whatever was merged since.

    Revoking one that does not count changes nothing. Raises LinkNotFound or TemporarilyUnavailable.
    """

    def repair(locked: Transaction) -> Repaired:
        link = _read(link_id, locked, workspace_id)
        ends = link.left, link.right
        before = repairs.touched(locked, link.persons, also=ends, workspace_id=workspace_id)
        if link.state not in (LinkState.LIVE, LinkState.SUSPENDED):
            settled = settle(before, Change())
            return Repaired(settled.persons, connection(settled.persons, settled.links, ends))
        change = Change(link_states={link_id: LinkState.REVOKED})
        settled = settle(before, change)
        locked.commit(
            *repairs.write(
                before,
                change,
                settled,
                type="link.revoked",
                payload={"linkId": link_id},
                told=Told(workspace_id, request_id),
                at=datetime.now(UTC),
                reason=reason,
            )
        )
        return Repaired(settled.persons, connection(settled.persons, settled.links, ends))

    return alone(repair, workspace_id)


def approve_link(
    link_id: int,
    *,
    reason: str = "",
    workspace_id: int = DEFAULT_WORKSPACE_ID,
    request_id: str | None = None,
) -> Repaired:
    """Let a held link count, whatever held it: its two persons become one.

    Approving a link that counts already changes nothing. Raises LinkNotFound, AlreadyDecided,
    KeptApart, LinkJoinsNobody or TemporarilyUnavailable.
    """

    def repair(locked: Transaction) -> Repaired:
        link = _read(link_id, locked, workspace_id)
        before = repairs.touched(locked, link.persons, workspace_id=workspace_id)
        if link.state is LinkState.LIVE:
            return Repaired(list(before.persons))
        _require_held(link)
        _require_both_ends(link)
        change = Change(link_states={link_id: LinkState.LIVE})
        settled = settle(before, change)
        settled.require_apart()
        locked.commit(
            *repairs.write(
                before,
                change,
                settled,
                type="link.approved",
                payload={"linkId": link_id},
                told=Told(workspace_id, request_id),
                at=datetime.now(UTC),
                reason=reason,
            )
        )
        return Repaired(settled.persons)

    return alone(repair, workspace_id)


def reject_link(
    link_id: int,
    *,
    reason: str = "",
    keep_apart: bool = False,
    workspace_id: int = DEFAULT_WORKSPACE_ID,
    request_id: str | None = None,
) -> Repaired:
    """Decide that a held link is not to count; ``keep_apart`` also separates its two persons.

    Rejecting it again changes nothing. Raises LinkNotFound, AlreadyDecided or
    TemporarilyUnavailable; to keep apart, also LinkJoinsNobody or StillOnePerson.
    """

    def repair(locked: Transaction) -> Repaired:
        link = _read(link_id, locked, workspace_id)
        ends = link.left, link.right
        before = repairs.touched(locked, link.persons, also=ends, workspace_id=workspace_id)
        if link.state is LinkState.REJECTED:
            return Repaired(list(before.persons))
        _require_held(link)
        now = datetime.now(UTC)
        ids = []
        if keep_apart:
            _require_both_ends(link)
            if len(before.persons) == 1:
                raise StillOnePerson
            ids = separations.keep(
                locked,
                [(before.persons[0].id, before.persons[1].id)],
                reason=reason,
                workspace_id=workspace_id,
                at=now,
            )
        change = Change(link_states={link_id: LinkState.REJECTED})
        settled = settle(before, change)
        locked.commit(
            *repairs.write(
                before,
                change,
                settled,
                type="link.rejected",
                payload={"linkId": link_id, "separationIds": ids},
                told=Told(workspace_id, request_id),
                at=now,
                reason=reason,
            )
        )
        return Repaired(settled.persons)

    return alone(repair, workspace_id)


def join(
    contact_id: int,
    other_id: int,
    *,
    reason: str = "",
    workspace_id: int = DEFAULT_WORKSPACE_ID,
    request_id: str | None = None,
) -> Repaired:
    """Link two contacts by hand: they, and all whom they are joined to, are one person.

    Joining what is one person already writes nothing. Raises ContactNotFound, ContactDeleted,
    PersonErased, NothingToJoinBy, KeptApart, or TemporarilyUnavailable.
    """
    told = Told(workspace_id, request_id)

    def repair(locked: Transaction) -> Repaired:
        contact_ids = [contact_id, other_id]
        person_ids = [read_contact(each, locked, workspace_id).person_id for each in contact_ids]
        before = repairs.touched(locked, person_ids, workspace_id=workspace_id)
        if len(before.persons) == 1:
            return Repaired(list(before.persons))
        ends = [before.contacts[each].identifiers for each in contact_ids]
        if not all(ends):
            raise NothingToJoinBy
        (left, *_), (right, *_) = ends
        change = Change(joined=[(left, right)])
        settled = settle(before, change)
        settled.require_apart()
        now = datetime.now(UTC)
        locked.commit(
            links.insert(left, right, told=told, at=now, origin="operator", reason=reason),
            *repairs.write(
                before,
                change,
                settled,
                type="persons.joined",
                payload={"contactIds": contact_ids},
                told=told,
                at=now,
            ),
        )
        return Repaired(settled.persons)

    return alone(repair, workspace_id)


def _read(link_id: int, locked: Transaction, workspace_id: int) -> Link:
    link = links.read(locked, link_id, workspace_id=workspace_id)
    if link is None:
        raise LinkNotFound
    return link


def _require_held(link: Link) -> None:
    if link.state is not LinkState.HELD:
        raise AlreadyDecided


def _require_both_ends(link: Link) -> None:
    if None in link.person_ids:
        raise LinkJoinsNobody
