"""Everything that is stored, however damaged: one reader for checking and for rebuilding."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from reunite.core.audit.stored import SharedKey, StoredContact, StoredLink
from reunite.core.identifiers.kinds import Kind, Value
from reunite.core.persons.person import End, Ends
from reunite.core.repair.regroup import LinkState
from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Query, Reader, query
from reunite.store.tables import identifiers, links
from reunite.store.tables.columns import KEYED_TYPES, SET_KEYS, UPDATED, keyed_columns
from reunite.store.tables.contacts import CONTACT_COLUMNS, contact_from
from reunite.store.tables.links import OWNERS, ends_from
from reunite.store.tables.retired import WITHHELD_LENGTH, marks_from, withheld_columns

_COLUMNS = f"""
    coalesce(c.linked_id, c.id) AS group_id, c.linked_id, c.workspace_id, {CONTACT_COLUMNS},
    {{withheld}}
"""
_ALL = f"""
    SELECT {_COLUMNS} FROM contact c WHERE {{of}} c.deleted_at IS NULL ORDER BY group_id
"""
_GROUPS = f"""
    SELECT {_COLUMNS} FROM {{groups}} CROSS JOIN contact c
    WHERE c.id = g.id AND c.linked_id IS NULL AND c.workspace_id = %s AND c.deleted_at IS NULL
    UNION ALL
    SELECT {_COLUMNS} FROM {{groups}} CROSS JOIN contact c
    WHERE c.linked_id = g.id AND c.workspace_id = %s AND c.deleted_at IS NULL
    ORDER BY group_id
"""
_OWNERS = """
    SELECT DISTINCT coalesce(c.linked_id, c.id) FROM {keys} CROSS JOIN contact c
    WHERE c.workspace_id = %s AND c.{kind}_key = i.key AND c.deleted_at IS NULL
"""
_OWNERS_OF_DECLARED = """
    SELECT DISTINCT coalesce(c.linked_id, c.id)
    FROM {keys} CROSS JOIN identifier o JOIN contact c ON c.id = o.contact_id
    WHERE o.workspace_id = %s AND o.kind = %s AND o.key = i.key AND o.counts = TRUE
      AND c.deleted_at IS NULL
"""
_OWN = """
    SELECT coalesce(c.linked_id, c.id) FROM {contacts} CROSS JOIN contact c
    WHERE c.id = given.id AND c.deleted_at IS NULL
"""
_SHARED = """
    SELECT {kind}_key, min(coalesce(linked_id, id)), max(coalesce(linked_id, id)), min(id), max(id)
    FROM contact c WHERE {of} {kind}_key IS NOT NULL AND deleted_at IS NULL
    GROUP BY workspace_id, {kind}_key
    HAVING min(coalesce(linked_id, id)) <> max(coalesce(linked_id, id))
"""
_SHARED_OF_DECLARED = """
    SELECT kind, key, min(person_id), max(person_id), min(id), max(id)
    FROM (SELECT i.workspace_id, i.kind, i.key, coalesce(c.linked_id, c.id) AS person_id, c.id
          FROM identifier i JOIN contact c ON c.id = i.contact_id
          WHERE i.counts = TRUE AND c.deleted_at IS NULL) AS c
    WHERE {of} TRUE GROUP BY workspace_id, kind, key HAVING min(person_id) <> max(person_id)
"""
# A live link must be carried by one person, and so must a settled one; a held one must not. A
# suspended link must have an end that no live contact carries.
_UNSOUND = """
    CASE state WHEN 'suspended' THEN left_id IS NOT NULL AND right_id IS NOT NULL
               WHEN 'held' THEN coalesce(left_id = right_id, false)
               ELSE coalesce(left_id <> right_id, true) END
"""
_LINKS = f"""
    SELECT id, state, left_id, right_id, left_kind, left_key, right_kind, right_key FROM (
        SELECT id, workspace_id, state, left_kind, left_key, right_kind, right_key,
               {OWNERS["left"]} AS left_id, {OWNERS["right"]} AS right_id
        FROM link WHERE state IN ({{states}})) AS c
    WHERE {{of}} {{condition}}
"""
_OF_WORKSPACE = "c.workspace_id = %s AND"
_CARRIED = "left_id IS NOT NULL AND right_id IS NOT NULL ORDER BY left_id"
_STATES = "'live', 'suspended', 'held', 'settled'"
_WRITE = f"""
    UPDATE contact
    SET {SET_KEYS}, linked_id = r.to_id, {UPDATED},
        link_precedence = CASE WHEN r.to_id IS NULL THEN 'primary' ELSE 'secondary' END
    FROM {{rows}} WHERE contact.id = r.contact_id
