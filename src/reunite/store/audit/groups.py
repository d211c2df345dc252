"""Everything that is stored in a workspace, however damaged, and what makes it right again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from reunite.core.audit.rebuild import StoredContact
from reunite.core.identifiers.kinds import Identifier, Kind, Value, key_columns
from reunite.core.persons.person import End, Ends
from reunite.core.repair.settle import KnownLink, LinkState, Separation
from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.transactions import Transaction
from reunite.store.tables import links, separations
from reunite.store.tables.columns import KEY_TYPES, SET_KEYS, UPDATED
from reunite.store.tables.contacts import CONTACT_COLUMNS, contact_from
from reunite.store.tables.links import OWNERS, ends_from
from reunite.store.tables.retired import WITHHELD_COLUMNS, kinds_from

_COLUMNS = (
    f"coalesce(c.linked_id, c.id) AS group_id, c.linked_id, {WITHHELD_COLUMNS}, {CONTACT_COLUMNS}"
)
_ALL = f"""
    SELECT {_COLUMNS} FROM contact c WHERE c.workspace_id = %s AND c.deleted_at IS NULL
    ORDER BY group_id
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
_OWN = """
    SELECT coalesce(c.linked_id, c.id) FROM {contacts} CROSS JOIN contact c
    WHERE c.id = given.id AND c.deleted_at IS NULL
"""
_SHARED = """
    SELECT {kind}_key FROM contact
    WHERE workspace_id = %s AND {kind}_key IS NOT NULL AND deleted_at IS NULL
    GROUP BY {kind}_key HAVING min(coalesce(linked_id, id)) <> max(coalesce(linked_id, id))
"""
_LINKS = f"""
    SELECT state, left_id, right_id, left_kind, left_key, right_kind, right_key FROM (
        SELECT state, left_kind, left_key, right_kind, right_key,
               {OWNERS["left"]} AS left_id, {OWNERS["right"]} AS right_id
        FROM link
        WHERE workspace_id = %s AND state IN ('live', 'suspended', 'held', 'settled')) AS owned
"""
_WRITE = f"""
    UPDATE contact
    SET {SET_KEYS}, linked_id = r.to_id, {UPDATED},
        link_precedence = CASE WHEN r.to_id IS NULL THEN 'primary' ELSE 'secondary' END
    FROM {{rows}} WHERE contact.id = r.contact_id
"""
_WRITE_TYPES = {
    "contact_id": "bigint",
    **KEY_TYPES,
    "to_id": "bigint",
    "at": "timestamptz",
}


def all_groups(scope: Scope) -> Iterator[tuple[int, list[StoredContact]]]:
    """The live contacts by what they are stored under; within a transaction."""
    yield from _grouped(dialect().stream(Statement(_ALL, [scope.workspace_id])))


def read_groups(
    scope: Scope, transaction: Transaction, group_ids: Iterable[int]
) -> list[tuple[int, list[StoredContact]]]:
    """The live contacts that are stored under these ids."""
    table = dialect().ids("g", group_ids)
    params = [*table.params, scope.workspace_id] * 2
    (rows,) = transaction.run(Statement(_GROUPS.format(groups=table.sql), params, prepared=False))
    return list(_grouped(rows))


def owners(scope: Scope, transaction: Transaction, ends: Iterable[End]) -> set[int]:
    """Whatever the contacts that are, or carry, one of the ends are stored under."""
    by_kind: dict[Kind, list[str]] = {}
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
        sql = _OWNERS.format(keys=table.sql, kind=kind)
        statements.append(Statement(sql, [*table.params, scope.workspace_id], prepared=False))
    return {id for rows in transaction.run(*statements) for (id,) in rows}


def shared_identifiers(scope: Scope, transaction: Transaction) -> set[Identifier]:
    """The identifiers of contacts that are not stored under the same id."""
    statements = [Statement(_SHARED.format(kind=kind), [scope.workspace_id]) for kind in Kind]
    found = transaction.run(*statements)
    return {
        Identifier(kind, key) for kind, rows in zip(Kind, found, strict=True) for (key,) in rows
    }


def doubtful_links(scope: Scope) -> Iterator[Ends]:
    """The ends of links of which the persons at both ends contradict the state."""
    for state, left_id, right_id, *ends in dialect().stream(
        Statement(_LINKS, [scope.workspace_id])
    ):
        is_carried = left_id is not None and right_id is not None
        is_one = is_carried and left_id == right_id
        is_sound = {
            "live": is_one,
            "suspended": not is_carried,
            "held": not is_one,
            "settled": is_one,
        }
        if not is_sound[state]:
            yield ends_from(ends)


def known_links(scope: Scope, transaction: Transaction, ends: Iterable[End]) -> list[KnownLink]:
    """The links, of any state, with one of the ends."""
    (rows,) = transaction.run(links.select_with_ends(scope, ends))
    return [each.known for each in links.kept_from(rows)]


def known_separations(transaction: Transaction, contact_ids: Iterable[int]) -> list[Separation]:
    """The separations that hold one of the contacts."""
    (rows,) = transaction.run(separations.select_of(contact_ids))
    return [each.separation for each in separations.kept_from(rows)]


def write(
    contacts: Sequence[tuple[int, tuple[Value, ...], int | None]],
    states: Mapping[int, LinkState],
    *,
    at: datetime,
) -> list[Statement]:
    """Write the keys of contacts' values and what they point at, by id, and links' states."""
    rows = [(id, *key_columns(values), to_id, at) for id, values, to_id in contacts]
    return [
        *dialect().with_rows(_WRITE, _WRITE_TYPES, rows),
        *links.change([links.NewState(id, state) for id, state in states.items()]),
    ]


def _grouped(rows: Iterable[Row]) -> Iterator[tuple[int, list[StoredContact]]]:
    to_time = dialect().to_time
    for group_id, group in groupby(rows, key=lambda row: row[0]):
        stored = []
        for _, linked_id, *columns in group:
            withheld, contact = columns[: len(Kind)], columns[len(Kind) :]
            found = contact_from(tuple(contact), to_time)
            stored.append(StoredContact(found, linked_id, kinds_from(withheld)))
        yield group_id, stored
