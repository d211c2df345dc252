"""Repair: take evidence back or add it by hand, and derive anew the persons that it touches.

Each call is one transaction that keeps other writers out; persons that it does not touch are not
read. The answer are the persons that result.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from reunite.conf import reunite_settings
from reunite.core.derive import derive, loose_links
from reunite.core.errors import ContactDeleted, ContactNotFound, LinkNotFound, NothingToJoinBy
from reunite.core.person import Person
from reunite.store import links, repairs
from reunite.store.events import Told
from reunite.store.transactions import Transaction, retried, transaction
from reunite.store.workspaces import DEFAULT_WORKSPACE_ID

_LOOSE = "The last contact with one of its identifiers was deleted."


@dataclass(frozen=True, slots=True)
class Repaired:
    """The persons that result, oldest first."""

    persons: list[Person]


def delete_contact(
    contact_id: int, *, workspace_id: int = DEFAULT_WORKSPACE_ID, request_id: str | None = None
) -> Repaired:
    """Delete a contact: it matches nothing any more, and those whom it alone joined part.

    Links to an identifier that nobody else carries are revoked.
    Raises ContactNotFound, ContactDeleted, or TemporarilyUnavailable.
    """
    told = Told(workspace_id, request_id)

    def repair(locked: Transaction) -> Repaired:
        person_id = _person_of(contact_id, locked, workspace_id)
        before = repairs.touched(locked, [person_id], workspace_id=workspace_id)
        rest = [contact for contact in before.contacts if contact.id != contact_id]
        after = derive(rest, before.links.values())
        loose = loose_links(after, before.links)
        now = datetime.now(UTC)
        locked.commit(
            repairs.delete(contact_id, at=now),
            *(links.revoke(id, reason=_LOOSE, at=now) for id in loose),
            *repairs.write(
                before,
                after,
                type="contact.deleted",
                payload={"contactId": contact_id, "revokedLinkIds": loose},
                told=told,
                at=now,
            ),
        )
        return Repaired(after)

    return _alone(repair, workspace_id)


def revoke_link(
    link_id: int,
    *,
    reason: str = "",
    workspace_id: int = DEFAULT_WORKSPACE_ID,
    request_id: str | None = None,
) -> Repaired:
    """Revoke a link: what it alone joined parts again, whatever was merged since.

    Revoking it again changes nothing. Raises LinkNotFound or TemporarilyUnavailable.
    """
    told = Told(workspace_id, request_id)

    def repair(locked: Transaction) -> Repaired:
        link = links.read(locked, link_id, workspace_id=workspace_id)
        if link is None:
            raise LinkNotFound
        before = repairs.touched(locked, link.person_ids, workspace_id=workspace_id)
        if not link.is_live:
            return Repaired(derive(before.contacts, before.links.values()))
        after = derive(
            before.contacts, [ends for id, ends in before.links.items() if id != link_id]
        )
        now = datetime.now(UTC)
        locked.commit(
            links.revoke(link_id, reason=reason, at=now),
            *repairs.write(
                before, after, type="link.revoked", payload={"linkId": link_id}, told=told, at=now
            ),
        )
        return Repaired(after)

    return _alone(repair, workspace_id)


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
    NothingToJoinBy, or TemporarilyUnavailable.
    """
    told = Told(workspace_id, request_id)

    def repair(locked: Transaction) -> Repaired:
        ids = [_person_of(each, locked, workspace_id) for each in (contact_id, other_id)]
        before = repairs.touched(locked, ids, workspace_id=workspace_id)
        if len(before.persons) == 1:
            return Repaired(list(before.persons))
        by_id = {contact.id: contact for contact in before.contacts}
        ends = [by_id[each].identifiers for each in (contact_id, other_id)]
        if not all(ends):
            raise NothingToJoinBy
        (left, *_), (right, *_) = ends
        after = derive(before.contacts, [*before.links.values(), (left, right)])
        now = datetime.now(UTC)
        locked.commit(
            links.insert(left, right, told=told, at=now, origin="operator", reason=reason),
            *repairs.write(
                before,
                after,
                type="persons.joined",
                payload={"contactIds": [contact_id, other_id]},
                told=told,
                at=now,
            ),
        )
        return Repaired(after)

    return _alone(repair, workspace_id)


def _alone(repair: Callable[[Transaction], Repaired], workspace_id: int) -> Repaired:
    """Repair behind the workspace's gate."""

    def attempt(seconds_left: float) -> Repaired:
        with transaction(wait_seconds=seconds_left) as locked:
            repairs.lock(locked, workspace_id=workspace_id)
            return repair(locked)

    return retried(attempt, timeout_seconds=reunite_settings().LOCK_TIMEOUT_SECONDS)


def _person_of(contact_id: int, locked: Transaction, workspace_id: int) -> int:
    found = repairs.owner_of(locked, contact_id, workspace_id=workspace_id)
    if found is None:
        raise ContactNotFound
    person_id, is_deleted = found
    if is_deleted:
        raise ContactDeleted
    return person_id
