"""The event table: what happened, append-only. All events are written here.

The catalogue in ``core.events`` has the types and their payloads.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import orjson

from reunite.core.events import ContactCreated, Event, PersonMerged
from reunite.core.identifiers.kinds import Identifier, Ignored
from reunite.core.payloads import payload_name, payload_of
from reunite.core.persons.person import Primary
from reunite.core.scope import Scope
from reunite.store.database.dialects import Statement, dialect
from reunite.store.database.queries import Query, query


class Entry(NamedTuple):
    """An event of a person.

    ``merged_by`` are the identifiers between which the link of a ``PersonMerged`` was written just
    before: the payload gets the link's id.
    """

    person_id: int
    event: Event
    at: datetime
    merged_by: tuple[Identifier, Identifier] | None = None


_INSERT = """
    INSERT INTO event (workspace_id, request_id, created_by, created_at, type, person_id, payload)
"""

# Events of the requests that come most often are made by the database, with what it alone knows.
_CONTACT_ID = f"'{payload_name(ContactCreated, 'contact_id')}', id"
_CONTACT_CREATED = f"""{_INSERT}
    SELECT %s, %s, %s, created_at, '{ContactCreated.type}', coalesce(linked_id, id),
           {{json_object}}({_CONTACT_ID})
    FROM {{created}} AS new
"""

_CONTACT_CREATED_IGNORING = _CONTACT_CREATED.replace(
    _CONTACT_ID, f"{_CONTACT_ID}, '{payload_name(ContactCreated, 'ignored')}', {{json_text}}"
)

_LINK_ID = payload_name(PersonMerged, "link_id")
_PERSON_MERGED = f"""{_INSERT}
    VALUES (%s, %s, %s, %s, '{PersonMerged.type}', %s,
            {{json_object}}('{payload_name(PersonMerged, "absorbed_id")}', CAST(%s AS bigint),
                '{payload_name(PersonMerged, "contact_ids")}', (
                SELECT {{json_array}}(id) FROM (
                    SELECT id FROM contact WHERE id = %s AND deleted_at IS NULL
                    UNION ALL
                    SELECT id FROM contact WHERE linked_id = %s AND deleted_at IS NULL) AS moved),
                '{_LINK_ID}', {{last_link}}))
"""

_HAPPENED_TYPES = {"type": "text", "person_id": "bigint", "payload": "jsonb", "at": "timestamptz"}
_HAPPENED = """
    INSERT INTO event (workspace_id, request_id, import_id, created_by, type, person_id, payload,
                       created_at)
    SELECT %s, %s, %s, %s, type, person_id, payload, at FROM {rows}
"""
# The last link between the two is the one that the merge has just left.
_MERGED_BY = ("left_kind", "left_key", "right_kind", "right_key")
_MERGED_TYPES = {**_HAPPENED_TYPES, **dict.fromkeys(_MERGED_BY, "text")}
_NOT_MERGED = [None] * len(_MERGED_BY)
_SAME_ENDS = " AND ".join(f"link.{column} = r.{column}" for column in _MERGED_BY)
_MERGED = f"""
    INSERT INTO event (workspace_id, request_id, import_id, created_by, type, person_id, payload,
                       created_at)
    SELECT %s, %s, %s, %s, type, person_id,
           CASE WHEN r.left_key IS NULL THEN payload ELSE {{json_merged}}(
               payload, {{json_object}}('{_LINK_ID}', (
                   SELECT max(id) FROM link
                   WHERE workspace_id = %s AND {_SAME_ENDS}))) END,
           at
    FROM {{{{rows}}}}
"""


def last() -> Query[int]:
    """The position of the last event, of any workspace.

    Positions grow: a writer that passes the gate later gets a greater one.
    """
    sql = "SELECT coalesce(max(position), 0) FROM event"
    return query(Statement(sql), lambda rows: int(rows[0][0]))


def contact_created(scope: Scope, ignored: Sequence[tuple[str, Ignored]]) -> Statement:
    """Tell of the contact that this transaction creates (``Dialect.insertion``)."""
    params = [scope.workspace_id, scope.request_id, scope.who]
    if ignored:
        params.append(json.dumps(dict(ignored)))
        return Statement(dialect().sql(_CONTACT_CREATED_IGNORING), params)
    return Statement(dialect().sql(_CONTACT_CREATED), params)


def person_merged(
    scope: Scope, survivor: Primary, absorbed: Primary, *, at: datetime
) -> list[Statement]:
    """Tell of a merge: right after its link is inserted, before the contacts change hands."""
    moved = [absorbed.id] * 3
    params = [scope.workspace_id, scope.request_id, scope.who, at, survivor.id, *moved]
    return dialect().telling(Statement(dialect().sql(_PERSON_MERGED), params))


def happened(scope: Scope, entries: Sequence[Entry]) -> list[Statement]:
    """Tell of anything else."""
    place = [scope.workspace_id, scope.request_id, scope.import_id, scope.who]
    rows = [
        (
            event.type,
            person_id,
            orjson.dumps(payload_of(event)).decode(),
            at,
            *(_NOT_MERGED if merged_by is None else [part for end in merged_by for part in end]),
        )
        for person_id, event, at, merged_by in entries
    ]
    if any(isinstance(each.event, PersonMerged) for each in entries):
        sql = dialect().sql(_MERGED)
        inserts = dialect().with_rows(sql, _MERGED_TYPES, rows, [*place, scope.workspace_id])
    else:
        few = [row[: len(_HAPPENED_TYPES)] for row in rows]
        inserts = dialect().with_rows(_HAPPENED, _HAPPENED_TYPES, few, place)
    return [statement for insert in inserts for statement in dialect().telling(insert)]
