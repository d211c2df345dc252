"""The tables of what does not count: retired identifiers, and those withheld in one contact."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress
from typing import Any

from reunite.core.identifiers.kinds import (
    ORDER,
    Identifier,
    Kind,
    Mark,
    kind_of,
    kind_of_mark,
)
from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Query, query

_ALL = "SELECT kind, key FROM retired WHERE workspace_id = %s"
_UP_TO = "SELECT kind, key FROM retired WHERE workspace_id = %s AND id <= %s"
_LAST = "SELECT coalesce(max(id), 0) FROM retired WHERE workspace_id = %s"
_READ = "SELECT id FROM retired WHERE workspace_id = %s AND kind = %s AND key = %s"
_INSERT = """
    INSERT INTO retired (workspace_id, kind, key, origin, reason, created_by, value, created_at)
    SELECT %s, %s, %s, %s, %s, %s, r.value, r.at FROM {rows} WHERE true
    ON CONFLICT (workspace_id, kind, value) DO NOTHING
"""
_DELETE = "DELETE FROM retired WHERE workspace_id = %s AND kind = %s AND key = %s"
# An identifier has a row for each value by which it was known when it was retired.
IS_FIRST = """NOT EXISTS (
    SELECT 1 FROM retired o
    WHERE o.workspace_id = r.workspace_id AND o.kind = r.kind AND o.key = r.key AND o.id < r.id)"""
_LIST = f"""
    SELECT r.id, r.kind, r.key, r.origin, r.reason, r.created_at, r.created_by
    FROM retired r
    WHERE r.workspace_id = %s AND r.id > %s AND {IS_FIRST} ORDER BY r.id LIMIT %s
"""

_THOSE = f"""
    SELECT r.id, r.kind, r.key, r.origin, r.reason, r.created_at, r.created_by
    FROM {{identifiers}} CROSS JOIN retired r
    WHERE r.workspace_id = %s AND r.kind = i.kind AND r.key = i.key AND {IS_FIRST}
    ORDER BY r.id
"""

_WITHHELD = """
    SELECT w.contact_id, w.kind, w.value, w.created_at
    FROM {contacts} CROSS JOIN withheld w WHERE w.contact_id = given.id
    ORDER BY w.id
"""
_WITHHOLD = """
    INSERT INTO withheld (contact_id, kind, value, created_at)
    SELECT r.contact_id, r.kind, r.value, r.at FROM {rows} WHERE true
    ON CONFLICT (contact_id, kind, value) DO NOTHING
