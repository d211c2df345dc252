"""Persons by what a user remembers of them: a beginning, an order, a part of a value."""

from typing import NamedTuple

from reunite.core.identifiers.kinds import Identifier, Value, kind_of
from reunite.core.identifiers.prefixes import LAST_CHARACTER
from reunite.core.scope import Scope
from reunite.store.database.dialects import Statement
from reunite.store.database.queries import Query, query
from reunite.store.tables.columns import COLUMNS, of, values_from
from reunite.store.tables.links import OWNERS

LATEST_CONTACTS = 20_000
"""A part of a value is looked for in so many contacts, the latest: no index holds parts."""

# Read by the index of the keys, which both databases order by characters.
_BEGINNING = """
    SELECT '{kind}', {kind}_key, coalesce(linked_id, id) FROM contact
    WHERE workspace_id = %s AND {kind}_key >= %s AND {kind}_key < %s AND deleted_at IS NULL
    ORDER BY {kind}_key LIMIT %s
"""
# For a join SQLite would first read all contacts into a Bloom filter.
_BEGINNING_DECLARED = """
    SELECT i.kind, i.key, (SELECT coalesce(c.linked_id, c.id) FROM contact c
                           WHERE c.id = i.contact_id AND c.deleted_at IS NULL)
    FROM identifier i WHERE i.workspace_id = %s AND i.key >= %s AND i.key < %s
    ORDER BY i.key LIMIT %s
"""
_OF_ORDER = """
    SELECT coalesce(linked_id, id), NULL FROM contact
    WHERE external_id = %s AND workspace_id = %s AND deleted_at IS NULL ORDER BY id LIMIT %s
"""
_JOINED_BY_ORDER = f"""
    SELECT {OWNERS["left"]}, {OWNERS["right"]} FROM link
    WHERE external_id = %s AND workspace_id = %s ORDER BY id LIMIT %s
"""
_LATEST = f"""
    SELECT c.id, coalesce(c.linked_id, c.id), {of("c", COLUMNS)} FROM contact c
    WHERE c.id > (SELECT max(id) FROM contact) - {LATEST_CONTACTS} AND c.workspace_id = %s
      AND c.deleted_at IS NULL {{holding}}
    ORDER BY c.id DESC LIMIT %s
"""
_HOLDING = "AND ({columns})"
_TEXTS = ("c.email_key", "lower(c.email)", "c.phone_number", "lower(c.others)")


class Latest(NamedTuple):
    """A contact that came of late, its person, and its values."""

    contact_id: int
    person_id: int
    values: tuple[Value, ...]


def beginning_with(
    scope: Scope, beginning: Identifier, *, limit: int
) -> Query[list[tuple[Identifier, int]]]:
    """Up to ``limit`` identifiers that begin so, each with the id of its person, in their order."""
    kind, key = beginning
    return _begun(_BEGINNING.format(kind=kind), scope, key, limit)


def declared_beginning_with(
    scope: Scope, key: str, *, limit: int
) -> Query[list[tuple[Identifier, int]]]:
    """The same of all declared kinds, also where the value does not count."""
    return _begun(_BEGINNING_DECLARED, scope, key, limit)


def of_order(scope: Scope, external_id: str, *, limit: int) -> Query[list[int]]:
    """The ids of persons whose contacts an order with that id brought or joined."""
    params = [external_id, scope.workspace_id, limit]
    statements = [Statement(sql, params) for sql in (_OF_ORDER, _JOINED_BY_ORDER)]
    return Query(
        statements,
        lambda results: list(
            dict.fromkeys(id for rows in results for row in rows for id in row if id is not None)
        ),
    )


def latest(scope: Scope, *, limit: int) -> Query[list[Latest]]:
    """Up to ``limit`` contacts of LATEST_CONTACTS, the latest first."""
    return query(
        Statement(_LATEST.format(holding=""), [scope.workspace_id, limit]),
        lambda rows: [Latest(id, person_id, values_from(row)) for id, person_id, *row in rows],
    )


def latest_holding(
    scope: Scope, text: str, digits: str | None, *, limit: int
) -> Query[list[Latest]]:
    """The latest contacts whose values contain the text, or whose phone numbers the digits.

    The text is in lower case. A value of a declared kind may be another one that has it.
    """
    patterns = [f"%{_escaped(text)}%"] * len(_TEXTS)
    columns = [*_TEXTS]
    if digits:
        columns.append("c.phone_key")
        patterns.append(f"%{digits}%")
    holding = " OR ".join(f"{column} LIKE %s ESCAPE '\\'" for column in columns)
    sql = _LATEST.format(holding=_HOLDING.format(columns=holding))
    return query(
        Statement(sql, [scope.workspace_id, *patterns, limit], prepared=False),
        lambda rows: [Latest(id, person_id, values_from(row)) for id, person_id, *row in rows],
    )


def _begun(sql: str, scope: Scope, key: str, limit: int) -> Query[list[tuple[Identifier, int]]]:
    params = [scope.workspace_id, key, key + LAST_CHARACTER, limit]
    return query(
        Statement(sql, params),
        lambda rows: [
            (Identifier(kind_of(kind), key), person_id)
            for kind, key, person_id in rows
            if person_id is not None
        ],
    )


def _escaped(text: str) -> str:
    """The text, in which the signs of LIKE stand for themselves."""
    for sign in ("\\", "%", "_"):
        text = text.replace(sign, f"\\{sign}")
    return text
