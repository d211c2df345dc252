"""Rows by the thousand and by the million: what imports read and write."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager

from reunite.core.identifiers import Identifier, Kind
from reunite.core.person import Primary
from reunite.store.dialects import RowSource, Statement, dialect
from reunite.store.prepared import Row
from reunite.store.transactions import Run, Transaction, read

CONTACT_COLUMNS = (
    "id",
    "workspace_id",
    "email",
    "phone_number",
    "email_key",
    "phone_key",
    "linked_id",
    "link_precedence",
    "created_at",
    "updated_at",
    "external_id",
    "source",
)
LINK_COLUMNS = (
    "workspace_id",
    "left_kind",
    "left_key",
    "right_kind",
    "right_key",
    "origin",
    "state",
    "reason",
    "created_at",
)

# A look-up for each key, which no statistics can turn into reading whole tables for a join.
_OWNER = """
    SELECT '{kind}' AS kind, key, (
        SELECT coalesce(linked_id, id) FROM contact
        WHERE workspace_id = %s AND {kind}_key = k.key AND deleted_at IS NULL LIMIT 1) AS id
    FROM {table}
"""
_OWNERS = """
    WITH owner AS MATERIALIZED ({each})
    SELECT kind, key, id, (SELECT created_at FROM contact WHERE contact.id = owner.id)
    FROM owner WHERE id IS NOT NULL
"""
# One row for the person and one for each other contact; in order, so that an event's list is.
_MEMBERS = """
    SELECT c.id, c.id FROM contact c WHERE c.id IN (SELECT id FROM {persons})
    UNION ALL
    SELECT c.linked_id, c.id FROM contact c
    WHERE c.linked_id IN (SELECT id FROM {persons}) AND c.deleted_at IS NULL
    ORDER BY 1, 2
"""
_DESCRIBE = """
    UPDATE contact SET external_id = r.external_id, source = r.source
    FROM {rows} WHERE contact.id = r.described_id
"""
_DESCRIBED = {"described_id": "bigint", "external_id": "text", "source": "text"}
_HAS_CONTACTS = "SELECT EXISTS (SELECT 1 FROM contact WHERE workspace_id = %s)"
_STOPS_MERGES = """
    SELECT EXISTS (SELECT 1 FROM separation WHERE workspace_id = w.id)
           OR EXISTS (SELECT 1 FROM link WHERE workspace_id = w.id AND state = 'held')
           OR EXISTS (SELECT 1 FROM link WHERE workspace_id = w.id AND state = 'rejected')
    FROM workspace w WHERE w.id = %s
"""


def select_owners(identifiers: Collection[Identifier], *, workspace_id: int) -> Statement:
    """Read the primaries that identifiers belong to; ``owners_from`` reads the rows."""
    found, params = [], []
    for kind in Kind:
        keys = sorted(each.key for each in identifiers if each.kind is kind)
        table = dialect().table("k", {"key": "text"}, [[key] for key in keys])
        found.append(_OWNER.format(kind=kind.value, table=table.sql))
        params += [workspace_id, *table.params]
    return Statement(_OWNERS.format(each=" UNION ALL ".join(found)), params, prepared=False)


def owners_from(rows: Iterable[Row]) -> dict[Identifier, Primary]:
    """Whom identifiers belong to, from the rows of ``select_owners``."""
    to_time = dialect().to_time
    kinds = {kind.value: kind for kind in Kind}
    return {Identifier(kinds[kind], key): Primary(to_time(at), id) for kind, key, id, at in rows}


def owners(
    identifiers: Iterable[Identifier], *, workspace_id: int, run: Run = read
) -> dict[Identifier, Primary]:
    """Whom identifiers belong to; outside a transaction it may be out of date by now."""
    (rows,) = run(select_owners(set(identifiers), workspace_id=workspace_id))
    return owners_from(rows)


def members(person_ids: Iterable[int], *, locked: Transaction) -> dict[int, list[int]]:
    """The ids of the persons' live contacts, the primary's first."""
    ids = [[each] for each in sorted(person_ids)]
    if not ids:
        return {}
    table = dialect().table("person", {"id": "bigint"}, ids)
    sql = _MEMBERS.format(persons=table.sql)
    (rows,) = locked.run(Statement(sql, [*table.params, *table.params], prepared=False))
    found: dict[int, list[int]] = {id: [id] for (id,) in ids}
    for person_id, contact_id in rows:
        if person_id != contact_id:
            found[person_id].append(contact_id)
    return found


def describe(described: Sequence[tuple[int, str | None, str | None]]) -> list[Statement]:
    """Write the external ids and sources of contacts."""
    if not described:
        return []
    table = dialect().table("r", _DESCRIBED, described)
    return [Statement(_DESCRIBE.format(rows=table.sql), table.params, prepared=False)]


def has_contacts(*, workspace_id: int, run: Run = read) -> bool:
    """Whether the workspace has, or had, any contact."""
    (rows,) = run(Statement(_HAS_CONTACTS, [workspace_id]))
    return bool(rows[0][0])


def select_stops_merges(*, workspace_id: int) -> Statement:
    """Read whether persons are kept apart, or any merge was held or rejected: one value."""
    return Statement(_STOPS_MERGES, [workspace_id])


def loading() -> AbstractContextManager[None]:
    """To be entered around a transaction that takes ids and loads."""
    return dialect().loading()


def take_contact_ids(count: int) -> int:
    """The first of ``count`` ids in a row that no contact ever had."""
    return dialect().take_contact_ids(count)


def load(tables: Mapping[str, RowSource]) -> None:
    """Load rows into tables, in the open transaction.

    Indexes and constraints are as they were when it commits, and hold. Raises IntegrityError.
    """
    dialect().load(tables)
