"""The link table: evidence that has no contact row of its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.identify.happenings import Given
from reunite.core.persons.evidence import LiveLink
from reunite.core.persons.person import End, Ends
from reunite.core.repair.settle import KnownLink, LinkState
from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.transactions import Transaction

_INSERT = """
    INSERT INTO link (workspace_id, left_kind, left_key, right_kind, right_key, origin, state,
                      reason, request_id, created_at, left_value, right_value)
    VALUES (%s, %s, %s, %s, %s, %s, 'live', %s, %s, %s, %s, %s) RETURNING id
"""

CONTACT = "contact"
"""The kind of an end that is a contact; its key is the contact's id."""

_OWNER = """(
    SELECT coalesce(linked_id, id) FROM contact
    WHERE workspace_id = link.workspace_id AND {kind}_key = link.{side}_key
      AND link.{side}_kind = '{kind}' AND deleted_at IS NULL LIMIT 1)"""
# The key of another kind may be no number, and databases may look at it first.
_OWNER_OF_CONTACT = f"""(
    SELECT coalesce(linked_id, id) FROM contact
    WHERE workspace_id = link.workspace_id AND deleted_at IS NULL
      AND id = CAST(CASE WHEN link.{{side}}_kind = '{CONTACT}' THEN link.{{side}}_key END AS bigint)
    )"""
OWNERS = {
    side: "coalesce({})".format(
        ", ".join(
            [
                *(_OWNER.format(side=side, kind=kind) for kind in Kind),
                _OWNER_OF_CONTACT.format(side=side),
            ]
        )
    )
    for side in ("left", "right")
}
"""SQL for the id of the person at each end of a row of ``link``, null if nobody is there."""

_READ = f"""
    SELECT state, left_kind, left_key, right_kind, right_key, {OWNERS["left"]}, {OWNERS["right"]}
    FROM link WHERE workspace_id = %s AND id = %s
"""
_CHANGE = """
    UPDATE link SET state = r.state, reason = coalesce(r.reason, link.reason),
                    decided_at = CASE WHEN r.state IN ('held', 'settled') THEN NULL
                                      ELSE coalesce(r.decided_at, link.decided_at) END,
                    decided_by = CASE WHEN r.state IN ('held', 'settled') THEN NULL
                                      WHEN r.decided_at IS NULL THEN link.decided_by ELSE %s END
    FROM {rows} WHERE link.id = r.link_id
"""

# A live link joins what is of one person, so its left end finds it.
_LIVE = """
    SELECT l.id, l.left_kind, l.left_key, l.right_kind, l.right_key, l.origin, l.request_id,
           l.created_at, l.external_id, l.source, l.import_id
    FROM {ends} CROSS JOIN link l
    WHERE l.workspace_id = %s AND l.left_kind = e.kind AND l.left_key = e.key AND l.state = 'live'
    ORDER BY l.id
"""

_COLUMNS = """
    l.id, l.left_kind, l.left_key, l.right_kind, l.right_key, l.origin, l.request_id, l.created_at,
    l.external_id, l.source, l.import_id, l.state, l.held_for, l.reason, l.decided_at, l.decided_by
"""

# Of any state. Each branch uses an index of its own.
_WITH_ENDS = f"""
    SELECT {_COLUMNS}
    FROM {{ends}} CROSS JOIN link l
    WHERE l.workspace_id = %s AND l.left_kind = e.kind AND l.left_key = e.key
    UNION
    SELECT {_COLUMNS}
    FROM {{ends}} CROSS JOIN link l
    WHERE l.workspace_id = %s AND l.right_kind = e.kind AND l.right_key = e.key
    ORDER BY 1
"""

_BY_ID = f"""
    SELECT {_COLUMNS}
    FROM {{links}} CROSS JOIN link l WHERE l.id = given.id AND l.workspace_id = %s
"""

_LIST = f"""
    SELECT id, origin, state, held_for, reason, request_id, created_at, decided_at, external_id,
           source, import_id, {OWNERS["left"]}, {OWNERS["right"]}
    FROM link WHERE workspace_id = %s AND id > %s AND state = %s {{of}} ORDER BY id LIMIT %s
"""
# An end that counts for nobody now is of the person whose contacts have the identifier.
_OF_PERSON = f"""
    AND id IN (
        SELECT link.id FROM {{ends}} CROSS JOIN link
        WHERE link.workspace_id = %s AND link.left_kind = e.kind AND link.left_key = e.key
          AND coalesce({OWNERS["left"]}, %s) = %s
        UNION
        SELECT link.id FROM {{ends}} CROSS JOIN link
        WHERE link.workspace_id = %s AND link.right_kind = e.kind AND link.right_key = e.key
          AND coalesce({OWNERS["right"]}, %s) = %s)
"""


@dataclass(frozen=True, slots=True)
class Link:
    """A link and the person at each end, None where no live contact carries the identifier."""

    id: int
    state: LinkState
    left: End
    right: End
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
    state: LinkState
    held_for: str | None
    reason: str
    request_id: str | None
    created_at: datetime
    decided_at: datetime | None
    external_id: str | None
    source: str | None
    import_id: int | None
    person_ids: tuple[int | None, int | None]


