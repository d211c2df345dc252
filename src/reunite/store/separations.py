"""The separation table: which contacts must never be one person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from reunite.core.settle import Separation
from reunite.store.dialects import Statement, dialect
from reunite.store.prepared import Row
from reunite.store.transactions import Transaction

_OF = """
    SELECT s.id, s.left_id, s.right_id, s.reason, s.created_at, s.created_by
    FROM {contacts} CROSS JOIN separation s WHERE s.left_id = given.id
    UNION
    SELECT s.id, s.left_id, s.right_id, s.reason, s.created_at, s.created_by
    FROM {contacts} CROSS JOIN separation s WHERE s.right_id = given.id
    ORDER BY 1
"""

_INSERT = """
    INSERT INTO separation (workspace_id, left_id, right_id, reason, created_at)
    VALUES (%s, %s, %s, %s, %s) ON CONFLICT (left_id, right_id) DO NOTHING RETURNING id
"""
_DELETE = "DELETE FROM separation WHERE id = %s"
# Where the two are kept apart already, or are one, the row is left as it is and dropped.
_INHERIT = """
    UPDATE separation SET left_id = r.left_id, right_id = r.right_id
    FROM {rows} WHERE separation.id = r.separation_id AND NOT EXISTS (
        SELECT 1 FROM separation s WHERE s.left_id = r.left_id AND s.right_id = r.right_id)
"""
_DROP = "DELETE FROM separation WHERE left_id = %s OR right_id = %s"
_READ = "SELECT id, left_id, right_id FROM separation WHERE workspace_id = %s AND id = %s"

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


@dataclass(frozen=True, slots=True)
class KeptSeparation:
    """Everything that is kept of a separation."""

    separation: Separation
    reason: str
    created_at: datetime
    created_by: str | None


def select_of(contact_ids: Iterable[int]) -> Statement:
    """Read the separations that hold one of the contacts; ``kept_from`` reads the rows."""
    table = _given(contact_ids)
    return Statement(_OF.format(contacts=table.sql), [*table.params] * 2, prepared=False)


def kept_from(rows: Iterable[Row]) -> list[KeptSeparation]:
    """The separations from the rows of ``select_of``."""
    to_time = dialect().to_time
    return [
        KeptSeparation(Separation(*ends), reason, to_time(at), created_by)
        for *ends, reason, at, created_by in rows
    ]


def keep(
    transaction: Transaction,
    pairs: Iterable[tuple[int, int]],
    *,
    reason: str,
    workspace_id: int,
    at: datetime,
) -> list[int]:
    """Keep two contacts of each pair apart; the ids of the separations that are new."""
    statements = [Statement(_INSERT, [workspace_id, *sorted(pair), reason, at]) for pair in pairs]
    return [id for rows in transaction.run(*statements) for (id,) in rows]


def pass_on(contact_id: int, heir_id: int | None, held: Iterable[Separation]) -> list[Statement]:
    """Let another contact, or nobody, be kept apart in a contact's place; of those it ``held``."""
    rows = []
    for each in held:
        other_id = each.left_id + each.right_id - contact_id
        if heir_id is not None and contact_id in (each.left_id, each.right_id):
            rows.append((each.id, *sorted((other_id, heir_id))))
    columns = {"separation_id": "bigint", "left_id": "bigint", "right_id": "bigint"}
    rows = [row for row in rows if row[1] != row[2]]
    drop = Statement(_DROP, [contact_id, contact_id])
    return [*dialect().with_rows(_INHERIT, columns, rows), drop]


def delete(separation_ids: Iterable[int]) -> list[Statement]:
    """Keep apart no longer."""
    return [Statement(_DELETE, [each]) for each in separation_ids]


def select(separation_id: int, *, workspace_id: int) -> Statement:
    """Read one; the row is that of a Separation."""
    return Statement(_READ, [workspace_id, separation_id])


def select_listed(
    *, after: int, limit: int, contact_ids: Iterable[int] | None = None, workspace_id: int
) -> Statement:
    """Read separations by id, from the one after ``after`` on; those of some contacts, or all."""
    if contact_ids is None:
        return Statement(_LIST.format(of=""), [workspace_id, after, limit])
    table = _given(contact_ids)
    sql = _LIST.format(of=_AMONG.format(contacts=table.sql))
    among = [*table.params] * 2
    return Statement(sql, [workspace_id, after, *among, limit], prepared=False)


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
    rows = [[each] for each in sorted(contact_ids)]
    return dialect().table("given", {"id": "bigint"}, rows)
