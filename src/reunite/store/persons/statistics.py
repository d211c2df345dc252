"""All figures about a workspace: persons by size, identifiers by contacts, what guards did."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from reunite.core.identifiers.kinds import Identifier, Kind, kind_of
from reunite.core.persons.suspicion import Counts
from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Query, Reader, query
from reunite.store.persons import suspicious
from reunite.store.tables.columns import KEYS
from reunite.store.tables.retired import IS_FIRST

_LISTED = 5
_SUSPICIOUS_LISTED = 20

_COUNT = """
    SELECT count(*) FROM contact
    WHERE workspace_id = %s AND linked_id IS NULL AND deleted_at IS NULL
"""
_PERSONS = f"""
    SELECT coalesce(linked_id, id) AS person_id, count(*) AS contacts,
           {", ".join(f"count(DISTINCT {key})" for key in KEYS)}
    FROM contact WHERE workspace_id = %s AND deleted_at IS NULL GROUP BY person_id
"""
_LARGEST_FIRST = f"{_PERSONS} ORDER BY contacts DESC, person_id"
_PAGE = "LIMIT %s OFFSET %s"
_CARRIED = """
    SELECT '{kind}' AS kind, {kind}_key AS key, count(*) AS contacts,
           min(coalesce(linked_id, id)) AS person_id
    FROM contact WHERE workspace_id = %s AND {kind}_key IS NOT NULL AND deleted_at IS NULL
    GROUP BY {kind}_key HAVING count(*) > %s
"""
_DECLARED = """
    FROM identifier i JOIN contact c ON c.id = i.contact_id
    WHERE i.workspace_id = %s AND i.counts = TRUE AND c.deleted_at IS NULL
"""
_CARRIED_DECLARED = f"""
    SELECT i.kind, i.key, count(*) AS contacts, min(coalesce(c.linked_id, c.id)) AS person_id
    {_DECLARED} {{of}} GROUP BY i.kind, i.key HAVING count(*) > %s
"""
_OVER_DECLARED = f"""
    SELECT coalesce(c.linked_id, c.id) AS person_id {_DECLARED} AND i.kind = %s
    GROUP BY coalesce(c.linked_id, c.id) HAVING count(DISTINCT i.key) > %s
"""
_MOST_CARRIED = f"""
    {" UNION ALL ".join(_CARRIED.format(kind=kind) for kind in Kind)}
    UNION ALL {_CARRIED_DECLARED.format(of="")}
    ORDER BY contacts DESC, kind, key {_PAGE}
"""

_MONTHS = """
    SELECT {month} AS month, count(*), sum(CASE WHEN linked_id IS NULL THEN 1 ELSE 0 END)
    FROM contact WHERE workspace_id = %s AND deleted_at IS NULL GROUP BY 1 ORDER BY 1
"""
_LINKS = "SELECT state, count(*) FROM link WHERE workspace_id = %s GROUP BY state"
_HOLDS = """
    SELECT held_for, count(*) FROM link
    WHERE workspace_id = %s AND held_for IS NOT NULL GROUP BY held_for
"""
_RETIRED = f"""
    SELECT r.origin, count(*) FROM retired r
    WHERE r.workspace_id = %s AND {IS_FIRST} GROUP BY r.origin
