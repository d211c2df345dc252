"""The event table: what happened, append-only. Payloads hold ids, never personal data."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from reunite.core.identifiers.kinds import Ignored, Kind
from reunite.core.persons.person import Person, Primary
from reunite.store.database.dialects import Row, Statement, dialect


@dataclass(frozen=True, slots=True)
class Told:
    """Where and by which request or import something happened."""

    workspace_id: int
    request_id: str | None
    import_id: int | None = None


_INSERT = """
    INSERT INTO event (workspace_id, request_id, created_at, type, person_id, payload)
"""

_CONTACT_CREATED = f"""{_INSERT}
    SELECT %s, %s, created_at, 'contact.created', coalesce(linked_id, id),
           {{json_object}}('contactId', id)
    FROM {{created}} AS new
"""

_CONTACT_CREATED_IGNORING = _CONTACT_CREATED.replace(
    "('contactId', id)", "('contactId', id, 'ignored', {json_text})"
)

_PERSON_MERGED = f"""{_INSERT}
    VALUES (%s, %s, %s, 'person.merged', %s,
            {{json_object}}('absorbedId', CAST(%s AS bigint), 'contactIds', (
                SELECT {{json_array}}(id) FROM (
                    SELECT id FROM contact WHERE id = %s AND deleted_at IS NULL
                    UNION ALL
                    SELECT id FROM contact WHERE linked_id = %s AND deleted_at IS NULL) AS moved),
                'linkId', {{last_link}}))
"""


_HAPPENED = """
    INSERT INTO event (workspace_id, request_id, import_id, type, person_id, payload, created_at)
    SELECT %s, %s, %s, type, person_id, payload, at FROM {rows}
"""


def select_last() -> Statement:
    """Read the position of the last event, of any workspace; ``last_from`` reads the row.

    Positions grow: nobody who passes a gate later gets one that is less.
    """
    return Statement("SELECT coalesce(max(position), 0) FROM event")


def last_from(rows: Sequence[Row]) -> int:
    """The position from the rows of ``select_last``."""
    return int(rows[0][0])


def contact_created(told: Told, ignored: Sequence[tuple[Kind, Ignored]]) -> Statement:
    """Tell of the contact that this transaction creates (``Dialect.insertion``)."""
    params = [told.workspace_id, told.request_id]
    if ignored:
        params.append(json.dumps(dict(ignored)))
        return Statement(dialect().sql(_CONTACT_CREATED_IGNORING), params)
    return Statement(dialect().sql(_CONTACT_CREATED), params)


def person_merged(told: Told, survivor: Primary, absorbed: Primary, *, at: datetime) -> Statement:
    """Tell of a merge: right after its link is inserted, before the contacts change hands."""
    moved = [absorbed.id] * 3
    params = [told.workspace_id, told.request_id, at, survivor.id, *moved]
    return Statement(dialect().sql(_PERSON_MERGED), params)


def persons_json(persons: Iterable[Person]) -> list[dict[str, object]]:
    """Persons in a payload, complete."""
    return [{"personId": p.id, "contactIds": [c.id for c in p.contacts]} for p in persons]


def happened(told: Told, rows: Sequence[tuple[str, int, str, datetime]]) -> list[Statement]:
    """Tell of anything else: rows of type, person's id, payload (JSON) and time."""
    columns = {"type": "text", "person_id": "bigint", "payload": "jsonb", "at": "timestamptz"}
    place = [told.workspace_id, told.request_id, told.import_id]
    return dialect().with_rows(_HAPPENED, columns, rows, place)
