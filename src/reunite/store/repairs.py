"""What operators change: evidence comes or goes, and the persons it touches are derived anew.

All of it happens behind the workspace's gate, so nobody else writes meanwhile.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from reunite.core.identifiers import Identifier
from reunite.core.person import Contact, Person, identifiers_in
from reunite.store import batches, events, links
from reunite.store.dialects import Statement, dialect
from reunite.store.events import Told
from reunite.store.locks import gate
from reunite.store.transactions import Transaction

_CONTACT = """
    SELECT coalesce(linked_id, id), deleted_at IS NOT NULL FROM contact
    WHERE workspace_id = %s AND id = %s
"""

_DELETE = """
    UPDATE contact SET deleted_at = %s, updated_at = %s, linked_id = NULL,
                       link_precedence = 'primary'
    WHERE id = %s
"""

_RELINK = """
    UPDATE contact
    SET linked_id = r.to_id, updated_at = r.at,
        link_precedence = CASE WHEN r.to_id IS NULL THEN 'primary' ELSE 'secondary' END
    FROM {rows} WHERE contact.id = r.contact_id
"""


@dataclass(frozen=True, slots=True)
class Touched:
    """The persons that an operation touches, as they are before it, and their live links by id."""

    persons: Sequence[Person]
    links: dict[int, tuple[Identifier, Identifier]]

    @property
    def contacts(self) -> list[Contact]:
        """Their live contacts."""
        return [contact for person in self.persons for contact in person.contacts]


def lock(transaction: Transaction, *, workspace_id: int) -> None:
    """Keep out everybody else who writes to the workspace."""
    transaction.run(locks=[gate(workspace_id, shared=False)])


def owner_of(
    transaction: Transaction, contact_id: int, *, workspace_id: int
) -> tuple[int, bool] | None:
    """The id of a contact's person and whether the contact is deleted; None if it never was."""
    (rows,) = transaction.run(Statement(_CONTACT, [workspace_id, contact_id]))
    return (rows[0][0], bool(rows[0][1])) if rows else None


def touched(transaction: Transaction, person_ids: Iterable[int], *, workspace_id: int) -> Touched:
    """Read persons and all that joins their contacts."""
    (rows,) = transaction.run(batches.select_persons_by_id(set(person_ids)))
    persons = batches.persons_from(rows)
    (rows,) = transaction.run(links.select_live(identifiers_in(persons), workspace_id=workspace_id))
    return Touched(persons, {link.id: (link.left, link.right) for link in links.live_from(rows)})


def delete(contact_id: int, *, at: datetime) -> Statement:
    """Mark a contact as deleted; it stands alone from now on."""
    return Statement(_DELETE, [at, at, contact_id])


def write(
    before: Touched,
    after: Sequence[Person],
    *,
    type: str,
    payload: dict[str, object],
    told: Told,
    at: datetime,
) -> list[Statement]:
    """Relink the contacts that change hands, and tell what persons there were and are.

    There is an event for each person that results or, if none does, for each that was.
    """
    was = {c.id: person.id for person in before.persons for c in person.contacts}
    rows = [
        (contact.id, None if contact.id == person.id else person.id, at)
        for person in after
        for contact in person.contacts
        if was[contact.id] != person.id
    ]
    told_of = {**payload, "before": _persons(before.persons), "after": _persons(after)}
    tell = [
        events.happened(told, type, person.id, payload=told_of, at=at)
        for person in after or before.persons
    ]
    if not rows:
        return tell
    table = dialect().table(
        "r", {"contact_id": "bigint", "to_id": "bigint", "at": "timestamptz"}, rows
    )
    relink = Statement(_RELINK.format(rows=table.sql), table.params, prepared=False)
    return [relink, *tell]


def _persons(persons: Iterable[Person]) -> list[dict[str, object]]:
    return [{"personId": p.id, "contactIds": [c.id for c in p.contacts]} for p in persons]