"""
_SEPARATIONS = "SELECT count(*) FROM separation WHERE workspace_id = %s"


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


class Month(NamedTuple):
    """A month as ``2026-11``, the contacts that are of it, and how many of them began a person."""

    name: str
    contacts: int
    persons: int


@dataclass(frozen=True, slots=True)
class PersonStatistics:
    """How persons are made up: how many of each size; and what is over the limits.

    ``largest`` are ids and sizes of the largest persons; ``suspicious`` the ids of suspicious
    ones, at most twenty, and ``suspicious_count`` how many there are;
    ``hubs`` how many identifiers more contacts carry than the limits allow.
    """

    sizes: dict[int, int]
    largest: tuple[tuple[int, int], ...]
    suspicious_count: int
    suspicious: tuple[int, ...]
    hubs: dict[str, int]


@dataclass(frozen=True, slots=True)
class GuardStatistics:
    """Links by state, merges that were ever stopped by reason, what is retired by origin.

    ``suspicious`` is how many persons ever became suspicious.
    """

    links: dict[str, int]
    stopped: dict[str, int]
    retired: dict[str, int]
    separations: int
    suspicious: int


def count_persons(scope: Scope) -> Query[int]:
    """How many persons there are."""
    return query(Statement(_COUNT, [scope.workspace_id]), lambda rows: int(rows[0][0]))


def persons_by_size(scope: Scope, reader: Reader) -> Iterator[LargePerson]:
    """All persons, the largest first, then by id; streamed. Reads every contact."""
    return map(_person_from, reader.stream(Statement(_LARGEST_FIRST, [scope.workspace_id])))


def largest(scope: Scope, *, limit: int, offset: int) -> Query[list[LargePerson]]:
    """A page of ``persons_by_size``. Reads every contact."""
    statement = Statement(f"{_LARGEST_FIRST} {_PAGE}", [scope.workspace_id, limit, offset])
    return query(statement, lambda rows: list(map(_person_from, rows)))


def persons_over(scope: Scope, reader: Reader, limit: int, kind: str) -> Iterator[int]:
    """The ids of persons with more identifiers of a kind; streamed."""
    statement = Statement(_OVER_DECLARED, [scope.workspace_id, kind, limit])
    if isinstance(kind, Kind):
        sql = f"{_PERSONS} HAVING count(DISTINCT {kind}_key) > %s"
        statement = Statement(sql, [scope.workspace_id, limit])
    for person_id, *_ in reader.stream(statement):
        yield person_id


def most_carried(scope: Scope, *, limit: int, offset: int) -> Query[list[Carried]]:
    """Identifiers that several contacts carry, most first, then by value. Reads every contact."""
    params = [*[scope.workspace_id, 1] * (len(Kind) + 1), limit, offset]
    return query(
        Statement(_MOST_CARRIED, params),
        lambda rows: [
            Carried(Identifier(kind_of(kind), key), contacts, id)
            for kind, key, contacts, id in rows
        ],
    )


def carried_by_more_than(
    scope: Scope, reader: Reader, limit: int, kind: str
) -> Iterator[Identifier]:
    """The identifiers of a kind that more contacts carry; streamed."""
    if isinstance(kind, Kind):
        statement = Statement(_CARRIED.format(kind=kind), [scope.workspace_id, limit])
    else:
        sql = _CARRIED_DECLARED.format(of="AND i.kind = %s")
        statement = Statement(sql, [scope.workspace_id, kind, limit])
    for _, key, *_ in reader.stream(statement):
        yield Identifier(kind, key)


def person_statistics(scope: Scope, reader: Reader, limits: Mapping[Kind, int]) -> PersonStatistics:
    """Statistics of all persons; streamed. Reads every contact once for each figure.

    ``limits`` are how many contacts may carry an identifier of each kind.
    """
    sizes: Counter[int] = Counter()
    largest: list[tuple[int, int]] = []
    over: list[int] = []
    count = 0
    for found in map(_person_from, reader.stream(Statement(_PERSONS, [scope.workspace_id]))):
        size = found.counts.contacts
        sizes[size] += 1
        if len(largest) < _LISTED or size > largest[-1][1]:
            # Of equal size the first stay, for sorting is stable.
            largest = sorted([*largest, (found.person_id, size)], key=lambda each: -each[1])
            largest = largest[:_LISTED]
        if found.counts.is_suspicious:
            count += 1
            over = [*over, found.person_id][:_SUSPICIOUS_LISTED]
    hubs = {
        kind.value: sum(1 for _ in carried_by_more_than(scope, reader, limit, kind))
        for kind, limit in limits.items()
    }
    return PersonStatistics(dict(sorted(sizes.items())), tuple(largest), count, tuple(over), hubs)


def by_month(scope: Scope) -> Query[list[Month]]:
    """The contacts and persons of each month that has some, oldest first. Reads every contact."""
    statement = Statement(dialect().sql(_MONTHS), [scope.workspace_id], prepared=False)
    return query(statement, lambda rows: [Month(*row) for row in rows])


def guard_statistics(scope: Scope) -> Query[GuardStatistics]:
    """Count what guards did; the contacts are not read."""
    statements = [
        Statement(sql, [scope.workspace_id]) for sql in (_LINKS, _HOLDS, _RETIRED, _SEPARATIONS)
    ]

    def counted(results: Sequence[list[Row]]) -> GuardStatistics:
        links, holds, retired, ((separations,),), ((became_suspicious,),) = results
        return GuardStatistics(
            dict(links), dict(holds), dict(retired), separations, became_suspicious
        )

    return Query([*statements, suspicious.select_count(scope)], counted)


def _person_from(row: Row) -> LargePerson:
    person_id, *counts = row
    return LargePerson(person_id, Counts.of_row(*counts))
