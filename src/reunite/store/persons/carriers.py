"""Which contacts hold a value, whether it counts in them or not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.store.database.dialects import Statement, dialect

_COUNTING = """
    SELECT id, coalesce(linked_id, id) FROM contact
    WHERE workspace_id = %s AND {kind}_key = %s AND deleted_at IS NULL
    ORDER BY created_at, id LIMIT %s
"""
# Each is read by an index that holds such contacts alone.
_NOT_COUNTING = """
    SELECT id, coalesce(linked_id, id), {column},
           EXISTS (SELECT 1 FROM withheld WHERE contact_id = contact.id AND kind = '{kind}')
    FROM contact
    WHERE workspace_id = %s AND {column} IS NOT NULL AND {kind}_key IS NULL AND deleted_at IS NULL
    ORDER BY created_at, id
"""
_PERSON_IDS = """
    SELECT c.id FROM {persons} CROSS JOIN contact c
    WHERE c.id = given.id ORDER BY c.created_at, c.id
"""
_COLUMNS = {Kind.EMAIL: "email", Kind.PHONE: "phone_number"}


@dataclass(frozen=True, slots=True)
class Carrier:
    """A contact that holds a value, as given, and its person; the value may not count in it."""

    contact_id: int
    person_id: int
    given: str | None = None
    is_withheld: bool = False


def counting(identifier: Identifier, *, limit: int, workspace_id: int) -> list[Carrier]:
    """The oldest contacts in which an identifier counts."""
    sql = _COUNTING.format(kind=identifier.kind)
    (rows,) = dialect().run([Statement(sql, [workspace_id, identifier.key, limit])])
    return [Carrier(*row) for row in rows]


def not_counting(kind: Kind, *, workspace_id: int) -> Iterator[Carrier]:
    """All contacts with a value of a kind that does not count in them, oldest first."""
    sql = _NOT_COUNTING.format(kind=kind, column=_COLUMNS[kind])
    for id, person_id, given, is_withheld in dialect().stream(Statement(sql, [workspace_id])):
        yield Carrier(id, person_id, given, bool(is_withheld))


def by_age(person_ids: Iterable[int]) -> list[int]:
    """The ids of persons, the oldest person first."""
    table = dialect().table("given", {"id": "bigint"}, [[each] for each in sorted(person_ids)])
    sql = _PERSON_IDS.format(persons=table.sql)
    (rows,) = dialect().run([Statement(sql, table.params, prepared=False)])
    return [id for (id,) in rows]
