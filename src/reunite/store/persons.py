"""A person by the id of any of its contacts: its rows, its live links, and what happened to it."""

import json
from dataclasses import dataclass
from datetime import datetime

from reunite.core.errors import ContactDeleted, PersonErased, PersonNotFound
from reunite.core.evidence import LiveLink
from reunite.core.person import Person, identifiers_in
from reunite.store import links
from reunite.store.contacts import CONTACT_COLUMNS, contact_from
from reunite.store.dialects import Statement, dialect
from reunite.store.prepared import Row

_ASKED = """
    asked AS (SELECT coalesce(linked_id, id) AS person_id,
                     CASE WHEN deleted_at IS NULL THEN 'live'
                          WHEN email IS NULL AND phone_number IS NULL THEN 'erased'
                          ELSE 'deleted' END AS state
              FROM contact WHERE workspace_id = %s AND id = %s)
"""

_PERSON = f"""
    WITH {_ASKED}
    SELECT a.state, {CONTACT_COLUMNS}, c.updated_at
    FROM asked a LEFT JOIN contact c
      ON c.id = (SELECT person_id FROM asked) AND c.deleted_at IS NULL
    UNION ALL
    SELECT a.state, {CONTACT_COLUMNS}, c.updated_at
    FROM contact c CROSS JOIN asked a
    WHERE c.linked_id = (SELECT person_id FROM asked) AND c.deleted_at IS NULL
"""

# The person's events are sought before they are sorted: the order of all events is the longer way.
_HISTORY = f"""
    WITH {_ASKED},
    member AS (SELECT person_id AS id FROM asked
               UNION ALL
               SELECT id FROM contact WHERE linked_id = (SELECT person_id FROM asked)),
    happened AS MATERIALIZED (
        SELECT e.position, e.type, e.person_id, CAST(e.payload AS text) AS payload, e.request_id,
               e.created_at
        FROM event e WHERE e.person_id IN (SELECT id FROM member) AND e.position > %s)
    SELECT a.state, a.person_id AS asked_id, h.*
    FROM asked a LEFT JOIN happened h ON true ORDER BY h.position LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class ShownPerson:
    """A person, and when each of its contacts, by id, was last written."""

    person: Person
    updated_at: dict[int, datetime]


@dataclass(frozen=True, slots=True)
class Happened:
    """A row of the event table; ``person_id`` is the person's id as it was then."""

    position: int
    type: str
    person_id: int
    payload: dict[str, object]
    request_id: str | None
    created_at: datetime


def select_person(contact_id: int, *, workspace_id: int) -> Statement:
    """Read the person that a contact belongs to."""
    return Statement(_PERSON, [workspace_id, contact_id])


def select_history(contact_id: int, *, after: int, limit: int, workspace_id: int) -> Statement:
    """Read the events of a contact's person, and of those that were absorbed into it."""
    return Statement(_HISTORY, [workspace_id, contact_id, after, limit])


def find(contact_id: int, *, workspace_id: int) -> ShownPerson:
    """The person of a contact; raises PersonNotFound, ContactDeleted or PersonErased."""
    rows = _found(select_person(contact_id, workspace_id=workspace_id))
    to_time = dialect().to_time
    rows = [row[1:] for row in rows if row[1] is not None]
    return ShownPerson(
        Person.of(contact_from(row[:-1], to_time) for row in rows),
        {row[0]: to_time(row[-1]) for row in rows},
    )


def links_of(person: Person, *, workspace_id: int) -> list[LiveLink]:
    """The live links between the identifiers of a person."""
    statement = links.select_live(identifiers_in([person]), workspace_id=workspace_id)
    (rows,) = dialect().run([statement])
    return links.live_from(rows)


def history_of(
    contact_id: int, *, after: int, limit: int, workspace_id: int
) -> tuple[int, list[Happened]]:
    """The id of a contact's person, and what happened to it, in order.

    Raises PersonNotFound, ContactDeleted or PersonErased.
    """
    rows = _found(select_history(contact_id, after=after, limit=limit, workspace_id=workspace_id))
    to_time = dialect().to_time
    return rows[0][1], [
        Happened(position, type, person_id, json.loads(payload), request_id, to_time(at))
        for _, _, position, type, person_id, payload, request_id, at in rows
        if position is not None
    ]


def _found(statement: Statement) -> list[Row]:
    """The rows of a statement, of which each begins with the state of the contact asked for."""
    (rows,) = dialect().run([statement])
    if not rows:
        raise PersonNotFound
    if rows[0][0] != "live":
        raise ContactDeleted if rows[0][0] == "deleted" else PersonErased
    return rows
