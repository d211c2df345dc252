"""The event table: what happened, append-only. Payloads hold ids, never personal data."""

from dataclasses import dataclass
from datetime import datetime

from reunite.core.person import Primary
from reunite.store.dialects import Statement, dialect


@dataclass(frozen=True, slots=True)
class Told:
    """Where, by which request and when something happened."""

    workspace_id: int
    request_id: str | None
    at: datetime


_INSERT = """
    INSERT INTO event (workspace_id, request_id, created_at, type, person_id, payload)
"""

_CONTACT_CREATED = f"""{_INSERT}
    VALUES (%s, %s, %s, 'contact.created', coalesce(%s, {{last_contact_id}}),
            {{json_object}}('contactId', {{last_contact_id}}))
"""

_PERSON_MERGED = f"""{_INSERT}
    VALUES (%s, %s, %s, 'person.merged', %s,
            {{json_object}}('absorbedId', CAST(%s AS bigint), 'contactIds', (
                SELECT {{json_array}}(id) FROM (
                    SELECT id FROM contact WHERE id = %s AND deleted_at IS NULL
                    UNION ALL
                    SELECT id FROM contact WHERE linked_id = %s AND deleted_at IS NULL) AS moved)))
"""


def contact_created(told: Told, person: Primary | None) -> Statement:
    """Tell of the contact that this transaction inserted last; it joined ``person``, or nobody."""
    return Statement(dialect().sql(_CONTACT_CREATED), [*_params(told), person and person.id])


def person_merged(told: Told, survivor: Primary, absorbed: Primary) -> Statement:
    """Tell of a merge; to run before the absorbed person's contacts change hands."""
    moved = [absorbed.id] * 3
    return Statement(dialect().sql(_PERSON_MERGED), [*_params(told), survivor.id, *moved])


def _params(told: Told) -> list[object]:
    return [told.workspace_id, told.request_id, told.at]
