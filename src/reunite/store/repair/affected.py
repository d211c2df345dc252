"""The rows that a repair affects: persons, links and separations of their contacts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reunite.core.identifiers.kinds import Identifier, Kind, Value, identifiers_of
from reunite.core.persons.person import End, ends_in
from reunite.core.repair.regroup import Affected, LinkState
from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Query, Reader, query
from reunite.store.persons import known
from reunite.store.tables import identifiers as others
from reunite.store.tables import links, separations
from reunite.store.tables.columns import COLUMNS, NO_VALUE, of, values_from
from reunite.store.tables.contacts import OWNER

_OWNED = f"""
    coalesce(c.linked_id, c.id), c.deleted_at IS NOT NULL,
    c.deleted_at IS NOT NULL AND {NO_VALUE}, {of("c", COLUMNS)}
"""
_CONTACTS = f"""
    SELECT c.id, {_OWNED} FROM {{contacts}} CROSS JOIN contact c
    WHERE c.id = given.id AND c.workspace_id = %s
"""

_PERSON_OF = """
    SELECT c.id, coalesce(c.linked_id, c.id) FROM {contacts} CROSS JOIN contact c
    WHERE c.id = given.id AND c.workspace_id = %s AND c.deleted_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Owned:
    """A contact's person, whether the contact is deleted, or erased, and its values."""

    person_id: int
    is_deleted: bool
    is_erased: bool
    values: tuple[Value, ...]


def owned(scope: Scope, contact_ids: Iterable[int]) -> Query[dict[int, Owned]]:
    """Contacts with their persons by id, deleted ones too; ids that never existed are left out."""
    table = dialect().ids("given", contact_ids)
    sql = _CONTACTS.format(contacts=table.sql)
    return query(
        Statement(sql, [*table.params, scope.workspace_id], prepared=False),
        lambda rows: {
            id: Owned(person_id, bool(is_deleted), bool(is_erased), values_from(values))
            for id, person_id, is_deleted, is_erased, *values in rows
        },
    )


def owners_of(scope: Scope, ends: Iterable[End]) -> Query[dict[End, int]]:
    """The ids of the persons of identifiers or contacts; ends without a person are left out."""
    asked = set(ends)
    table = dialect().ids("given", [each for each in asked if isinstance(each, int)])
    params = [*table.params, scope.workspace_id]
    statements = [Statement(_PERSON_OF.format(contacts=table.sql), params, prepared=False)]
    identifiers = sorted(each for each in asked if not isinstance(each, int))
    kinds = sorted({each.kind for each in identifiers})
    for kind in kinds:
        keys = [[each.key] for each in identifiers if each.kind == kind]
        table = dialect().table("k", {"key": "text"}, keys)
        owner, of_kind = owner_by(kind, "k.key")
        sql = f"SELECT key, {owner} FROM {table.sql}"
        statements.append(
            Statement(sql, [scope.workspace_id, *of_kind, *table.params], prepared=False)
        )

    def owners_from(results: Sequence[list[Row]]) -> dict[End, int]:
        contacts, *by_kind = results
        return dict(contacts) | {
            Identifier(kind, key): person_id
            for kind, rows in zip(kinds, by_kind, strict=True)
            for key, person_id in rows
            if person_id is not None
        }

    return Query(statements, owners_from)


def owner_by(kind: str, key: str) -> tuple[str, list[str]]:
    """SQL for the person of an identifier; its parameters after the workspace's."""
    if isinstance(kind, Kind):
        return OWNER.format(kind=kind, key=key), []
    return others.OWNER.format(workspace="%s", kind="%s", key=key), [kind]


def of_persons(
    scope: Scope, reader: Reader, person_ids: Iterable[int], *, also: Iterable[End] = ()
) -> Affected:
    """Read persons, the links and separations of their contacts, and links with other ends."""
    persons = reader.read(known.persons(set(person_ids)))
    contact_ids = [contact.id for person in persons for contact in person.contacts]
    kept_links, kept_separations = reader.read(
        links.with_ends(scope, ends_in(persons).union(also)), separations.of(contact_ids)
    )
    return Affected(
        persons,
        [each.known for each in kept_links],
        [each.separation for each in kept_separations],
    )


def by_keys(
    scope: Scope,
    reader: Reader,
    changes: Mapping[int, tuple[Value, ...]],
    *,
    also: Iterable[End] = (),
) -> Affected:
    """Read the persons that new keys of contacts affect, and the owners of ``also``.

    These are the persons of the contacts, the owners of the new keys, and the persons at the other
    ends of suspended links that a new key or a returning contact makes count again.
    """
    new: set[End] = {*changes}
    new.update(identifier for values in changes.values() for identifier in identifiers_of(values))
    ends = (
        each.known.ends
        for each in reader.read(links.with_ends(scope, new))
        if each.known.state is LinkState.SUSPENDED
    )
    owners = reader.read(owners_of(scope, new.union(also, *ends)))
    return of_persons(scope, reader, owners.values(), also=new.union(also))
