"""The values that the ends of links came from, for when other rules make other keys of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reunite.core.identifiers.kinds import KINDS, Identifier, Kind, kind_of
from reunite.core.policy.rekeying import KeyedEnd, KeyedLink
from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Query, Reader
from reunite.store.policy.rekeying import CHUNK_LENGTH
from reunite.store.tables.links import CONTACT

_HAS = """EXISTS (
    SELECT 1 FROM contact
    WHERE workspace_id = link.workspace_id AND {kind}_key = link.{side}_key
      AND {column} = link.{side}_value AND link.{side}_kind = '{kind}' AND deleted_at IS NULL)"""


_HAS_DECLARED = """EXISTS (
    SELECT 1 FROM identifier o JOIN contact c ON c.id = o.contact_id
    WHERE o.workspace_id = link.workspace_id AND o.kind = link.{side}_kind
      AND o.key = link.{side}_key AND o.value = link.{side}_value AND o.counts = TRUE
      AND c.deleted_at IS NULL)"""


def _has(side: str) -> str:
    found = [_HAS.format(side=side, kind=kind, column=KINDS[kind].column) for kind in Kind]
    return f"({' OR '.join([*found, _HAS_DECLARED.format(side=side)])})"


_CHUNK = f"""
    SELECT id, left_kind, left_key, left_value, right_kind, right_key, right_value,
           state = 'revoked', {_has("left")}, {_has("right")}
    FROM link WHERE workspace_id = %s AND left_kind <> '{CONTACT}' AND id > %s
    ORDER BY id LIMIT %s
"""
_OLDEST = """
    SELECT i.key, (SELECT {column} FROM contact
                   WHERE workspace_id = %s AND {kind}_key = i.key AND deleted_at IS NULL
                   ORDER BY created_at, id LIMIT 1)
    FROM {keys}
"""
_OLDEST_OF_DECLARED = """
    SELECT i.key, (SELECT o.value FROM identifier o JOIN contact c ON c.id = o.contact_id
                   WHERE o.workspace_id = %s AND o.kind = %s AND o.key = i.key
                     AND o.counts = TRUE AND c.deleted_at IS NULL
                   ORDER BY c.created_at, c.id LIMIT 1)
    FROM {keys}
"""
_WRITE = """
    UPDATE link SET left_key = r.left_key, left_value = r.left_value,
                    right_key = r.right_key, right_value = r.right_value
    FROM {rows} WHERE link.id = r.link_id
"""
_WRITE_TYPES = {
    "link_id": "bigint",
    "left_key": "text",
    "left_value": "text",
    "right_key": "text",
    "right_value": "text",
}
_FORGET = """
    UPDATE link SET {side}_value = NULL
    FROM {{rows}} WHERE link.workspace_id = r.workspace_id AND link.{side}_kind = r.kind
                    AND link.{side}_key = r.key AND link.{side}_value = r.value
"""
_FORGET_RETIRED = """
    UPDATE retired SET value = NULL
    FROM {rows} WHERE retired.workspace_id = r.workspace_id AND retired.kind = r.kind
                  AND retired.key = r.key AND retired.value = r.value
"""
# An identifier without a value stays retired by one row.
_FORGET_TWICE = """
    DELETE FROM retired WHERE workspace_id = %s AND value IS NULL AND EXISTS (
        SELECT 1 FROM retired o
        WHERE o.workspace_id = retired.workspace_id AND o.kind = retired.kind
          AND o.key = retired.key AND (o.value IS NOT NULL OR o.id < retired.id))
"""
_VALUE_TYPES = {"workspace_id": "bigint", "kind": "text", "key": "text", "value": "text"}


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A link between identifiers.

    ``is_had`` tells of each end whether a contact that carries it has it by the same value.
    """

    link: KeyedLink
    is_revoked: bool
    is_had: tuple[bool, bool]


def read(scope: Scope, reader: Reader) -> Iterator[FoundLink]:
    """All links between identifiers, of any state, by id."""
    after = 0
    while True:
        (rows,) = reader.run(Statement(_CHUNK, [scope.workspace_id, after, CHUNK_LENGTH]))
        yield from map(_found_from, rows)
        if len(rows) < CHUNK_LENGTH:
            return
        after = rows[-1][0]


def oldest_values(scope: Scope, identifiers: Iterable[Identifier]) -> Query[dict[Identifier, str]]:
    """The value by which the oldest contact has an identifier; others are left out."""
    asked = sorted(set(identifiers))
    kinds = sorted({each.kind for each in asked})
    statements = []
    for kind in kinds:
        keys = [[each.key] for each in asked if each.kind == kind]
        table = dialect().table("i", {"key": "text"}, keys)
        if kind in KINDS:
            sql = _OLDEST.format(column=KINDS[kind].column, kind=kind, keys=table.sql)
            params = [scope.workspace_id, *table.params]
        else:
            sql = _OLDEST_OF_DECLARED.format(keys=table.sql)
            params = [scope.workspace_id, kind, *table.params]
        statements.append(Statement(sql, params, prepared=False))
    return Query(
        statements,
        lambda results: {
            Identifier(kind, key): value
            for kind, rows in zip(kinds, results, strict=True)
            for key, value in rows
            if value is not None
        },
    )


def write(links: Mapping[int, KeyedLink]) -> list[Statement]:
    """Give the ends of links other keys and values, by the links' ids."""
    rows = [
        (id, *(part for end in link.ends for part in (end.identifier.key, end.given)))
        for id, link in links.items()
    ]
    return dialect().with_rows(_WRITE, _WRITE_TYPES, rows)


def forget(scope: Scope, values: Iterable[tuple[Identifier, str]]) -> list[Statement]:
    """Let links and retired rows keep their identifiers, and forget these values of them."""
    rows = [(scope.workspace_id, str(each.kind), each.key, value) for each, value in sorted(values)]
    templates = [*(_FORGET.format(side=side) for side in ("left", "right")), _FORGET_RETIRED]
    return [
        *(
            statement
            for template in templates
            for statement in dialect().with_rows(template, _VALUE_TYPES, rows)
        ),
        Statement(_FORGET_TWICE, [scope.workspace_id]),
    ]


def _found_from(row: Row) -> FoundLink:
    id, *columns = row
    left, right = _end_from(*columns[:3]), _end_from(*columns[3:6])
    is_revoked, left_is_had, right_is_had = columns[6:]
    is_had = bool(left_is_had), bool(right_is_had)
    return FoundLink(KeyedLink(id, (left, right)), bool(is_revoked), is_had)


def _end_from(kind: str, key: str, value: str | None) -> KeyedEnd:
    return KeyedEnd(Identifier(kind_of(kind), key), value)
