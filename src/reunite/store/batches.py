"""A batch's reads and writes: one statement in, one for each kind of change out."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from reunite.core.identifiers import ContactDetails, Kind
from reunite.core.person import Person
from reunite.core.replay import Created, Happening, Merged
from reunite.store.contacts import CONTACT_COLUMNS, person_from
from reunite.store.dialects import Statement, dialect
from reunite.store.prepared import Row

_OWNER = """
    SELECT (
        SELECT coalesce(linked_id, id) FROM contact
        WHERE workspace_id = %s AND {kind}_key = {kind}.key AND deleted_at IS NULL LIMIT 1) AS id
    FROM {table}
"""
# With IN, for a join SQLite would first read all secondaries into a Bloom filter.
_PERSONS = f"""
    WITH owner AS ({{owners}})
    SELECT c.id AS person_id, {CONTACT_COLUMNS} FROM contact c
    WHERE c.id IN (SELECT id FROM owner) AND c.deleted_at IS NULL
    UNION ALL
    SELECT c.linked_id, {CONTACT_COLUMNS} FROM contact c
    WHERE c.linked_id IN (SELECT id FROM owner) AND c.deleted_at IS NULL
    ORDER BY 1
"""


def look_up(requests: Iterable[ContactDetails], *, workspace_id: int) -> list[Person]:
    """Everybody whom the requests' identifiers belong to.

    One statement and no lock: it may be out of date by the time it is read.
    """
    (rows,) = dialect().run([select_persons(requests, workspace_id=workspace_id)])
    return persons_from(rows)


def select_persons(requests: Iterable[ContactDetails], *, workspace_id: int) -> Statement:
    """Read everybody whom the identifiers belong to; ``persons_from`` reads the rows."""
    identifiers = {identifier for details in requests for identifier in details.identifiers}
    owners, params = [], []
    for kind in Kind:
        keys = [[identifier.key] for identifier in identifiers if identifier.kind is kind]
        table = dialect().table(kind, {"key": "text"}, keys)
        owners.append(_OWNER.format(kind=kind, table=table.sql))
        params += [workspace_id, *table.params]
    return _select_owned(" UNION ".join(owners), params)


def select_persons_by_id(person_ids: Iterable[int]) -> Statement:
    """Read persons; ``persons_from`` reads the rows."""
    table = dialect().table("person", {"id": "bigint"}, [[each] for each in sorted(person_ids)])
    return _select_owned(f"SELECT id FROM {table.sql}", table.params)


def persons_from(rows: Sequence[Row]) -> list[Person]:
    """The persons from the rows of a statement that reads some."""
    return [
        person_from(row[1:] for row in group) for _, group in groupby(rows, key=lambda row: row[0])
    ]


def _select_owned(owners: str, params: Sequence[object]) -> Statement:
    return Statement(_PERSONS.format(owners=owners), params, prepared=False)


def new_contact_ids(count: int) -> Statement:
    """Take ids for contacts to come, a row each."""
    return dialect().new_contact_ids(count)


def write(
    happenings: Sequence[Happening], *, workspace_id: int, request_id: str | None
) -> list[Statement]:
    """Write what happened: contacts as they are in the end, events and links as they came."""
    created = {each.contact.id: each.contact for each in happenings if isinstance(each, Created)}
    absorbed = {each.absorbed.id for each in happenings if isinstance(each, Merged)}
    links = _links_in_the_end(happenings)
    moved = [(i, *links[i]) for i in absorbed - created.keys()]
    touched = [(i, at) for i, (to, at) in links.items() if to is None and i not in created]
    contacts = [
        (
            contact.id,
            contact.email,
            contact.phone_number,
            contact.email_key,
            contact.phone_key,
            contact.created_at,
            *links.get(contact.id, (None, contact.created_at)),
        )
        for contact in created.values()
    ]
    told = [workspace_id, request_id]
    statements = [
        _with_rows(_INSERT_CONTACTS, _CONTACT_TYPES, contacts, [workspace_id]),
        _with_rows(_REPOINT, _MOVED_TYPES, moved),
        _with_rows(_DEMOTE, _MOVED_TYPES, moved),
        _with_rows(_TOUCH, _TOUCHED_TYPES, touched),
        _with_rows(_INSERT_LINKS, _LINK_TYPES, _link_rows(happenings), told),
        _with_rows(_INSERT_EVENTS, _EVENT_TYPES, _event_rows(happenings), told),
    ]
    return [statement for statement in statements if statement is not None]


_CONTACT_TYPES = {
    "id": "bigint",
    "email": "text",
    "phone_number": "text",
    "email_key": "text",
    "phone_key": "text",
    "created_at": "timestamptz",
    "linked_id": "bigint",
    "updated_at": "timestamptz",
}
_INSERT_CONTACTS = """
    INSERT INTO contact (workspace_id, id, email, phone_number, email_key, phone_key, created_at,
                         linked_id, updated_at, link_precedence)
    SELECT %s, id, email, phone_number, email_key, phone_key, created_at, linked_id, updated_at,
           CASE WHEN linked_id IS NULL THEN 'primary' ELSE 'secondary' END
    FROM {rows}
