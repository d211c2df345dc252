"""The link table: evidence that has no contact row of its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from reunite import models
from reunite.core.evidence import LiveLink
from reunite.core.identifiers import Identifier, Kind
from reunite.store.dialects import Statement, dialect
from reunite.store.events import Told
from reunite.store.prepared import Row
from reunite.store.transactions import Transaction

_INSERT = """
    INSERT INTO link (workspace_id, left_kind, left_key, right_kind, right_key, origin, state,
                      reason, request_id, created_at)
    VALUES (%s, %s, %s, %s, %s, %s, 'live', %s, %s, %s)
"""

_OWNER = """(
    SELECT coalesce(linked_id, id) FROM contact
    WHERE workspace_id = link.workspace_id AND {kind}_key = link.{side}_key
      AND link.{side}_kind = '{kind}' AND deleted_at IS NULL LIMIT 1)"""
STATES = tuple(models.Link.State.values)
OWNERS = {
    side: f"coalesce({', '.join(_OWNER.format(side=side, kind=kind) for kind in Kind)})"
    for side in ("left", "right")
}
"""SQL for the id of the person at each end of a row of ``link``, null if nobody is there."""

_READ = f"""
    SELECT id, state, {OWNERS["left"]}, {OWNERS["right"]} FROM link
    WHERE workspace_id = %s AND id = %s
"""
_REVOKE = "UPDATE link SET state = 'revoked', reason = %s, decided_at = %s WHERE id = %s"

# A live link joins identifiers of one person, so its left end finds it.
_LIVE = """
    SELECT l.id, l.left_kind, l.left_key, l.right_kind, l.right_key, l.origin, l.request_id,
           l.created_at
    FROM {identifiers} CROSS JOIN link l
    WHERE l.workspace_id = %s AND l.left_kind = i.kind AND l.left_key = i.key AND l.state = 'live'
    ORDER BY l.id
"""

_LIST = f"""
    SELECT id, origin, state, reason, request_id, created_at, decided_at,
           {OWNERS["left"]}, {OWNERS["right"]}
    FROM link WHERE workspace_id = %s AND id > %s AND state = %s ORDER BY id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Link:
    """A link and the persons at its ends (none where no live contact carries the identifier)."""

    id: int
    is_live: bool
    person_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class ListedLink:
    """A link as operators see it; without the identifiers, which the persons show."""

    id: int
    origin: str
    state: str
    reason: str
    request_id: str | None
    created_at: datetime
    decided_at: datetime | None
    person_ids: tuple[int | None, int | None]


def insert(
    left: Identifier,
    right: Identifier,
    *,
    told: Told,
    at: datetime,
    origin: str = "request",
    reason: str = "",
) -> Statement:
    """Remember that a request, or an operator, joined two identifiers."""
    ends = [left.kind.value, left.key, right.kind.value, right.key]
    return Statement(_INSERT, [told.workspace_id, *ends, origin, reason, told.request_id, at])


def revoke(link_id: int, *, reason: str, at: datetime) -> Statement:
    """Let a link no longer count."""
    return Statement(_REVOKE, [reason, at, link_id])


def select_live(identifiers: Iterable[Identifier], *, workspace_id: int) -> Statement:
    """Read the live links of those who have the identifiers; ``live_from`` reads the rows."""
    rows = [(each.kind.value, each.key) for each in sorted(identifiers)]
    table = dialect().table("i", {"kind": "text", "key": "text"}, rows)
    sql = _LIVE.format(identifiers=table.sql)
    return Statement(sql, [*table.params, workspace_id], prepared=False)


def live_from(rows: Iterable[Row]) -> list[LiveLink]:
    """The links from the rows of ``select_live``."""
    to_time = dialect().to_time
    return [
        LiveLink(id, *ends_from(ends), origin, request_id, to_time(at))
        for id, *ends, origin, request_id, at in rows
    ]


def ends_from(row: Sequence[str]) -> tuple[Identifier, Identifier]:
    """Both ends from the columns ``left_kind``, ``left_key``, ``right_kind``, ``right_key``."""
    left_kind, left_key, right_kind, right_key = row
    return Identifier(Kind(left_kind), left_key), Identifier(Kind(right_kind), right_key)


def read(transaction: Transaction, link_id: int, *, workspace_id: int) -> Link | None:
    """The link of that id, if there is one."""
    (rows,) = transaction.run(Statement(_READ, [workspace_id, link_id]))
    if not rows:
        return None
    id, state, *owners = rows[0]
    return Link(id, state == "live", frozenset(owner for owner in owners if owner is not None))


def listed(*, state: str, after: int, limit: int, workspace_id: int) -> Sequence[ListedLink]:
    """Links in a state, by id, from the one after ``after`` on."""
    current = dialect()
    (rows,) = current.run([Statement(_LIST, [workspace_id, after, state, limit])])
    return [
        ListedLink(
            id,
            origin,
            state,
            reason,
            request_id,
            current.to_time(created_at),
            None if decided_at is None else current.to_time(decided_at),
            (left_id, right_id),
        )
        for id, origin, state, reason, request_id, created_at, decided_at, left_id, right_id in rows
    ]