"""

IS_WITHHELD = "EXISTS (SELECT 1 FROM withheld WHERE contact_id = {contact}.id AND kind = '{kind}')"
"""SQL for whether a kind does not count in a row of the contact table."""
_WITHHELD_COLUMNS = (
    *(IS_WITHHELD.format(contact="c", kind=kind) for kind in Kind),
    """CASE WHEN c.others IS NOT NULL THEN (
        SELECT CAST({json_array}({json_object}('kind', kind, 'value', value)) AS text)
        FROM withheld WHERE contact_id = c.id AND value <> '') END""",
)
WITHHELD_LENGTH = len(_WITHHELD_COLUMNS)
"""How many columns ``withheld_columns`` are."""

_RELEASE = "DELETE FROM withheld WHERE contact_id = %s AND kind = %s AND value = %s"


@dataclass(frozen=True, slots=True)
class ListedRetired:
    """A retired identifier as operators see it."""

    id: int
    identifier: Identifier
    origin: str
    reason: str
    created_at: datetime
    created_by: str | None


@dataclass(frozen=True, slots=True)
class KeptWithheld:
    """A value that does not count in a contact."""

    contact_id: int
    mark: Mark
    created_at: datetime

    @property
    def kind(self) -> str:
        """The kind of the value."""
        return kind_of_mark(self.mark)


def identifiers(scope: Scope) -> Query[set[Identifier]]:
    """Everything that is retired."""
    return query(Statement(_ALL, [scope.workspace_id]), _identifiers_from)


def identifiers_up_to(scope: Scope, last: int) -> Query[set[Identifier]]:
    """What is retired, and was when the id ``last`` was the last one."""
    statement = Statement(_UP_TO, [scope.workspace_id, last], prepared=False)
    return query(statement, _identifiers_from)


def last_id(scope: Scope) -> Query[int]:
    """The id of what was retired last; 0 if nothing is."""
    statement = Statement(_LAST, [scope.workspace_id], prepared=False)
    return query(statement, lambda rows: int(rows[0][0]))


def is_retired(scope: Scope, identifier: Identifier) -> Query[bool]:
    """Whether an identifier is retired."""
    params = [scope.workspace_id, str(identifier.kind), identifier.key]
    return query(Statement(_READ, params), bool)


def insert(
    scope: Scope,
    identifier: Identifier,
    given: Iterable[str],
    *,
    origin: str,
    reason: str = "",
    at: datetime,
) -> list[Statement]:
    """Retire an identifier, with all values as given by which it is known."""
    rows = [(value, at) for value in sorted(given)]
    of = [scope.workspace_id, str(identifier.kind), identifier.key]
    params = [*of, origin, reason, scope.who]
    return dialect().with_rows(_INSERT, {"value": "text", "at": "timestamptz"}, rows, params)


def delete(scope: Scope, identifier: Identifier) -> Statement:
    """Retire it no longer."""
    return Statement(_DELETE, [scope.workspace_id, str(identifier.kind), identifier.key])


def listed(scope: Scope, *, after: int, limit: int) -> Query[list[ListedRetired]]:
    """Retired identifiers by id, from the one after ``after`` on."""
    return query(Statement(_LIST, [scope.workspace_id, after, limit]), _listed_from)


def those(scope: Scope, identifiers: Iterable[Identifier]) -> Query[list[ListedRetired]]:
    """Those of the identifiers that are retired."""
    rows = [(str(each.kind), each.key) for each in sorted(identifiers)]
    table = dialect().table("i", {"kind": "text", "key": "text"}, rows)
    sql = _THOSE.format(identifiers=table.sql)
    params = [*table.params, scope.workspace_id]
    return query(Statement(sql, params, prepared=False), _listed_from)


def withhold(values: Iterable[tuple[int, Mark]], *, at: datetime) -> list[Statement]:
    """Let values not count, each by its contact and its mark there."""
    rows = [(contact_id, *mark_columns(mark), at) for contact_id, mark in values]
    columns = {"contact_id": "bigint", "kind": "text", "value": "text", "at": "timestamptz"}
    return dialect().with_rows(_WITHHOLD, columns, rows)


def release(values: Iterable[tuple[int, Mark]]) -> list[Statement]:
    """Let values be withheld no longer, each by its contact and its mark there."""
    rows = sorted((contact_id, *mark_columns(mark)) for contact_id, mark in values)
    return [Statement(_RELEASE, row) for row in rows]


def mark_columns(mark: Mark) -> tuple[str, str]:
    """The columns ``kind`` and ``value`` of a value that is withheld."""
    return (str(mark), "") if isinstance(mark, str) else mark


def kept_withheld(contact_ids: Iterable[int]) -> Query[list[KeptWithheld]]:
    """What is withheld in contacts."""
    table = dialect().ids("given", contact_ids)
    statement = Statement(_WITHHELD.format(contacts=table.sql), table.params, prepared=False)
    to_time = dialect().to_time
    return query(
        statement,
        lambda rows: [
            KeptWithheld(id, _mark_from(kind, value), to_time(at)) for id, kind, value, at in rows
        ],
    )


def withheld(contact_ids: Iterable[int]) -> Query[dict[int, set[Mark]]]:
    """The marks of the values that are withheld in contacts, by the contacts' ids."""

    def marks_by_contact(rows: Iterable[Row]) -> dict[int, set[Mark]]:
        marks: dict[int, set[Mark]] = {}
        for contact_id, kind, value, _ in rows:
            marks.setdefault(contact_id, set()).add(_mark_from(kind, value))
        return marks

    return query(kept_withheld(contact_ids).statements[0], marks_by_contact)


def withheld_columns() -> str:
    """SQL for what is withheld in the contact ``c``; ``marks_from`` reads the columns."""
    return ", ".join(map(dialect().sql, _WITHHELD_COLUMNS))


def marks_from(columns: Sequence[Any]) -> frozenset[Mark]:
    """The marks of the values that are withheld, from the ``withheld_columns`` of a contact."""
    if not any(columns):
        return _NOTHING
    *flags, others = columns
    marks: list[Mark] = [*compress(ORDER, flags)]
    if others is not None:
        marks += [(each["kind"], each["value"]) for each in json.loads(others)]
    return frozenset(marks)


_NOTHING = frozenset[Mark]()


def _mark_from(kind: str, value: str) -> Mark:
    return (kind, value) if value else kind_of(kind)


def _identifiers_from(rows: Iterable[Row]) -> set[Identifier]:
    return {Identifier(kind_of(kind), key) for kind, key in rows}


def _listed_from(rows: Iterable[Row]) -> list[ListedRetired]:
    to_time = dialect().to_time
    return [
        ListedRetired(id, Identifier(kind_of(kind), key), origin, reason, to_time(at), created_by)
        for id, kind, key, origin, reason, at, created_by in rows
    ]
