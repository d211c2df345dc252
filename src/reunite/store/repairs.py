"""What operators change: evidence comes or goes, and the persons it touches are derived anew.

All of it happens behind the workspace's gate, so nobody else writes meanwhile.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from reunite.core.identifiers import Identifier, Kind
from reunite.core.person import Contact, Person
from reunite.store.contacts import CONTACT_COLUMNS, contact_from
from reunite.store.dialects import Statement, dialect
from reunite.store.events import Told
from reunite.store.locks import gate
from reunite.store.prepared import Row
from reunite.store.transactions import Transaction

_CONTACT = """
    SELECT coalesce(linked_id, id), deleted_at IS NOT NULL FROM contact
    WHERE workspace_id = %s AND id = %s
"""

_PERSONS = f"""
    SELECT o.id AS person_id, {CONTACT_COLUMNS}
    FROM {{owners}} JOIN contact c ON c.id = o.id WHERE c.deleted_at IS NULL
    UNION ALL
    SELECT o.id, {CONTACT_COLUMNS}
    FROM {{owners}} JOIN contact c ON c.linked_id = o.id WHERE c.deleted_at IS NULL
    ORDER BY 1
"""

# A live link joins identifiers of one person, so its left end finds it.
_LINKS = """
    SELECT l.id, l.left_kind, l.left_key, l.right_kind, l.right_key
    FROM {identifiers} JOIN link l
      ON l.workspace_id = %s AND l.left_kind = i.kind AND l.left_key = i.key AND l.state = 'live'
    ORDER BY l.id
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

_INSERT_EVENT = """
    INSERT INTO event (workspace_id, request_id, created_at, type, person_id, payload)
    VALUES (%s, %s, %s, %s, %s, %s)
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
    (rows,) = transaction.run(select_persons(person_ids))
    to_time = dialect().to_time
    contacts: dict[int, list[Contact]] = {}
    for person_id, *row in rows:
        contacts.setdefault(person_id, []).append(contact_from(tuple(row), to_time))
    persons = [Person.of(each) for each in contacts.values()]
    identifiers = {i for each in persons for contact in each.contacts for i in contact.identifiers}
    (rows,) = transaction.run(select_links(identifiers, workspace_id=workspace_id))
    return Touched(persons, {row[0]: _ends(row[1:]) for row in rows})


def select_persons(person_ids: Iterable[int]) -> Statement:
    """Read the live contacts of persons, each after the id of its person."""
    owners = dialect().table("o", {"id": "bigint"}, [[each] for each in sorted(set(person_ids))])
    return Statement(_PERSONS.format(owners=owners.sql), [*owners.params] * 2, prepared=False)


def select_links(identifiers: Iterable[Identifier], *, workspace_id: int) -> Statement:
    """Read the live links of the persons who have the identifiers."""
    rows = [(each.kind.value, each.key) for each in sorted(identifiers)]
    table = dialect().table("i", {"kind": "text", "key": "text"}, rows)
    params = [*table.params, workspace_id]
    return Statement(_LINKS.format(identifiers=table.sql), params, prepared=False)


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
    events = [
        Statement(
            _INSERT_EVENT,
            [told.workspace_id, told.request_id, at, type, person.id, json.dumps(told_of)],
            prepared=False,
        )
        for person in after or before.persons
    ]
    if not rows:
        return events
    table = dialect().table(
        "r", {"contact_id": "bigint", "to_id": "bigint", "at": "timestamptz"}, rows
    )
    relink = Statement(_RELINK.format(rows=table.sql), table.params, prepared=False)
    return [relink, *events]


def _persons(persons: Iterable[Person]) -> list[dict[str, object]]:
    return [{"personId": p.id, "contactIds": [c.id for c in p.contacts]} for p in persons]


def _ends(row: Row) -> tuple[Identifier, Identifier]:
    left_kind, left_key, right_kind, right_key = row
    return Identifier(Kind(left_kind), left_key), Identifier(Kind(right_kind), right_key)