def insert(
    scope: Scope,
    left: End,
    right: End,
    *,
    at: datetime,
    origin: str = "request",
    reason: str = "",
    given: Given = (None, None),
) -> Statement:
    """Remember that a request joined two identifiers, or an operator two contacts; its id.

    ``given`` are the values that the identifiers came from.
    """
    ends = [*end_columns(left), *end_columns(right)]
    values = [scope.workspace_id, *ends, origin, reason, scope.request_id, at, *given]
    return Statement(_INSERT, values)


@dataclass(frozen=True, slots=True)
class NewState:
    """What a link becomes; with the time and the reason if it was decided on."""

    link_id: int
    state: LinkState
    reason: str | None = None
    decided_at: datetime | None = None


def change(new: Sequence[NewState], *, by: str | None = None) -> list[Statement]:
    """Give links new states; ``by`` is who decided on those that have a time."""
    rows = [(each.link_id, each.state.value, each.reason, each.decided_at) for each in new]
    columns = {"link_id": "bigint", "state": "text", "reason": "text", "decided_at": "timestamptz"}
    return dialect().with_rows(_CHANGE, columns, rows, [by])


def select_live(scope: Scope, ends: Iterable[End]) -> Statement:
    """Read the live links of those who have the ends; ``live_from`` reads the rows."""
    rows = sorted(map(end_columns, ends))
    table = dialect().table("e", {"kind": "text", "key": "text"}, rows)
    sql = _LIVE.format(ends=table.sql)
    return Statement(sql, [*table.params, scope.workspace_id], prepared=False)


def live_from(rows: Iterable[Row]) -> list[LiveLink]:
    """The links from the rows of ``select_live``."""
    to_time = dialect().to_time
    return [
        LiveLink(
            id, *ends_from(ends), origin, request_id, to_time(at), external_id, source, import_id
        )
        for id, *ends, origin, request_id, at, external_id, source, import_id in rows
    ]


def select_with_ends(scope: Scope, ends: Iterable[End]) -> Statement:
    """Read the links, of any state, with one of the ends; ``kept_from`` reads the rows."""
    rows = sorted(map(end_columns, ends))
    table = dialect().table("e", {"kind": "text", "key": "text"}, rows)
    sql = _WITH_ENDS.format(ends=table.sql)
    return Statement(sql, [*table.params, scope.workspace_id] * 2, prepared=False)


def kept_from(rows: Iterable[Row]) -> list[KeptLink]:
    """The links from the rows of ``select_with_ends``."""
    to_time = dialect().to_time
    return [
        KeptLink(
            KnownLink(live_from([row[:11]])[0], LinkState(row[11])),
            held_for,
            reason,
            None if decided_at is None else to_time(decided_at),
            decided_by,
        )
        for row in rows
        for held_for, reason, decided_at, decided_by in [row[12:]]
    ]


def end_columns(end: End) -> tuple[str, str]:
    """The columns of an end: its kind and its key."""
    return (CONTACT, str(end)) if isinstance(end, int) else (end.kind.value, end.key)


def ends_from(row: Sequence[str]) -> Ends:
    """Both ends from the columns ``left_kind``, ``left_key``, ``right_kind``, ``right_key``."""
    left_kind, left_key, right_kind, right_key = row
    return _end_from(left_kind, left_key), _end_from(right_kind, right_key)


def _end_from(kind: str, key: str) -> End:
    return int(key) if kind == CONTACT else Identifier(Kind(kind), key)


def select_by_id(scope: Scope, link_ids: Iterable[int]) -> Statement:
    """Read links by id, of any state; ``kept_from`` reads the rows."""
    table = dialect().ids("given", link_ids)
    sql = _BY_ID.format(links=table.sql)
    return Statement(sql, [*table.params, scope.workspace_id], prepared=False)


def read(scope: Scope, transaction: Transaction, link_id: int) -> Link | None:
    """The link of that id, if there is one."""
    (rows,) = transaction.run(Statement(_READ, [scope.workspace_id, link_id]))
    if not rows:
        return None
    state, *ends, left_id, right_id = rows[0]
    return Link(link_id, LinkState(state), *ends_from(ends), (left_id, right_id))


def select_listed(
    scope: Scope,
    *,
    state: str,
    after: int,
    limit: int,
    person_id: int | None = None,
    ends: Iterable[End] = (),
) -> Statement:
    """Read links in a state, by id; of one person, at whose contacts or identifiers they end."""
    first, last = [scope.workspace_id, after, state], [limit]
    if person_id is None:
        return Statement(_LIST.format(of=""), [*first, *last])
    table = dialect().table("e", {"kind": "text", "key": "text"}, sorted(map(end_columns, ends)))
    of = [*table.params, scope.workspace_id, person_id, person_id] * 2
    sql = _LIST.format(of=_OF_PERSON.format(ends=table.sql))
    return Statement(sql, [*first, *of, *last], prepared=False)


def listed(statement: Statement) -> Sequence[ListedLink]:
    """The links that a statement of ``select_listed`` reads."""
    current = dialect()
    (rows,) = current.run([statement])
    return [
        ListedLink(
            id,
            origin,
            LinkState(state),
            held_for,
            reason,
            request_id,
            current.to_time(created_at),
            None if decided_at is None else current.to_time(decided_at),
            external_id,
            source,
            import_id,
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
            external_id,
            source,
            import_id,
            left_id,
            right_id,
        ) in rows
    ]
