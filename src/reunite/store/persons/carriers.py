"""Which contacts hold a value, whether it counts in them or not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reunite.core.identifiers.kinds import KINDS, Identifier, Kind, Value
from reunite.core.scope import Scope
from reunite.store.database.dialects import Statement, dialect
from reunite.store.database.queries import Query, Reader, query
from reunite.store.tables.columns import GIVEN, KEYS, of, values_from
from reunite.store.tables.retired import IS_WITHHELD

_COUNTING = """
    SELECT id, coalesce(linked_id, id) FROM contact
    WHERE workspace_id = %s AND {kind}_key = %s AND deleted_at IS NULL
    ORDER BY created_at, id LIMIT %s
"""
# Each is read by an index that holds such contacts alone.
_NOT_COUNTING = """
    SELECT c.id, coalesce(c.linked_id, c.id), c.{column}, {is_withheld}, {values}
    FROM contact c
    WHERE c.workspace_id = %s AND c.{column} IS NOT NULL AND c.{kind}_key IS NULL
      AND c.deleted_at IS NULL
    ORDER BY c.created_at, c.id
"""
_PERSON_IDS = """
    SELECT c.id FROM {persons} CROSS JOIN contact c
    WHERE c.id = given.id ORDER BY c.created_at, c.id
"""


@dataclass(frozen=True, slots=True)
class Carrier:
    """A contact that holds a value, as given, and its person; the value may not count in it."""

    contact_id: int
    person_id: int
    given: str | None = None
    is_withheld: bool = False


@dataclass(frozen=True, slots=True)
class Unused:
    """A value of a contact that does not count, as given, and all values of the contact."""

    given: str
    values: tuple[Value, ...]


def counting(scope: Scope, identifier: Identifier, *, limit: int) -> Query[list[Carrier]]:
    """The oldest contacts in which an identifier counts."""
    sql = _COUNTING.format(kind=identifier.kind)
    statement = Statement(sql, [scope.workspace_id, identifier.key, limit])
    return query(statement, lambda rows: [Carrier(*row) for row in rows])


def not_counting(scope: Scope, reader: Reader, kind: Kind) -> Iterator[Carrier]:
    """All contacts with a value of a kind that does not count in them, oldest first; streamed."""
    statement = _select_not_counting(scope, kind)
    for id, person_id, given, is_withheld, *_ in reader.stream(statement):
        yield Carrier(id, person_id, given, bool(is_withheld))


def unused(scope: Scope, kind: Kind) -> Query[dict[int, Unused]]:
    """Contacts with a value that does not count though nobody withheld it, by id, oldest first."""
    return query(
        _select_not_counting(scope, kind),
        lambda rows: {
            id: Unused(given, values_from(values))
            for id, _, given, is_withheld, *values in rows
            if not is_withheld
        },
    )


def _select_not_counting(scope: Scope, kind: Kind) -> Statement:
    is_withheld = IS_WITHHELD.format(contact="c", kind=kind)
    sql = _NOT_COUNTING.format(
        kind=kind,
        column=KINDS[kind].column,
        is_withheld=is_withheld,
        values=of("c", (*GIVEN, *KEYS)),
    )
    return Statement(sql, [scope.workspace_id])


def by_age(person_ids: Iterable[int]) -> Query[list[int]]:
    """The ids of persons, the oldest person first."""
    table = dialect().ids("given", person_ids)
    statement = Statement(_PERSON_IDS.format(persons=table.sql), table.params, prepared=False)
    return query(statement, lambda rows: [id for (id,) in rows])
