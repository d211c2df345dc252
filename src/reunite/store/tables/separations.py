"""The separation table: which contacts must never be one person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from reunite.core.repair.settle import Separation
from reunite.core.repair.undo import KeptSeparation
from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.transactions import Transaction

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
    SELECT s.id, s.left_id, s.right_id, s.reason, s.created_at,
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


def select_of(contact_ids: Iterable[int]) -> Statement:
    """Read the separations that hold one of the contacts; ``kept_from`` reads the rows."""
    table = _given(contact_ids)
    return Statement(_OF.format(contacts=table.sql), [*table.params] * 2, prepared=False)


def kept_from(rows: Iterable[Row]) -> list[KeptSeparation]:
    """The separations from the rows of ``select`` and ``select_of``."""
    to_time = dialect().to_time
    return [
        KeptSeparation(Separation(*ends), reason, to_time(at), created_by)
        for *ends, reason, at, created_by in rows
    ]


def keep(
    scope: Scope,
    transaction: Transaction,
    pairs: Iterable[tuple[int, int]],
    *,
    reason: str,
    at: datetime,
) -> list[KeptSeparation]:
    """Keep two contacts of each pair apart; the separations that are new."""
    pairs = [(min(pair), max(pair)) for pair in pairs]
    told = [reason, at, scope.who]
    statements = [Statement(_INSERT, [scope.workspace_id, *pair, *told]) for pair in pairs]
    found = transaction.run(*statements)
    return [
        KeptSeparation(Separation(id, *pair), reason, at, scope.who)
        for pair, rows in zip(pairs, found, strict=True)
        for (id,) in rows
    ]


def passed_on(
    contact_id: int,
    heir_id: int | None,
    held: Iterable[KeptSeparation],
    others: Iterable[Separation],
) -> list[KeptSeparation]:
    """What a contact's separations become when its heir, or nobody, is kept apart in its place.

    Where the two are kept apart already, as ``others`` tell, or are one, nothing is left of it.
    """
    if heir_id is None:
        return []
    taken = {(each.left_id, each.right_id) for each in others}
    kept = []
    for each in held:
        other_id = sum(each.pair) - contact_id
        pair = min(other_id, heir_id), max(other_id, heir_id)
        if other_id != heir_id and pair not in taken:
            kept.append(replace(each, separation=Separation(each.separation.id, *pair)))
    return kept


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


def select(scope: Scope, separation_id: int) -> Statement:
    """Read one; ``kept_from`` reads the row."""
    return Statement(_READ, [scope.workspace_id, separation_id])


def select_listed(
    scope: Scope, *, after: int, limit: int, contact_ids: Iterable[int] | None = None
) -> Statement:
    """Read separations by id, from the one after ``after`` on; those of some contacts, or all."""
    if contact_ids is None:
        return Statement(_LIST.format(of=""), [scope.workspace_id, after, limit])
    table = _given(contact_ids)
    sql = _LIST.format(of=_AMONG.format(contacts=table.sql))
    among = [*table.params] * 2
    return Statement(sql, [scope.workspace_id, after, *among, limit], prepared=False)


def listed(statement: Statement) -> Sequence[ListedSeparation]:
    """The separations that a statement of ``select_listed`` reads."""
    current = dialect()
    (rows,) = current.run([statement])
    return [
        ListedSeparation(
            id, (left_id, right_id), (left_person, right_person), reason, current.to_time(at)
        )
        for id, left_id, right_id, reason, at, left_person, right_person in rows
    ]


def _given(contact_ids: Iterable[int]) -> Statement:
    return dialect().ids("given", contact_ids)
