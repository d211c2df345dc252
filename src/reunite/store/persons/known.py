"""The persons that requests concern: by identifiers, by ids, and ids for new contacts."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from reunite.core.identifiers.kinds import ContactDetails, Identifier, Kind, kind_of
from reunite.core.persons.person import Person, Primary
from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Query, query
from reunite.store.tables import identifiers as others
from reunite.store.tables.columns import COLUMNS, VALUES
from reunite.store.tables.contacts import CONTACT_COLUMNS, OWNER, contact_from, person_from

_ALL = 2**62  # More contacts than there can be.

# With IN, for a join SQLite would first read all secondaries into a Bloom filter.
_MEMBERS = f"""
    SELECT c.id AS person_id, {CONTACT_COLUMNS} FROM contact c
    WHERE c.id IN (SELECT id FROM owner) AND c.deleted_at IS NULL
    UNION ALL
    SELECT c.linked_id, {CONTACT_COLUMNS} FROM contact c
    WHERE c.linked_id IN (SELECT id FROM owner) AND c.deleted_at IS NULL
"""
_PERSONS = f"WITH owner AS ({{owners}}) {_MEMBERS} ORDER BY 1"
# A row without an id is an identifier, by its kind and key, with its owner.
_FIRST = f"""
    WITH owner AS MATERIALIZED ({{owners}}),
    placed AS (SELECT m.*, row_number() OVER (PARTITION BY person_id ORDER BY created_at, id)
                      AS place, count(*) OVER (PARTITION BY person_id) AS size
               FROM ({_MEMBERS}) AS m)
    SELECT person_id, size, id, {VALUES}, created_at FROM placed
    WHERE place <= %s
    UNION ALL
    SELECT id, 0, NULL, kind, key, {", ".join(["NULL"] * (len(COLUMNS) - 1))}
    FROM owner WHERE id IS NOT NULL
    ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class FoundPersons:
    """The persons of identifiers, perhaps with their oldest contacts alone; and whose each is."""

    persons: list[Person]
    owners: dict[Identifier, Primary]


def first(
    scope: Scope, requests: Iterable[ContactDetails], *, max_contacts: int | None
) -> Query[FoundPersons]:
    """The persons of the identifiers.

    Of each person the oldest contacts, at most ``max_contacts``.
    """
    identifiers = {identifier for details in requests for identifier in details.identifiers}
    owners, params = [], []
    for kind in Kind:
        keys = [[identifier.key] for identifier in identifiers if identifier.kind is kind]
        table = dialect().table(kind, {"key": "text"}, keys)
        owner = OWNER.format(kind=kind, key=f"{kind}.key")
        owners.append(f"SELECT '{kind}' AS kind, key, {owner} AS id FROM {table.sql}")
        params += [scope.workspace_id, *table.params]
    declared = sorted([*each] for each in identifiers if not isinstance(each.kind, Kind))
    if declared:
        table = dialect().table("o", {"kind": "text", "key": "text"}, declared)
        owner = others.OWNER.format(workspace="%s", kind="o.kind", key="o.key")
        owners.append(f"SELECT kind, key, {owner} AS id FROM {table.sql}")
        params += [scope.workspace_id, *table.params]
    sql = _FIRST.format(owners=" UNION ALL ".join(owners))
    return query(Statement(sql, [*params, max_contacts or _ALL], prepared=False), _found_from)


def persons(person_ids: Iterable[int]) -> Query[list[Person]]:
    """Persons by their ids."""
    table = dialect().ids("person", person_ids)
    sql = _PERSONS.format(owners=f"SELECT id FROM {table.sql}")
    return query(
        Statement(sql, table.params, prepared=False),
        lambda rows: [
            person_from(row[1:] for row in group)
            for _, group in groupby(rows, key=lambda row: row[0])
        ],
    )


def new_contact_ids(count: int) -> Query[list[int]]:
    """Take ids for contacts to come, in order."""

    def ids_from(rows: list[Row]) -> list[int]:
        return sorted(id for first, number in rows for id in range(first, first + number))

    return query(dialect().new_contact_ids(count), ids_from)


def _found_from(rows: list[Row]) -> FoundPersons:
    to_time = dialect().to_time
    persons: list[Person] = []
    owners: dict[Identifier, Primary] = {}
    for _, group in groupby(rows, key=lambda row: row[0]):
        identifiers, contacts, size = [], [], 0
        for _, count, id, *columns in group:
            if id is None:
                kind, key, *_ = columns
                identifiers.append(Identifier(kind_of(kind), key))
            else:
                size = count
                contacts.append(contact_from((id, *columns), to_time))
        person = Person.of(contacts, more=size - len(contacts))
        persons.append(person)
        owners.update(dict.fromkeys(identifiers, person.primary))
    return FoundPersons(persons, owners)