"""

_MOVED_TYPES = {"from_id": "bigint", "to_id": "bigint", "at": "timestamptz"}
_REPOINT = """
    UPDATE contact SET linked_id = r.to_id, updated_at = r.at
    FROM {rows} WHERE contact.linked_id = r.from_id
"""
_DEMOTE = """
    UPDATE contact SET linked_id = r.to_id, link_precedence = 'secondary', updated_at = r.at
    FROM {rows} WHERE contact.id = r.from_id
"""

_TOUCHED_TYPES = {"touched_id": "bigint", "at": "timestamptz"}
_TOUCH = "UPDATE contact SET updated_at = r.at FROM {rows} WHERE contact.id = r.touched_id"

_LINK_TYPES = {
    "left_kind": "text",
    "left_key": "text",
    "right_kind": "text",
    "right_key": "text",
    "created_at": "timestamptz",
}
_INSERT_LINKS = """
    INSERT INTO link (workspace_id, request_id, left_kind, left_key, right_kind, right_key,
                      created_at, origin, state, reason)
    SELECT %s, %s, left_kind, left_key, right_kind, right_key, created_at, 'request', 'live', ''
    FROM {rows}
"""

_EVENT_TYPES = {
    "type": "text",
    "person_id": "bigint",
    "payload": "jsonb",
    "created_at": "timestamptz",
}
_INSERT_EVENTS = """
    INSERT INTO event (workspace_id, request_id, type, person_id, payload, created_at)
    SELECT %s, %s, type, person_id, payload, created_at FROM {rows}
"""


def _with_rows(
    template: str,
    columns: Mapping[str, str],
    rows: Sequence[Sequence[object]],
    params: Sequence[object] = (),
) -> Statement | None:
    if not rows:
        return None
    table = dialect().table("r", columns, rows)
    sql = template.format(rows=table.sql)
    return Statement(sql, [*params, *table.params], prepared=False)


def _links_in_the_end(happenings: Iterable[Happening]) -> dict[int, tuple[int | None, datetime]]:
    """For each contact that was linked or survived a merge: its primary, if any, and since when."""
    links: dict[int, tuple[int | None, datetime]] = {}
    for each in happenings:
        if isinstance(each, Merged):
            links[each.person.id] = None, each.at
            links.update(dict.fromkeys(each.contact_ids, (each.person.id, each.at)))
        elif each.person.id != each.contact.id:
            links[each.contact.id] = each.person.id, each.contact.created_at
    return links


def _link_rows(happenings: Iterable[Happening]) -> list[Sequence[object]]:
    rows: list[Sequence[object]] = []
    for each in happenings:
        if isinstance(each, Merged):
            left, right = each.identifiers
            rows.append((left.kind.value, left.key, right.kind.value, right.key, each.at))
    return rows


def _event_rows(happenings: Iterable[Happening]) -> list[Sequence[object]]:
    return [
        ("contact.created", each.person.id, _json(contactId=each.contact.id), each.at)
        if isinstance(each, Created)
        else (
            "person.merged",
            each.person.id,
            _json(absorbedId=each.absorbed.id, contactIds=each.contact_ids),
            each.at,
        )
        for each in happenings
    ]


def _json(**payload: object) -> str:
    return json.dumps(payload)