"""
_WRITE_TYPES = {
    "contact_id": "bigint",
    **KEYED_TYPES,
    "to_id": "bigint",
    "at": "timestamptz",
}


Stored = tuple[int, list[StoredContact]]
"""An id, and the live contacts that are stored under it."""


def all_groups(reader: Reader, scope: Scope | None = None) -> Iterator[Stored]:
    """The live contacts of a workspace, or of all, by what they are stored under; streamed."""
    yield from _grouped(reader.stream(_of(scope, _ALL, withheld=withheld_columns())))


def groups(scope: Scope, group_ids: Iterable[int]) -> Query[list[Stored]]:
    """The live contacts that are stored under these ids."""
    table = dialect().ids("g", group_ids)
    params = [*table.params, scope.workspace_id] * 2
    sql = _GROUPS.format(groups=table.sql, withheld=withheld_columns())
    statement = Statement(sql, params, prepared=False)
    return query(statement, lambda rows: list(_grouped(rows)))


def owners(scope: Scope, ends: Iterable[End]) -> Query[set[int]]:
    """The ids of the stored persons whose contacts are, or carry, one of the ends."""
    by_kind: dict[str, list[str]] = {}
    ids = []
    for end in set(ends):
        if isinstance(end, int):
            ids.append(end)
        else:
            by_kind.setdefault(end.kind, []).append(end.key)
    table = dialect().ids("given", ids)
    statements = [Statement(_OWN.format(contacts=table.sql), table.params, prepared=False)]
    for kind, keys in by_kind.items():
        table = dialect().table("i", {"key": "text"}, [[key] for key in sorted(keys)])
        params = [*table.params, scope.workspace_id]
        if isinstance(kind, Kind):
            sql = _OWNERS.format(keys=table.sql, kind=kind)
        else:
            sql = _OWNERS_OF_DECLARED.format(keys=table.sql)
            params.append(kind)
        statements.append(Statement(sql, params, prepared=False))
    return Query(statements, lambda results: {id for rows in results for (id,) in rows})


def shared_keys(reader: Reader, scope: Scope | None = None) -> Iterator[SharedKey]:
    """The identifiers of contacts that are not stored under one id; streamed."""
    for kind in Kind:
        for key, *ids in reader.stream(_of(scope, _SHARED, kind=kind)):
            one, other, first, last = ids
            yield SharedKey(kind, key, (one, other), (first, last))
    for row in reader.stream(_of(scope, _SHARED_OF_DECLARED)):
        declared, key, one, other, first, last = row
        yield SharedKey(declared, key, (one, other), (first, last))


def unsound_links(reader: Reader, scope: Scope | None = None) -> Iterator[StoredLink]:
    """The links whose state is not what the persons at their ends say; streamed."""
    statement = _of(scope, _LINKS, states=_STATES, condition=_UNSOUND)
    return map(_link_from, reader.stream(statement))


def live_links(reader: Reader, scope: Scope | None = None) -> Iterator[tuple[int, list[Ends]]]:
    """The live links of each person, by the person's id; streamed."""
    rows_by_person = groupby(reader.stream(select_live_links(scope)), key=lambda row: row[2])
    for group_id, rows in rows_by_person:
        yield group_id, [_link_from(row).ends for row in rows]


def select_live_links(scope: Scope | None = None) -> Statement:
    """Read live links that are carried, with the persons at both ends, by the left one."""
    return _of(scope, _LINKS, states="'live'", condition=_CARRIED)


def _of(scope: Scope | None, template: str, **parts: str) -> Statement:
    """The statement for a workspace, or for all."""
    if scope is None:
        return Statement(template.format(of="", **parts))
    return Statement(template.format(of=_OF_WORKSPACE, **parts), [scope.workspace_id])


def _link_from(row: Row) -> StoredLink:
    id, state, left_id, right_id, *ends = row
    return StoredLink(id, LinkState(state), left_id, right_id, ends_from(ends))


def write(
    contacts: Sequence[tuple[int, tuple[Value, ...], int | None]],
    states: Mapping[int, LinkState],
    *,
    at: datetime,
) -> list[Statement]:
    """Write the keys of contacts' values and what they point at, by id, and links' states."""
    rows = [(id, *keyed_columns(values), to_id, at) for id, values, to_id in contacts]
    return [
        *dialect().with_rows(_WRITE, _WRITE_TYPES, rows),
        *identifiers.replace((id, values) for id, values, _ in contacts),
        *links.change([links.NewState(id, state) for id, state in states.items()]),
    ]


def _grouped(rows: Iterable[Row]) -> Iterator[Stored]:
    to_time = dialect().to_time
    for group_id, group in groupby(rows, key=lambda row: row[0]):
        yield group_id, [_contact_from(row, to_time) for row in group]


def _contact_from(row: Row, to_time: Callable[[object], datetime]) -> StoredContact:
    _, linked_id, workspace_id, *_ = row
    contact = contact_from(row[3:-WITHHELD_LENGTH], to_time)
    return StoredContact(contact, linked_id, marks_from(row[-WITHHELD_LENGTH:]), workspace_id)
