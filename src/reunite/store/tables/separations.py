"""The separation table: which contacts must never be one person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from reunite.core.repair.regroup import Separation
from reunite.core.repair.undo import KeptSeparation
from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Query, query

_OF = """
    SELECT s.id, s.left_id, s.right_id, s.reason, s.created_at, s.created_by
    FROM {contacts} CROSS JOIN separation s WHERE s.left_id = given.id
    UNION
    SELECT s.id, s.left_id, s.right_id, s.reason, s.created_at, s.created_by
    FROM {contacts} CROSS JOIN separation s WHERE s.right_id = given.id
    ORDER BY 1
"""

_INSERT = """
    INSERT INTO separation (workspace_id, left_id, right_id, reason, created_at, created_by)
    VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (left_id, right_id) DO NOTHING RETURNING id
"""
_PUT_BACK = """
    INSERT INTO separation (id, workspace_id, left_id, right_id, reason, created_at, created_by)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
_DELETE = "DELETE FROM separation WHERE id = %s"
_READ = """
    SELECT id, left_id, right_id, reason, created_at, created_by
    FROM separation WHERE workspace_id = %s AND id = %s
"""

_LIST = """
    SELECT s.id, s.left_id, s.right_id, s.reason, s.created_at, s.created_by,
           (SELECT coalesce(linked_id, id) FROM contact WHERE id = s.left_id),
           (SELECT coalesce(linked_id, id) FROM contact WHERE id = s.right_id)
    FROM separation s WHERE s.workspace_id = %s AND s.id > %s {of} ORDER BY s.id LIMIT %s
"""
_AMONG = """
    AND s.id IN (SELECT d.id FROM {contacts} CROSS JOIN separation d WHERE d.left_id = given.id
                 UNION
                 SELECT d.id FROM {contacts} CROSS JOIN separation d WHERE d.right_id = given.id)
"""


@dataclass(frozen=True, slots=True)
class ListedSeparation:
    """A separation as operators see it, and the persons that its contacts belong to now."""

    id: int
    contact_ids: tuple[int, int]
    person_ids: tuple[int, int]
    reason: str
    created_at: datetime
    created_by: str | None


def of(contact_ids: Iterable[int]) -> Query[list[KeptSeparation]]:
    """The separations that hold one of the contacts."""
    table = dialect().ids("given", contact_ids)
    statement = Statement(_OF.format(contacts=table.sql), [*table.params] * 2, prepared=False)
    return query(statement, _kept_from)


def read(scope: Scope, separation_id: int) -> Query[KeptSeparation | None]:
    """The separation with that id, if there is one."""
    return query(
        Statement(_READ, [scope.workspace_id, separation_id]),
        lambda rows: next(iter(_kept_from(rows)), None),
    )


def keep(
    scope: Scope, pairs: Iterable[tuple[int, int]], *, reason: str, at: datetime
) -> Query[list[KeptSeparation]]:
    """Keep two contacts of each pair apart; the separations that are new."""
    pairs = [(min(pair), max(pair)) for pair in pairs]
    told = [reason, at, scope.who]
    return Query(
        [Statement(_INSERT, [scope.workspace_id, *pair, *told]) for pair in pairs],
        lambda results: [
            KeptSeparation(Separation(id, *pair), reason, at, scope.who)
            for pair, rows in zip(pairs, results, strict=True)
            for (id,) in rows
        ],
    )


def replaced(
    scope: Scope, before: Iterable[KeptSeparation], after: Iterable[KeptSeparation]
) -> list[Statement]:
    """Let there be other separations than before, with the ids that they say."""
    return [
        *(Statement(_DELETE, [each.separation.id]) for each in before),
        *(
            Statement(
                _PUT_BACK,
                [
                    *(each.separation.id, scope.workspace_id, *each.pair),
                    *(each.reason, each.created_at, each.created_by),
                ],
            )
            for each in after
        ),
    ]


def listed(
    scope: Scope, *, after: int, limit: int, contact_ids: Iterable[int] | None = None
) -> Query[list[ListedSeparation]]:
    """Separations by id, from the one after ``after`` on; those of some contacts, or all."""
    first, among, last, of = [scope.workspace_id, after], [], [limit], ""
    if contact_ids is not None:
        table = dialect().ids("given", contact_ids)
        of, among = _AMONG.format(contacts=table.sql), [*table.params] * 2
    to_time = dialect().to_time
    return query(
        Statement(_LIST.format(of=of), [*first, *among, *last], prepared=not of),
        lambda rows: [
            ListedSeparation(id, (left, right), (one, other), reason, to_time(at), created_by)
            for id, left, right, reason, at, created_by, one, other in rows
        ],
    )


def _kept_from(rows: Iterable[Row]) -> list[KeptSeparation]:
    to_time = dialect().to_time
    return [
        KeptSeparation(Separation(*ends), reason, to_time(at), created_by)
        for *ends, reason, at, created_by in rows
    ]
