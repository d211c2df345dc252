"""The tables of what does not count: retired identifiers, and those withheld in one contact."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement, dialect

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
    SELECT r.id, r.kind, r.key, r.origin, r.reason, r.created_at FROM retired r
    WHERE r.workspace_id = %s AND r.id > %s AND {IS_FIRST} ORDER BY r.id LIMIT %s
"""

_THOSE = f"""
    SELECT r.id, r.kind, r.key, r.origin, r.reason, r.created_at
    FROM {{identifiers}} CROSS JOIN retired r
    WHERE r.workspace_id = %s AND r.kind = i.kind AND r.key = i.key AND {IS_FIRST}
    ORDER BY r.id
"""

_WITHHELD = """
    SELECT w.contact_id, w.kind, w.created_at
    FROM {contacts} CROSS JOIN withheld w WHERE w.contact_id = given.id
    ORDER BY w.id
"""
_WITHHOLD = """
    INSERT INTO withheld (contact_id, kind, created_at)
    SELECT r.contact_id, r.kind, r.at FROM {rows} WHERE true
    ON CONFLICT (contact_id, kind) DO NOTHING
"""

IS_WITHHELD = "EXISTS (SELECT 1 FROM withheld WHERE contact_id = {contact}.id AND kind = '{kind}')"
"""SQL for whether a kind does not count in a row of the contact table."""
WITHHELD_COLUMNS = ", ".join(IS_WITHHELD.format(contact="c", kind=kind) for kind in Kind)
"""One column for each kind; ``kinds_from`` reads them."""

_RELEASE = "DELETE FROM withheld WHERE contact_id = %s AND kind = %s"


@dataclass(frozen=True, slots=True)
class ListedRetired:
    """A retired identifier as operators see it."""

    id: int
    identifier: Identifier
    origin: str
    reason: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class KeptWithheld:
    """A kind of identifier that does not count in a contact."""

    contact_id: int
    kind: Kind
    created_at: datetime


def select_identifiers(scope: Scope) -> Statement:
    """Read what is retired; ``identifiers_from`` reads the rows."""
    return Statement(_ALL, [scope.workspace_id])


def identifiers_from(rows: Iterable[Row]) -> set[Identifier]:
    """The identifiers from the rows of ``select_identifiers``."""
    return {Identifier(Kind(kind), key) for kind, key in rows}


def identifiers(scope: Scope) -> set[Identifier]:
    """Everything that is retired."""
    (rows,) = dialect().run([select_identifiers(scope)])
    return identifiers_from(rows)


def identifiers_up_to(scope: Scope, last: int) -> set[Identifier]:
    """What is retired, and was when the id ``last`` was the last one."""
    (rows,) = dialect().run([Statement(_UP_TO, [scope.workspace_id, last], prepared=False)])
    return identifiers_from(rows)


def last_id(scope: Scope) -> int:
    """The id of what was retired last; 0 if nothing is."""
    (((last,),),) = dialect().run([Statement(_LAST, [scope.workspace_id], prepared=False)])
    return int(last)


def select(scope: Scope, identifier: Identifier) -> Statement:
    """Read whether an identifier is retired: its row's id, or no row."""
    return Statement(_READ, [scope.workspace_id, identifier.kind.value, identifier.key])


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
    of = [scope.workspace_id, identifier.kind.value, identifier.key]
    params = [*of, origin, reason, scope.who]
    return dialect().with_rows(_INSERT, {"value": "text", "at": "timestamptz"}, rows, params)


def delete(scope: Scope, identifier: Identifier) -> Statement:
    """Retire it no longer."""
    return Statement(_DELETE, [scope.workspace_id, identifier.kind.value, identifier.key])


def listed(scope: Scope, *, after: int, limit: int) -> Sequence[ListedRetired]:
    """Retired identifiers by id, from the one after ``after`` on."""
    (rows,) = dialect().run([Statement(_LIST, [scope.workspace_id, after, limit])])
    return listed_from(rows)


def select_those(scope: Scope, identifiers: Iterable[Identifier]) -> Statement:
    """Read those of the identifiers that are retired; ``listed_from`` reads the rows."""
    rows = [(each.kind.value, each.key) for each in sorted(identifiers)]
    table = dialect().table("i", {"kind": "text", "key": "text"}, rows)
    sql = _THOSE.format(identifiers=table.sql)
    return Statement(sql, [*table.params, scope.workspace_id], prepared=False)


def listed_from(rows: Iterable[Row]) -> list[ListedRetired]:
    """Retired identifiers from rows."""
    to_time = dialect().to_time
    return [
        ListedRetired(id, Identifier(Kind(kind), key), origin, reason, to_time(at))
        for id, kind, key, origin, reason, at in rows
    ]


def withhold(contacts: Iterable[tuple[int, Kind]], *, at: datetime) -> list[Statement]:
    """Let identifiers of these kinds not count in these contacts."""
    rows = [(contact_id, kind.value, at) for contact_id, kind in contacts]
    columns = {"contact_id": "bigint", "kind": "text", "at": "timestamptz"}
    return dialect().with_rows(_WITHHOLD, columns, rows)


def release(contacts: Iterable[tuple[int, Kind]]) -> list[Statement]:
    """Let identifiers of these kinds be withheld in these contacts no longer."""
    return [Statement(_RELEASE, [contact_id, kind.value]) for contact_id, kind in sorted(contacts)]


def select_withheld(contact_ids: Iterable[int]) -> Statement:
    """Read what is withheld in contacts; ``withheld_from`` reads the rows."""
    table = dialect().ids("given", contact_ids)
    return Statement(_WITHHELD.format(contacts=table.sql), table.params, prepared=False)


def kept_from(rows: Iterable[Row]) -> list[KeptWithheld]:
    """What is withheld, from the rows of ``select_withheld``."""
    to_time = dialect().to_time
    return [KeptWithheld(id, Kind(kind), to_time(at)) for id, kind, at in rows]


def withheld_from(rows: Iterable[Row]) -> dict[int, set[Kind]]:
    """The kinds that are withheld, by contact, from the rows of ``select_withheld``."""
    kinds: dict[int, set[Kind]] = {}
    for contact_id, kind, _ in rows:
        kinds.setdefault(contact_id, set()).add(Kind(kind))
    return kinds


def kinds_from(flags: Iterable[object]) -> frozenset[Kind]:
    """The kinds that are withheld, from the ``WITHHELD_COLUMNS`` of a contact."""
    return frozenset(kind for kind, is_withheld in zip(Kind, flags, strict=True) if is_withheld)
