"""How many persons there are and how large they are; as of one snapshot."""

from collections.abc import Iterator

from reunite.core.effects import Size
from reunite.core.identifiers import Identifier, Kind
from reunite.store.dialects import Statement, dialect

_PERSONS = """
    SELECT count(*) FROM contact WHERE workspace_id = %s AND linked_id IS NULL
                                   AND deleted_at IS NULL
"""
_SIZES = """
    SELECT coalesce(linked_id, id) AS person_id, count(*) FROM contact
    WHERE workspace_id = %s AND deleted_at IS NULL
    GROUP BY person_id ORDER BY count(*) DESC, person_id
"""
_OVER_LIMIT = """
    SELECT coalesce(linked_id, id) AS person_id FROM contact
    WHERE workspace_id = %s AND {kind}_key IS NOT NULL AND deleted_at IS NULL
    GROUP BY person_id HAVING count(DISTINCT {kind}_key) > %s
"""
_HUBS = """
    SELECT {kind}_key FROM contact
    WHERE workspace_id = %s AND {kind}_key IS NOT NULL AND deleted_at IS NULL
    GROUP BY {kind}_key HAVING count(*) > %s
"""


def count_persons(*, workspace_id: int) -> int:
    """How many persons there are."""
    ((row,),) = dialect().run([Statement(_PERSONS, [workspace_id])])
    return int(row[0])


def sizes(*, workspace_id: int) -> Iterator[Size]:
    """Every person's size, the largest first."""
    for person_id, count in dialect().stream(Statement(_SIZES, [workspace_id])):
        yield Size(person_id, count)


def persons_over(limit: int, kind: Kind, *, workspace_id: int) -> Iterator[int]:
    """The ids of persons with more identifiers of a kind."""
    statement = Statement(_OVER_LIMIT.format(kind=kind), [workspace_id, limit])
    for (person_id,) in dialect().stream(statement):
        yield person_id


def carried_by_more_than(limit: int, kind: Kind, *, workspace_id: int) -> list[Identifier]:
    """The identifiers of a kind that more contacts carry."""
    (rows,) = dialect().run([Statement(_HUBS.format(kind=kind), [workspace_id, limit])])
    return [Identifier(kind, key) for (key,) in rows]
