"""The rows of the tables that are exported."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import orjson

from reunite.core.identifiers.kinds import Kind
from reunite.core.scope import Scope
from reunite.store.database.dialects import Statement, dialect
from reunite.store.database.queries import Query, Reader, query
from reunite.store.tables.columns import GIVEN, KEYS, others_from

_CONTACTS = f"""
    SELECT id, coalesce(linked_id, id), {", ".join((*GIVEN, *KEYS))}, created_at,
           updated_at, external_id, source{{others}}
    FROM contact WHERE workspace_id = %s AND deleted_at IS NULL ORDER BY id
"""
_WITH_OTHERS = "contacts with identifiers"
_OF_KIND = """
    SELECT '{kind}' AS kind, {kind}_key AS key, min(coalesce(linked_id, id)) FROM contact
    WHERE workspace_id = %s AND deleted_at IS NULL AND {kind}_key IS NOT NULL GROUP BY {kind}_key
"""
_SELECTS = {
    "contacts": _CONTACTS.format(others=""),
    _WITH_OTHERS: _CONTACTS.format(others=", others"),
    "persons": f"""
        SELECT coalesce(linked_id, id) AS person_id, count(*),
               {", ".join(f"count(DISTINCT {key})" for key in KEYS)},
               min(created_at), max(created_at)
        FROM contact WHERE workspace_id = %s AND deleted_at IS NULL
        GROUP BY coalesce(linked_id, id) ORDER BY person_id
    """,
    "identifiers": f"""
        {" UNION ALL ".join(_OF_KIND.format(kind=kind) for kind in Kind)}
        UNION ALL
        SELECT i.kind, i.key, min(coalesce(c.linked_id, c.id))
        FROM identifier i JOIN contact c ON c.id = i.contact_id
        WHERE i.workspace_id = %s AND i.counts = TRUE AND c.deleted_at IS NULL
        GROUP BY i.kind, i.key
        ORDER BY 1, 2
    """,
}
_TIMES = {
    "contacts": (6, 7),
    _WITH_OTHERS: (6, 7),
    "persons": (4, 5),
    "identifiers": (),
}
_HAS_OTHERS = "SELECT EXISTS (SELECT 1 FROM identifier WHERE workspace_id = %s)"


def has_others(scope: Scope) -> Query[bool]:
    """Whether a contact has, or had, a value of a declared kind."""
    statement = Statement(_HAS_OTHERS, [scope.workspace_id])
    return query(statement, lambda rows: bool(rows[0][0]))


def rows(scope: Scope, reader: Reader, name: str) -> Iterator[Sequence[object]]:
    """The rows of an export, times as ISO 8601 in UTC; streamed."""
    sql = _SELECTS[name]
    to_time = dialect().to_time
    times = _TIMES[name]
    for row in reader.stream(Statement(sql, [scope.workspace_id] * sql.count("%s"))):
        shown = list(row)
        for place in times:
            time: datetime = to_time(row[place])
            shown[place] = time.isoformat(timespec="microseconds").replace("+00:00", "Z")
        if name == _WITH_OTHERS:
            shown[-1] = _by_kind(row[-1])
        yield shown


def _by_kind(others: str | None) -> str | None:
    """The values of declared kinds as given, as an object of JSON with a list for each kind."""
    if others is None:
        return None
    found: dict[str, list[str]] = {}
    for value in others_from(others):
        found.setdefault(value.kind, []).append(value.given)
    return orjson.dumps(found).decode()
