"""The contact table: who is known, a person's rows, new rows, and rows that change hands.

Reads rest on two invariants. I1: every live contact with the same key belongs to the same person,
so one row by key is enough. I2: a secondary points at a primary, so nobody ever follows a chain.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from reunite.core.identifiers import ContactDetails
from reunite.core.person import Contact, Person, Primary
from reunite.core.plan import Known
from reunite.store.dialects import Statement, dialect
from reunite.store.prepared import Row

CONTACT_COLUMNS = "c.id, c.email, c.phone_number, c.email_key, c.phone_key, c.created_at"

_OWNERS = """
    SELECT e.id AS email_id, e.created_at AS email_at, p.id AS phone_id, p.created_at AS phone_at
    FROM (SELECT 1) AS request
    LEFT JOIN contact e ON e.id = (
        SELECT coalesce(linked_id, id) FROM contact
        WHERE workspace_id = %s AND email_key = %s AND deleted_at IS NULL LIMIT 1)
    LEFT JOIN contact p ON p.id = (
        SELECT coalesce(linked_id, id) FROM contact
        WHERE workspace_id = %s AND phone_key = %s AND deleted_at IS NULL LIMIT 1)
"""

# Written so that a plan made for an empty table uses the indexes already: it may be kept for long.
# One statement, so one snapshot: between two, a merge could take the caller's own email away.
# Where something must be written nothing but the owners is read: a write stays as cheap for a
# person of 10,000 contacts.
_LOOK_UP = f"""
    WITH owner AS (SELECT o.*, CASE WHEN {{complete}} THEN coalesce(email_id, phone_id) END AS id
                   FROM ({_OWNERS}) AS o)
    SELECT o.email_id, o.email_at, o.phone_id, o.phone_at, {CONTACT_COLUMNS}
    FROM owner o LEFT JOIN contact c ON c.id = (SELECT id FROM owner) AND c.deleted_at IS NULL
    UNION ALL
    SELECT o.email_id, o.email_at, o.phone_id, o.phone_at, {CONTACT_COLUMNS}
    FROM contact c CROSS JOIN owner o
    WHERE c.linked_id = (SELECT id FROM owner) AND c.deleted_at IS NULL
"""
_LOOK_UP_BOTH = _LOOK_UP.format(complete="email_id = phone_id")
_LOOK_UP_ONE = _LOOK_UP.format(complete="true")

_PERSON = f"""
    SELECT {CONTACT_COLUMNS} FROM contact c WHERE c.id = %s AND c.deleted_at IS NULL
    UNION ALL
    SELECT {CONTACT_COLUMNS} FROM contact c WHERE c.linked_id = %s AND c.deleted_at IS NULL
"""

_INSERT = """
    INSERT INTO contact (workspace_id, email, phone_number, email_key, phone_key, linked_id,
                         link_precedence, created_at, updated_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
"""

_DEMOTE = """
    UPDATE contact SET linked_id = %s, link_precedence = 'secondary', updated_at = %s WHERE id = %s
"""
_REPOINT = "UPDATE contact SET linked_id = %s, updated_at = %s WHERE linked_id = %s"
_TOUCH = "UPDATE contact SET updated_at = %s WHERE id = %s"


def look_up(details: ContactDetails, *, workspace_id: int) -> tuple[Known, Person | None]:
    """Who the identifiers belong to, and the person if all of them belong to that one.

    One statement and no lock: it may be out of date by the time it is read.
    """
    (rows,) = dialect().run([select_look_up(details, workspace_id=workspace_id)])
    contacts = [row[4:] for row in rows if row[4] is not None]
    return known_from(rows), person_from(contacts) if contacts else None


def select_look_up(details: ContactDetails, *, workspace_id: int) -> Statement:
    """Read who the identifiers belong to and, if that is one person, its live contacts."""
    both = details.email_key is not None and details.phone_key is not None
    return Statement(_LOOK_UP_BOTH if both else _LOOK_UP_ONE, _owner_params(details, workspace_id))


def select_known(details: ContactDetails, *, workspace_id: int) -> Statement:
    """Read who the identifiers belong to; ``known_from`` reads the rows."""
    return Statement(_OWNERS, _owner_params(details, workspace_id))


def known_from(rows: list[Row]) -> Known:
    """Who is known, from the rows of ``select_known``."""
    email_id, email_at, phone_id, phone_at = rows[0][:4]
    return Known(_primary(email_id, email_at), _primary(phone_id, phone_at))


def select_person(person: Primary) -> Statement:
    """Read a person's live contacts; ``person_from`` reads the rows."""
    return Statement(_PERSON, [person.id, person.id])


def person_from(rows: Iterable[Row]) -> Person:
    """A person from the rows of ``select_person``."""
    to_time = dialect().to_time
    return Person.of(contact_from(row, to_time) for row in rows)


def contact_from(row: Row, to_time: Callable[[Any], datetime]) -> Contact:
    """A contact from a row of ``CONTACT_COLUMNS``; ``to_time`` is the dialect's."""
    id, email, phone_number, email_key, phone_key, at = row
    return Contact(id, email, phone_number, email_key, phone_key, to_time(at))


def insert(
    details: ContactDetails, person: Primary | None, *, created_at: datetime, workspace_id: int
) -> Statement:
    """Add a contact, a secondary of ``person`` or else a primary; its row is the new id."""
    linked_id, precedence = (None, "primary") if person is None else (person.id, "secondary")
    return Statement(
        _INSERT,
        [
            workspace_id,
            details.email,
            details.phone_number,
            details.email_key,
            details.phone_key,
            linked_id,
            precedence,
            created_at,
            created_at,
        ],
    )


def absorb(absorbed: Primary, *, survivor: Primary, now: datetime) -> list[Statement]:
    """Make the absorbed person's contacts secondaries of the survivor, and note when."""
    return [
        Statement(_REPOINT, [survivor.id, now, absorbed.id]),
        Statement(_DEMOTE, [survivor.id, now, absorbed.id]),
        Statement(_TOUCH, [now, survivor.id]),
    ]


def _owner_params(details: ContactDetails, workspace_id: int) -> list[object]:
    return [workspace_id, details.email_key, workspace_id, details.phone_key]


def _primary(contact_id: int | None, created_at: object) -> Primary | None:
    return None if contact_id is None else Primary(dialect().to_time(created_at), contact_id)
