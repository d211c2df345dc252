"""Which contacts hold a value, whether it counts in them or not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reunite.core.identifiers.kinds import KINDS, Identifier, Kind, Value
from reunite.core.scope import Scope
from reunite.store.database.dialects import Statement, dialect
from reunite.store.database.queries import Query, Reader, query
from reunite.store.tables.columns import COLUMNS, of, values_from
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
_OF_DECLARED = """
    FROM identifier i JOIN contact c ON c.id = i.contact_id
    WHERE i.workspace_id = %s AND i.kind = %s AND i.key = %s AND c.deleted_at IS NULL
"""
_COUNTING_DECLARED = f"""
    SELECT c.id, coalesce(c.linked_id, c.id) {_OF_DECLARED} AND i.counts = TRUE
    ORDER BY c.created_at, c.id LIMIT %s
"""
_NOT_COUNTING_DECLARED = f"""
    SELECT c.id, coalesce(c.linked_id, c.id), i.value,
           EXISTS (SELECT 1 FROM withheld w
                   WHERE w.contact_id = c.id AND w.kind = i.kind AND w.value = i.value),
           {of("c", COLUMNS)}
    {_OF_DECLARED} AND i.counts = FALSE
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
    kind, key = identifier
    if isinstance(kind, Kind):
        statement = Statement(_COUNTING.format(kind=kind), [scope.workspace_id, key, limit])
    else:
        statement = Statement(_COUNTING_DECLARED, [scope.workspace_id, kind, key, limit])
    return query(statement, lambda rows: [Carrier(*row) for row in rows])


def not_counting(scope: Scope, reader: Reader, identifier: Identifier) -> Iterator[Carrier]:
    """Contacts with a value that does not count in them, oldest first; streamed.

    Of a built-in kind these are all such contacts, for their values have no key; of a declared kind
    those whose value is the identifier.
    """
    statement = _select_not_counting(scope, identifier)
    for id, person_id, given, is_withheld, *_ in reader.stream(statement):
        yield Carrier(id, person_id, given, bool(is_withheld))


def unused(scope: Scope, identifier: Identifier) -> Query[dict[int, Unused]]:
    """The contacts of ``not_counting`` in which the value is not withheld, by id."""
    return query(
        _select_not_counting(scope, identifier),
        lambda rows: {
            id: Unused(given, values_from(values))
            for id, _, given, is_withheld, *values in rows
            if not is_withheld
        },
    )


def one_of_each(identifiers: Iterable[Identifier]) -> list[Identifier]:
    """Those to ask ``unused`` about: of a built-in kind any one finds all that does not count."""
    asked = {
        each.kind if isinstance(each.kind, Kind) else each: each for each in sorted(identifiers)
    }
    return list(asked.values())


def _select_not_counting(scope: Scope, identifier: Identifier) -> Statement:
    kind, key = identifier
    if not isinstance(kind, Kind):
        return Statement(_NOT_COUNTING_DECLARED, [scope.workspace_id, kind, key])
    is_withheld = IS_WITHHELD.format(contact="c", kind=kind)
    sql = _NOT_COUNTING.format(
        kind=kind,
        column=KINDS[kind].column,
        is_withheld=is_withheld,
        values=of("c", COLUMNS),
    )
    return Statement(sql, [scope.workspace_id])


def by_age(person_ids: Iterable[int]) -> Query[list[int]]:
    """The ids of persons, the oldest person first."""
    table = dialect().ids("given", person_ids)
    statement = Statement(_PERSON_IDS.format(persons=table.sql), table.params, prepared=False)
    return query(statement, lambda rows: [id for (id,) in rows])
