"""The link table: evidence that has no contact row of its own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from reunite.core.evidence import LiveLink
from reunite.core.identifiers import Identifier, Kind
from reunite.core.settle import KnownLink, LinkState
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
STATES = tuple(each.value for each in LinkState)
OWNERS = {
    side: f"coalesce({', '.join(_OWNER.format(side=side, kind=kind) for kind in Kind)})"
    for side in ("left", "right")
}
"""SQL for the id of the person at each end of a row of ``link``, null if nobody is there."""

_READ = f"""
    SELECT state, left_kind, left_key, right_kind, right_key, {OWNERS["left"]}, {OWNERS["right"]}
    FROM link WHERE workspace_id = %s AND id = %s
"""
_CHANGE = """
    UPDATE link SET state = r.state, reason = coalesce(r.reason, link.reason),
                    decided_at = coalesce(r.decided_at, link.decided_at)
    FROM {rows} WHERE link.id = r.link_id
"""
_RENAME = """
    UPDATE link SET left_key = r.left_key, right_key = r.right_key
    FROM {rows} WHERE link.id = r.link_id
"""

# A live link joins identifiers of one person, so its left end finds it.
_LIVE = """
    SELECT l.id, l.left_kind, l.left_key, l.right_kind, l.right_key, l.origin, l.request_id,
           l.created_at
    FROM {identifiers} CROSS JOIN link l
    WHERE l.workspace_id = %s AND l.left_kind = i.kind AND l.left_key = i.key AND l.state = 'live'
    ORDER BY l.id
"""

# Of any state. Each branch uses an index of its own.
_WITH_ENDS = """
    SELECT l.id, l.left_kind, l.left_key, l.right_kind, l.right_key, l.origin, l.request_id,
           l.created_at, l.state, l.held_for, l.reason, l.decided_at, l.decided_by
    FROM {identifiers} CROSS JOIN link l
    WHERE l.workspace_id = %s AND l.left_kind = i.kind AND l.left_key = i.key
    UNION
    SELECT l.id, l.left_kind, l.left_key, l.right_kind, l.right_key, l.origin, l.request_id,
           l.created_at, l.state, l.held_for, l.reason, l.decided_at, l.decided_by
    FROM {identifiers} CROSS JOIN link l
    WHERE l.workspace_id = %s AND l.right_kind = i.kind AND l.right_key = i.key
    ORDER BY 1
"""

_LIST = f"""
    SELECT id, origin, state, held_for, reason, request_id, created_at, decided_at,
           {OWNERS["left"]}, {OWNERS["right"]}
    FROM link WHERE workspace_id = %s AND id > %s AND state = %s {{of}} ORDER BY id LIMIT %s
"""
# An end that counts for nobody now is of the person whose contacts have the identifier.
_OF_PERSON = f"""
    AND id IN (
        SELECT link.id FROM {{identifiers}} CROSS JOIN link
        WHERE link.workspace_id = %s AND link.left_kind = i.kind AND link.left_key = i.key
          AND coalesce({OWNERS["left"]}, %s) = %s
        UNION
        SELECT link.id FROM {{identifiers}} CROSS JOIN link
        WHERE link.workspace_id = %s AND link.right_kind = i.kind AND link.right_key = i.key
          AND coalesce({OWNERS["right"]}, %s) = %s)
"""


@dataclass(frozen=True, slots=True)
class Link:
    """A link and the person at each end, None where no live contact carries the identifier."""

    id: int
    state: LinkState
    left: Identifier
    right: Identifier
    person_ids: tuple[int | None, int | None]

    @property
    def persons(self) -> list[int]:
        """The ids of those who are at its ends: nobody, one person or two."""
        return sorted({each for each in self.person_ids if each is not None})


@dataclass(frozen=True, slots=True)
class KeptLink:
    """Everything that is kept of a link."""

    known: KnownLink
    held_for: str | None
    reason: str
    decided_at: datetime | None
    decided_by: str | None


@dataclass(frozen=True, slots=True)
class ListedLink:
    """A link as operators see it; without the identifiers, which the persons show."""

    id: int
    origin: str
    state: str
    held_for: str | None
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


@dataclass(frozen=True, slots=True)
class NewState:
    """What a link becomes; with the time and the reason if it was decided on."""

    link_id: int
    state: LinkState
    reason: str | None = None
    decided_at: datetime | None = None


def change(new: Sequence[NewState]) -> list[Statement]:
    """Give links new states."""
    rows = [(each.link_id, each.state.value, each.reason, each.decided_at) for each in new]
    columns = {"link_id": "bigint", "state": "text", "reason": "text", "decided_at": "timestamptz"}
    return dialect().with_rows(_CHANGE, columns, rows)


def rename(ends: Mapping[int, tuple[Identifier, Identifier]]) -> list[Statement]:
    """Give the ends of links new keys, by the links' ids."""
    rows = [(id, left.key, right.key) for id, (left, right) in ends.items()]
    columns = {"link_id": "bigint", "left_key": "text", "right_key": "text"}
    return dialect().with_rows(_RENAME, columns, rows)


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


def select_with_ends(identifiers: Iterable[Identifier], *, workspace_id: int) -> Statement:
    """Read the links, of any state, with one of the identifiers; ``kept_from`` reads the rows."""
    rows = [(each.kind.value, each.key) for each in sorted(identifiers)]
    table = dialect().table("i", {"kind": "text", "key": "text"}, rows)
    sql = _WITH_ENDS.format(identifiers=table.sql)
    return Statement(sql, [*table.params, workspace_id] * 2, prepared=False)


def kept_from(rows: Iterable[Row]) -> list[KeptLink]:
    """The links from the rows of ``select_with_ends``."""
    to_time = dialect().to_time
    return [
        KeptLink(
            KnownLink(live_from([row[:8]])[0], LinkState(row[8])),
            held_for,
            reason,
            None if decided_at is None else to_time(decided_at),
            decided_by,
        )
        for row in rows
        for held_for, reason, decided_at, decided_by in [row[9:]]
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
    state, *ends, left_id, right_id = rows[0]
    return Link(link_id, LinkState(state), *ends_from(ends), (left_id, right_id))


def select_listed(
    *,
    state: str,
    after: int,
    limit: int,
    person_id: int | None = None,
    identifiers: Iterable[Identifier] = (),
    workspace_id: int,
) -> Statement:
    """Read links in a state, by id; of one person, whose contacts have the ``identifiers``."""
    first, last = [workspace_id, after, state], [limit]
    if person_id is None:
        return Statement(_LIST.format(of=""), [*first, *last])
    rows = [(each.kind.value, each.key) for each in sorted(identifiers)]
    table = dialect().table("i", {"kind": "text", "key": "text"}, rows)
    of = [*table.params, workspace_id, person_id, person_id] * 2
    sql = _LIST.format(of=_OF_PERSON.format(identifiers=table.sql))
    return Statement(sql, [*first, *of, *last], prepared=False)


def listed(statement: Statement) -> Sequence[ListedLink]:
    """The links that a statement of ``select_listed`` reads."""
    current = dialect()
    (rows,) = current.run([statement])
    return [
        ListedLink(
            id,
            origin,
            state,
            held_for,
            reason,
            request_id,
            current.to_time(created_at),
            None if decided_at is None else current.to_time(decided_at),
            (left_id, right_id),
        )
        for (
            id,
            origin,
            state,
            held_for,
            reason,
            request_id,
            created_at,
            decided_at,
            left_id,
            right_id,
        ) in rows
    ]
