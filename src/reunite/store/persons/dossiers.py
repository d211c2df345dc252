"""Everything that is kept about a person, to show it or to erase it."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reunite.core.events import ContactCreated, ContactDeleted, PersonMerged, RepairUndone
from reunite.core.identifiers.kinds import Value
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Query, Reader, query
from reunite.store.persons.persons import Happened, happened_from
from reunite.store.tables.columns import COLUMNS, UPDATED, of, values_from

_CONTACTS = f"""
    SELECT c.id, {of("c", COLUMNS)}, c.linked_id,
           c.link_precedence, c.created_at, c.updated_at, c.deleted_at, c.external_id, c.source
    FROM {{contacts}} CROSS JOIN contact c WHERE c.id = given.id
    ORDER BY c.created_at, c.id
"""
# The types whose payloads tell who belonged together.
_REPAIRS = f"""
    SELECT e.position, e.type, CAST(e.payload AS text) FROM {{contacts}} CROSS JOIN event e
    WHERE e.person_id = given.id
      AND e.type NOT IN ('{ContactCreated.type}', '{PersonMerged.type}')
"""
_DELETING = (ContactDeleted.type, RepairUndone.type)
_EVENTS = """
    SELECT e.position, e.type, e.person_id, CAST(e.payload AS text), e.request_id, e.created_at,
           e.import_id, e.created_by
    FROM {contacts} CROSS JOIN event e WHERE e.person_id = given.id
    ORDER BY e.position
"""

_ERASE = f"""
    UPDATE contact
    SET {", ".join(f"{column} = NULL" for column in COLUMNS)}, external_id = NULL,
        source = NULL, linked_id = NULL, link_precedence = 'primary', {UPDATED},
        deleted_at = coalesce(contact.deleted_at, r.at)
    FROM {{rows}} WHERE contact.id = r.contact_id
"""
_OF_CONTACTS = (
    "DELETE FROM identifier WHERE contact_id IN (SELECT contact_id FROM {rows})",
    "DELETE FROM withheld WHERE contact_id IN (SELECT contact_id FROM {rows})",
    "DELETE FROM rekeyed WHERE contact_id IN (SELECT contact_id FROM {rows})",
    "DELETE FROM separation WHERE left_id IN (SELECT contact_id FROM {rows})",
    "DELETE FROM separation WHERE right_id IN (SELECT contact_id FROM {rows})",
)
_LINKS = "DELETE FROM link WHERE id IN (SELECT link_id FROM {rows})"

_Told = tuple[str, Mapping[str, Any]]
"""The type and the payload of an event."""


@dataclass(frozen=True, slots=True)
class KeptContact:
    """A row of the contact table, all of it."""

    id: int
    values: tuple[Value, ...]
    linked_id: int | None
    link_precedence: str
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    external_id: str | None
    source: str | None

    @property
    def is_erased(self) -> bool:
        """Whether nothing is left to say who it was."""
        return self.deleted_at is not None and not self.values


def members(reader: Reader, contact_ids: Iterable[int]) -> set[int]:
    """The contacts, and those deleted ones that belonged to the same person before.

    The events of repairs tell: a deleted contact belonged to the contacts that its person had when
    it was deleted, and to those that these belonged to. Of several deletions the last one counts.

    A person may have had other ids before, which the events name: those of all persons and
    contacts in the events read so far are looked up, until no event names another one.
    """
    found = set(contact_ids)
    ids, asked = set(found), set[int]()
    told: dict[int, _Told] = {}
    while ids - asked:
        (rows,) = reader.run(_with_contacts(_REPAIRS, ids - asked))
        asked |= ids
        for position, type, payload in rows:
            event = json.loads(payload)
            told[position] = type, event
            for person in (*event.get("before", ()), *event.get("after", ())):
                ids |= {person["personId"], *person["contactIds"]}
    return _with_deleted(found, [event for _, event in sorted(told.items())])


def contacts(contact_ids: Iterable[int]) -> Query[list[KeptContact]]:
    """Contacts, deleted or not, by age."""
    statement = _with_contacts(_CONTACTS, contact_ids)
    return query(statement, lambda rows: list(map(_contact_from, rows)))


def events(reader: Reader, person_ids: Iterable[int]) -> Iterator[Happened]:
    """Everything that happened under these ids, in order; streamed."""
    return map(happened_from, reader.stream(_with_contacts(_EVENTS, person_ids)))


def erase(
    contact_ids: Collection[int], link_ids: Collection[int], *, at: datetime
) -> list[Statement]:
    """Empty contacts, and remove links and all other rows about the contacts."""
    current = dialect()
    ids = [[each] for each in sorted(contact_ids)]
    return [
        *(
            statement
            for template in _OF_CONTACTS
            for statement in current.with_rows(template, {"contact_id": "bigint"}, ids)
        ),
        *current.with_rows(_LINKS, {"link_id": "bigint"}, [[each] for each in sorted(link_ids)]),
        *current.with_rows(
            _ERASE,
            {"contact_id": "bigint", "at": "timestamptz"},
            [[*each, at] for each in ids],
        ),
    ]


def _contact_from(row: Row) -> KeptContact:
    to_time = dialect().to_time
    linked_id, precedence, created_at, updated_at, deleted_at, *order = row[1 + len(COLUMNS) :]
    return KeptContact(
        row[0],
        values_from(row, 1),
        linked_id,
        precedence,
        to_time(created_at),
        to_time(updated_at),
        None if deleted_at is None else to_time(deleted_at),
        *order,
    )


def _with_deleted(found: set[int], events: Iterable[_Told]) -> set[int]:
    """The contacts, and those whose last deletion was from a person with one of them."""
    deleted: dict[int, list[int]] = {}
    for type, payload in events:
        left = {id for person in payload.get("after", ()) for id in person["contactIds"]}
        deleted = {id: those for id, those in deleted.items() if id not in left}
        if type in _DELETING:
            for person in payload["before"]:
                ids = person["contactIds"]
                deleted.update(dict.fromkeys({*ids} - left, ids))
    size = -1
    while size != len(found):
        size = len(found)
        found = found.union(id for id, those in deleted.items() if not found.isdisjoint(those))
    return found


def _with_contacts(template: str, ids: Iterable[int]) -> Statement:
    table = dialect().ids("given", ids)
    return Statement(template.format(contacts=table.sql), table.params, prepared=False)
