"""A person by the id of any of its contacts: its rows, its live links, and what happened to it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from reunite.core.errors import ContactDeleted, PersonErased, PersonNotFound
from reunite.core.events import ImportLoaded
from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.persons.evidence import LiveLink
from reunite.core.persons.person import Contact, Person, ends_in
from reunite.core.persons.suspicion import MAX_CONTACTS
from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Query, query
from reunite.store.database.waiting import note_large
from reunite.store.tables import links
from reunite.store.tables.columns import COLUMNS, NO_VALUE
from reunite.store.tables.contacts import CONTACT_COLUMNS, contact_from
from reunite.store.tables.orders import Order

PAGE_MAX_LENGTH = 1_000_000
"""Characters that the payloads of a page of events have at most, if it is more than one."""

_ALL_CONTACTS = 2**62  # More than there can be.

_ASKED = f"""
    asked AS (SELECT coalesce(linked_id, id) AS person_id,
                     CASE WHEN deleted_at IS NULL THEN 'live'
                          WHEN {NO_VALUE} THEN 'erased'
                          ELSE 'deleted' END AS state
              FROM contact c WHERE workspace_id = %s AND id = %s)
"""

_SIZE = len(COLUMNS) + 2  # Of CONTACT_COLUMNS.
_SHOWN_COLUMNS = f"{CONTACT_COLUMNS}, c.updated_at, c.external_id, c.source"
_MEMBERS = f"""
    SELECT {_SHOWN_COLUMNS} FROM contact c
    WHERE c.id = (SELECT person_id FROM asked) AND c.deleted_at IS NULL
    UNION ALL
    SELECT {_SHOWN_COLUMNS} FROM contact c
    WHERE c.linked_id = (SELECT person_id FROM asked) AND c.deleted_at IS NULL
"""

_PERSON = f"""
    WITH {_ASKED}
    SELECT a.state, (SELECT count(*) FROM contact
                     WHERE linked_id = (SELECT person_id FROM asked) AND deleted_at IS NULL),
           m.*
    FROM asked a LEFT JOIN ({_MEMBERS}) AS m ON true ORDER BY m.created_at, m.id LIMIT %s
"""

_THOSE_OF = f"""
    SELECT {_SHOWN_COLUMNS} FROM {{contacts}} CROSS JOIN contact c
    WHERE c.id = given.id AND c.linked_id = %s AND c.deleted_at IS NULL
"""
_CARRIER = """
    SELECT id FROM contact
    WHERE workspace_id = %s AND {kind}_key = %s AND deleted_at IS NULL LIMIT 1
"""

_CARRIER_OF_DECLARED = """
    SELECT c.id FROM identifier i JOIN contact c ON c.id = i.contact_id
    WHERE i.workspace_id = %s AND i.kind = %s AND i.key = %s AND i.counts = TRUE
      AND c.deleted_at IS NULL LIMIT 1
"""

# A page goes on after the contact with that id, even if another person has it by now.
_CONTACTS = f"""
    WITH {_ASKED}
    SELECT a.state, a.person_id, m.*
    FROM asked a LEFT JOIN ({_MEMBERS}) AS m
      ON CAST(%s AS bigint) = 0
      OR (m.created_at, m.id) > (SELECT created_at, id FROM contact WHERE id = %s)
    ORDER BY m.created_at, m.id LIMIT %s
"""

# The positions of the person's events are sought before they are sorted: the order of all events is
# the longer way. A load has one event for all persons: it belongs to those that it created.
_HISTORY = f"""
    WITH {_ASKED},
    member AS (SELECT person_id AS id FROM asked
               UNION ALL
               SELECT id FROM contact WHERE linked_id = (SELECT person_id FROM asked)),
    happened AS MATERIALIZED (
        SELECT e.position FROM event e
        WHERE e.person_id IN (SELECT id FROM member) AND e.position > %s
        UNION ALL
        SELECT e.position FROM event e
        WHERE e.person_id = 0 AND e.type = '{ImportLoaded.type}' AND e.workspace_id = %s
          AND e.position > %s
          AND EXISTS (SELECT 1 FROM member WHERE id BETWEEN {{loaded_ids}})),
    page AS MATERIALIZED (
        SELECT e.position, sum(length(CAST(e.payload AS text))) OVER (ORDER BY e.position) AS said
        FROM (SELECT position FROM happened ORDER BY position LIMIT %s) AS next
        JOIN event e ON e.position = next.position)
    SELECT a.state, a.person_id AS asked_id, (SELECT count(*) FROM page), e.position, e.type,
           e.person_id, CAST(e.payload AS text) AS payload, e.request_id, e.created_at, e.import_id,
           e.created_by
    FROM asked a
    LEFT JOIN page ON page.said <= {PAGE_MAX_LENGTH}
                   OR page.position = (SELECT min(position) FROM page)
    LEFT JOIN event e ON e.position = page.position
    ORDER BY e.position
