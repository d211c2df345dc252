"""Contacts whose keys may change: read in the order of their ids, and the keys to come, staged.

What is staged is what a policy alone makes of the values as given, since what is retired or
withheld may change until it is applied.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reunite.core.identifiers.kinds import Identifier, Kind, Value, kind_of
from reunite.core.policy.rekeying import KeyedContact, KeyedEnd, KeyedRetired
from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Query, Reader, query
from reunite.store.tables.columns import (
    COLUMNS,
    GIVEN,
    KEYED,
    KEYED_TYPES,
    keyed_columns,
    of,
    values_from,
)
from reunite.store.tables.retired import marks_from, withheld_columns

CHUNK_LENGTH = 5_000

_COLUMNS = f"c.id, {of('c', COLUMNS)}, {{withheld}}"

_CHUNK = f"""
    SELECT {_COLUMNS} FROM contact c
    WHERE c.id > %s AND c.id <= %s AND c.workspace_id = %s AND c.deleted_at IS NULL
    ORDER BY c.id LIMIT %s
"""
_HAS_VALUES = """
    SELECT EXISTS (SELECT 1 FROM identifier WHERE workspace_id = %s AND kind IN ({names}))
        OR EXISTS (SELECT 1 FROM link WHERE workspace_id = %s
                   AND (left_kind IN ({names}) OR right_kind IN ({names})))
        OR EXISTS (SELECT 1 FROM retired WHERE workspace_id = %s AND kind IN ({names}))
"""
_CARRIERS = f"""
    SELECT {_COLUMNS} FROM {{keys}} CROSS JOIN contact c
    WHERE c.workspace_id = %s AND c.{{kind}}_key = i.key AND c.deleted_at IS NULL
"""
_CARRIERS_OF_DECLARED = f"""
    SELECT {_COLUMNS} FROM {{keys}} CROSS JOIN identifier o JOIN contact c ON c.id = o.contact_id
    WHERE o.workspace_id = %s AND o.kind = %s AND o.key = i.key AND o.counts = TRUE
      AND c.deleted_at IS NULL
"""
_STAGED = f"""
    SELECT {_COLUMNS}, {of("r", KEYED)}
    FROM rekeyed r JOIN contact c ON c.id = r.contact_id
    WHERE r.contact_id > %s AND c.workspace_id = %s AND c.deleted_at IS NULL
    ORDER BY r.contact_id LIMIT %s
"""
_STAGE = f"""
    INSERT INTO rekeyed (contact_id, {", ".join(KEYED)})
    SELECT contact_id, {", ".join(KEYED)} FROM {{rows}} WHERE true
    ON CONFLICT (contact_id)
    DO UPDATE SET {", ".join(f"{column} = excluded.{column}" for column in KEYED)}
"""
_STAGED_TYPES = {"contact_id": "bigint", **KEYED_TYPES}
_CLEAR = """
    DELETE FROM rekeyed WHERE (SELECT workspace_id FROM contact WHERE id = contact_id) = %s
"""
_LATEST_ID = "SELECT coalesce(max(id), 0) FROM contact"
_COUNT = """
    SELECT count(*) FROM (
        SELECT 1 FROM contact WHERE workspace_id = %s AND deleted_at IS NULL LIMIT %s) AS counted
"""
_RETIRED = "SELECT id, kind, key, value FROM retired WHERE workspace_id = %s ORDER BY id"
_RENAME = """
    UPDATE retired SET key = r.key FROM {rows} WHERE retired.id = r.old_id
       AND retired.value = r.value
"""
# A retired row without a value becomes a row for each value.
_SPREAD = """
    INSERT INTO retired (workspace_id, kind, key, value, origin, reason, created_at, created_by)
    SELECT t.workspace_id, t.kind, r.key, r.value, t.origin, t.reason, t.created_at, t.created_by
    FROM {rows} JOIN retired t ON t.id = r.old_id WHERE t.value IS NULL
    ON CONFLICT (workspace_id, kind, value) DO NOTHING
"""
_FORGET = """
    DELETE FROM retired WHERE value IS NULL AND id IN (SELECT old_id FROM {rows})
