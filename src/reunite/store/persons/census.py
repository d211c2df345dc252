"""How many persons there are and how large they are; as of one snapshot."""

from collections.abc import Iterator
from dataclasses import dataclass

from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.persons.suspicion import Counts
from reunite.core.repair.effects import Size
from reunite.core.scope import Scope
from reunite.store.database.dialects import Statement, dialect

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

_LARGEST = """
    SELECT coalesce(linked_id, id) AS person_id, count(*) AS contacts,
           count(DISTINCT email_key), count(DISTINCT phone_key)
    FROM contact WHERE workspace_id = %s AND deleted_at IS NULL
    GROUP BY person_id ORDER BY contacts DESC, person_id LIMIT %s OFFSET %s
"""
_MOST_CARRIED = " UNION ALL ".join(
    f"""
    SELECT '{kind}' AS kind, {kind}_key AS key, count(*) AS contacts,
           min(coalesce(linked_id, id)) AS person_id
    FROM contact WHERE workspace_id = %s AND {kind}_key IS NOT NULL AND deleted_at IS NULL
    GROUP BY {kind}_key HAVING count(*) > 1
    """
    for kind in Kind
)
_MOST_CARRIED += " ORDER BY contacts DESC, kind, key LIMIT %s OFFSET %s"


@dataclass(frozen=True, slots=True)
class LargePerson:
    """A person, and how large it is."""

    person_id: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class Carried:
    """An identifier that several contacts of a person carry."""

    identifier: Identifier
    contacts: int
    person_id: int


def largest(scope: Scope, *, limit: int, offset: int) -> list[LargePerson]:
    """Persons, the largest first, then by id. Reads every contact."""
    (rows,) = dialect().run([Statement(_LARGEST, [scope.workspace_id, limit, offset])])
    return [LargePerson(id, Counts(*counts)) for id, *counts in rows]


def most_carried(scope: Scope, *, limit: int, offset: int) -> list[Carried]:
    """Identifiers that several contacts carry, most first, then by value. Reads every contact."""
    params = [scope.workspace_id, scope.workspace_id, limit, offset]
    (rows,) = dialect().run([Statement(_MOST_CARRIED, params)])
    return [Carried(Identifier(Kind(kind), key), contacts, id) for kind, key, contacts, id in rows]


def count_persons(scope: Scope) -> int:
    """How many persons there are."""
    ((row,),) = dialect().run([Statement(_PERSONS, [scope.workspace_id])])
    return int(row[0])


def sizes(scope: Scope) -> Iterator[Size]:
    """Every person's size, the largest first."""
    for person_id, count in dialect().stream(Statement(_SIZES, [scope.workspace_id])):
        yield Size(person_id, count)


def persons_over(scope: Scope, limit: int, kind: Kind) -> Iterator[int]:
    """The ids of persons with more identifiers of a kind."""
    statement = Statement(_OVER_LIMIT.format(kind=kind), [scope.workspace_id, limit])
    for (person_id,) in dialect().stream(statement):
        yield person_id


def carried_by_more_than(scope: Scope, limit: int, kind: Kind) -> list[Identifier]:
    """The identifiers of a kind that more contacts carry."""
    (rows,) = dialect().run([Statement(_HUBS.format(kind=kind), [scope.workspace_id, limit])])
    return [Identifier(kind, key) for (key,) in rows]