"""


@dataclass(frozen=True, slots=True)
class ShownContact:
    """A contact, when it was last written, and which order of an import brought it."""

    contact: Contact
    updated_at: datetime
    order: Order


@dataclass(frozen=True, slots=True)
class ShownPerson:
    """A person, and its contacts by id."""

    person: Person
    contacts: Mapping[int, ShownContact]


@dataclass(frozen=True, slots=True)
class Happened:
    """A row of the event table; ``person_id`` is the person's id as it was then."""

    position: int
    type: str
    person_id: int
    payload: dict[str, object]
    request_id: str | None
    created_at: datetime
    import_id: int | None
    created_by: str | None


def find(scope: Scope, contact_id: int, *, max_contacts: int = _ALL_CONTACTS) -> Query[ShownPerson]:
    """The person of a contact, with at most so many of its contacts, the oldest.

    Raises PersonNotFound, ContactDeleted or PersonErased.
    """

    def person_from(rows: list[Row]) -> ShownPerson:
        shown = _shown(row[2:] for row in _found(rows))
        if len(shown) > MAX_CONTACTS:
            note_large()
        contacts = tuple(each.contact for each in shown)
        return ShownPerson(Person(contacts, 1 + rows[0][1] - len(contacts)), _by_id(shown))

    return query(Statement(_PERSON, [scope.workspace_id, contact_id, max_contacts]), person_from)


def extended(shown: ShownPerson, contact_ids: Iterable[int]) -> Query[ShownPerson]:
    """The person with those of the contacts, besides, that are its own."""
    person = shown.person
    missing = set(contact_ids).difference(contact.id for contact in person.contacts)
    if not person.more or not missing:
        return Query((), lambda _: shown)
    table = dialect().ids("given", missing)
    sql = _THOSE_OF.format(contacts=table.sql)

    def extended_from(rows: list[Row]) -> ShownPerson:
        added = _shown(rows)
        contacts = [*person.contacts, *(each.contact for each in added)]
        return ShownPerson(
            Person.of(contacts, more=person.more - len(added)), {**shown.contacts, **_by_id(added)}
        )

    return query(Statement(sql, [*table.params, person.id], prepared=False), extended_from)


def carrier_of(scope: Scope, identifier: Identifier) -> Query[int | None]:
    """The id of a live contact that carries an identifier, if there is one."""
    kind, key = identifier
    if isinstance(kind, Kind):
        statement = Statement(_CARRIER.format(kind=kind), [scope.workspace_id, key])
    else:
        statement = Statement(_CARRIER_OF_DECLARED, [scope.workspace_id, kind, key])
    return query(statement, lambda rows: rows[0][0] if rows else None)


def contacts_of(
    scope: Scope, contact_id: int, *, after: int, limit: int
) -> Query[tuple[int, list[ShownContact]]]:
    """The id of a contact's person, and its contacts, oldest first, from the one after ``after``.

    Raises PersonNotFound, ContactDeleted or PersonErased.
    """
    return query(
        Statement(_CONTACTS, [scope.workspace_id, contact_id, after, after, limit]),
        lambda rows: (
            _found(rows)[0][1],
            _shown(row[2:] for row in rows if row[2] is not None),
        ),
    )


def links_of(scope: Scope, person: Person) -> Query[list[LiveLink]]:
    """The live links between the identifiers of a person."""
    return links.live(scope, ends_in([person]))


def history_of(
    scope: Scope, contact_id: int, *, after: int, limit: int
) -> Query[tuple[int, list[Happened], bool]]:
    """The id of a contact's person, what happened to it, in order, and whether there is more.

    Of events that say much there are fewer than ``limit``, but one at least. Raises PersonNotFound,
    ContactDeleted or PersonErased.
    """

    def history_from(rows: list[Row]) -> tuple[int, list[Happened], bool]:
        _, person_id, count, *_ = _found(rows)[0]
        events = [happened_from(row[3:]) for row in rows if row[3] is not None][:limit]
        return person_id, events, count > len(events)

    asked = [scope.workspace_id, contact_id]
    params = [*asked, after, scope.workspace_id, after, limit + 1]
    return query(Statement(dialect().sql(_HISTORY), params), history_from)


def happened_from(row: Row) -> Happened:
    """An event, from a row with the columns of ``Happened``."""
    position, type, person_id, payload, request_id, at, *by = row
    time = dialect().to_time(at)
    return Happened(position, type, person_id, json.loads(payload), request_id, time, *by)


def _shown(rows: Iterable[Row]) -> list[ShownContact]:
    to_time = dialect().to_time
    return [
        ShownContact(
            contact_from(row[:_SIZE], to_time), to_time(row[_SIZE]), Order(*row[_SIZE + 1 :])
        )
        for row in rows
    ]


def _by_id(shown: Iterable[ShownContact]) -> dict[int, ShownContact]:
    return {each.contact.id: each for each in shown}


def _found(rows: list[Row]) -> list[Row]:
    """The rows, if there are any: each begins with the state of the contact asked for."""
    if not rows:
        raise PersonNotFound
    if rows[0][0] != "live":
        raise ContactDeleted if rows[0][0] == "deleted" else PersonErased
    return rows