"""


@dataclass(frozen=True, slots=True)
class Staged:
    """A contact, and its values with the keys that the policy to come alone gives them."""

    contact: KeyedContact
    values: tuple[Value, ...]


def chunks(scope: Scope, reader: Reader, *, after: int, up_to: int) -> Iterator[list[KeyedContact]]:
    """Live contacts by id, from the one after ``after``, so many at a time."""
    while chunk := reader.read(next_chunk(scope, after=after, up_to=up_to)):
        yield chunk
        after = chunk[-1].id


def next_chunk(scope: Scope, *, after: int, up_to: int) -> Query[list[KeyedContact]]:
    """The next live contacts by id; none at the end."""
    statement = Statement(_with_withheld(_CHUNK), [after, up_to, scope.workspace_id, CHUNK_LENGTH])
    return query(statement, lambda rows: list(map(_contact_from, rows)))


def latest_contact_id() -> Query[int]:
    """The greatest id of a contact, 0 if there is none."""
    return query(Statement(_LATEST_ID), lambda rows: int(rows[0][0]))


def has_more_contacts_than(scope: Scope, limit: int) -> Query[bool]:
    """Whether a workspace has more live contacts than ``limit``."""
    statement = Statement(_COUNT, [scope.workspace_id, limit + 1])
    return query(statement, lambda rows: int(rows[0][0]) > limit)


def has_values_of(scope: Scope, kinds: Collection[str]) -> Query[bool]:
    """Whether a contact, a link or a retired identifier has a value of one of some kinds."""
    names = ", ".join(["%s"] * len(kinds))
    params = [scope.workspace_id, *kinds]
    statement = Statement(
        _HAS_VALUES.format(names=names), [*params, *params, *kinds, *params], prepared=False
    )
    return query(statement, lambda rows: bool(rows[0][0]))


def carriers(scope: Scope, identifiers: Iterable[Identifier]) -> Query[list[KeyedContact]]:
    """The live contacts that carry the identifiers; one that carries two is there twice."""
    statements = []
    for kind, keys in _by_kind(identifiers).items():
        table = dialect().table("i", {"key": "text"}, [[key] for key in keys])
        is_built_in = isinstance(kind, Kind)
        sql = _with_withheld(
            _CARRIERS if is_built_in else _CARRIERS_OF_DECLARED, keys=table.sql, kind=kind
        )
        params = [*table.params, scope.workspace_id, *([] if is_built_in else [kind])]
        statements.append(Statement(sql, params, prepared=False))
    return Query(
        statements, lambda results: [_contact_from(row) for rows in results for row in rows]
    )


def stage(values: Mapping[int, tuple[Value, ...]]) -> list[Statement]:
    """Remember keys to come, by the contacts' ids."""
    rows = [(id, *keyed_columns(each)) for id, each in values.items()]
    return dialect().with_rows(_STAGE, _STAGED_TYPES, rows)


def staged(scope: Scope, reader: Reader) -> Iterator[Staged]:
    """The staged keys of live contacts, by their ids."""
    after = 0
    while True:
        (rows,) = reader.run(
            Statement(_with_withheld(_STAGED), [after, scope.workspace_id, CHUNK_LENGTH])
        )
        for row in rows:
            contact = _contact_from(row[: -len(KEYED)])
            # As if the staged columns stood in the contact.
            yield Staged(contact, values_from((*row[1 : 1 + len(GIVEN)], *row[-len(KEYED) :])))
        if len(rows) < CHUNK_LENGTH:
            return
        after = rows[-1][0]


def clear(scope: Scope) -> Statement:
    """Delete the staged keys."""
    return Statement(_CLEAR, [scope.workspace_id])


def retired_rows(scope: Scope) -> Query[list[KeyedRetired]]:
    """Everything that is retired, with the values that it was given by."""
    return query(
        Statement(_RETIRED, [scope.workspace_id]),
        lambda rows: [
            KeyedRetired(id, KeyedEnd(Identifier(kind_of(kind), key), value))
            for id, kind, key, value in rows
        ],
    )


def rename_retired(names: Mapping[int, Sequence[KeyedEnd]]) -> list[Statement]:
    """Give retired rows, by their ids, their new values and keys."""
    rows = [(id, each.identifier.key, each.given) for id, ends in names.items() for each in ends]
    columns = {"old_id": "bigint", "key": "text", "value": "text"}
    return [
        *dialect().with_rows(_RENAME, columns, rows),
        *dialect().with_rows(_SPREAD, columns, rows),
        *dialect().with_rows(_FORGET, {"old_id": "bigint"}, [(id,) for id in names]),
    ]


def _by_kind(identifiers: Iterable[Identifier]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in sorted(set(identifiers)):
        found.setdefault(each.kind, []).append(each.key)
    return found


def _contact_from(row: Row) -> KeyedContact:
    values = values_from(row, 1)
    return KeyedContact(row[0], values, marks_from(row[1 + len(COLUMNS) :]))


def _with_withheld(template: str, **parts: str) -> str:
    return template.format(withheld=withheld_columns(), **parts)
