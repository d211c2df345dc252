"""The identifier table: the values of declared kinds one by one, by what they are looked up.

A row names the contact of the value, and whether the value counts there. A write of a contact's
values writes these rows in the same transaction.
"""

from collections.abc import Iterable

from reunite.core.identifiers.kinds import Value
from reunite.store.database.dialects import Statement, dialect

# The contact is read by its id for each row: a plan that was made for empty tables would join by
# reading all contacts.
_OF_LIVE_CONTACT = (
    "(SELECT {what} FROM contact c WHERE c.id = i.contact_id AND c.deleted_at IS NULL)"
)
OWNER = f"""(SELECT {_OF_LIVE_CONTACT.format(what="coalesce(c.linked_id, c.id)")} FROM identifier i
            WHERE i.workspace_id = {{workspace}} AND i.kind = {{kind}} AND i.key = {{key}}
              AND i.counts = TRUE AND {_OF_LIVE_CONTACT.format(what="c.id")} IS NOT NULL LIMIT 1)"""
"""SQL for the person that an identifier of a declared kind belongs to; null if there is none."""

_TYPES = {
    "contact_id": "bigint",
    "kind": "text",
    "value": "text",
    "key": "text",
    "counts": "boolean",
}
_INSERT_CREATED = """
    INSERT INTO identifier (workspace_id, contact_id, kind, value, key, counts)
    SELECT c.workspace_id, c.id, r.column1, r.column2, r.column3, r.column4
    FROM {{created}} AS c CROSS JOIN (VALUES {rows}) AS r
"""
_CREATED_ROW = "(%s, %s, %s, CAST(%s AS boolean))"
_DELETE = "DELETE FROM identifier WHERE contact_id IN (SELECT contact_id FROM {rows})"
_INSERT = """
    INSERT INTO identifier (workspace_id, contact_id, kind, value, key, counts)
    SELECT c.workspace_id, r.contact_id, r.kind, r.value, r.key, r.counts
    FROM {rows} JOIN contact c ON c.id = r.contact_id
"""
_INSERT_OF = """
    INSERT INTO identifier (workspace_id, contact_id, kind, value, key, counts)
    SELECT c.workspace_id, c.id, v.kind, v.value, v.key, v.counting_key IS NOT NULL
    FROM contact c JOIN {declared_values} AS v ON v.contact_id = c.id
    WHERE c.id BETWEEN %s AND %s AND c.others IS NOT NULL
"""


def insert(contacts: Iterable[tuple[int, tuple[Value, ...]]]) -> list[Statement]:
    """Write the rows of contacts that have none, by the contacts' ids, after the contacts."""
    return dialect().with_rows(_INSERT, _TYPES, _rows(contacts))


def insert_of(first_id: int, last_id: int) -> Statement:
    """Write the rows of contacts that have none, by their column of declared kinds."""
    return Statement(dialect().sql(_INSERT_OF), [first_id, last_id], prepared=False)


def insert_created(values: tuple[Value, ...]) -> Statement:
    """Write the rows of the contact that is being inserted (``Dialect.insertion``)."""
    rows = [row[1:] for row in _rows([(0, values)])]
    sql = _INSERT_CREATED.format(rows=", ".join([_CREATED_ROW] * len(rows)))
    return Statement(dialect().sql(sql), [each for row in rows for each in row])


def replace(contacts: Iterable[tuple[int, tuple[Value, ...]]]) -> list[Statement]:
    """Write the rows of contacts anew, as their values are now."""
    rows = _rows(contacts)
    return [*delete({id for id, *_ in rows}), *dialect().with_rows(_INSERT, _TYPES, rows)]


def delete(contact_ids: Iterable[int]) -> list[Statement]:
    """Delete the rows of contacts."""
    ids = [(each,) for each in sorted(contact_ids)]
    return dialect().with_rows(_DELETE, {"contact_id": "bigint"}, ids)


def _rows(
    contacts: Iterable[tuple[int, tuple[Value, ...]]],
) -> list[tuple[int, str, str, str, bool]]:
    return [
        (id, value.kind, value.given, value.form, value.key is not None)
        for id, values in contacts
        for value in values
        if value.form is not None
    ]
