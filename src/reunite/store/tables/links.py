"""The link table: evidence that has no contact row of its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from reunite.core.identifiers.kinds import Identifier, Kind, kind_of
from reunite.core.identify.happenings import Given
from reunite.core.persons.evidence import LiveLink
from reunite.core.persons.person import End, Ends
from reunite.core.repair.regroup import KnownLink, LinkState
from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Query, query
from reunite.store.tables import identifiers

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
_OWNER_OF_DECLARED = identifiers.OWNER.format(
    workspace="link.workspace_id", kind="link.{side}_kind", key="link.{side}_key"
)


def _owners(*kinds: str) -> dict[str, str]:
    return {
        side: f"coalesce({', '.join(each.format(side=side) for each in kinds)})"
        for side in ("left", "right")
    }


_OWNERS_BUILT_IN = [_OWNER.format(kind=kind, side="{side}") for kind in Kind]
OWNERS = _owners(*_OWNERS_BUILT_IN, _OWNER_OF_CONTACT, _OWNER_OF_DECLARED)
"""SQL for the id of the person at each end of a row of ``link``, null if none has the end."""
BUILT_IN_OWNERS = _owners(*_OWNERS_BUILT_IN, _OWNER_OF_CONTACT)
"""The same where no kinds are declared, for requests."""

_READ = f"""
    SELECT state, left_kind, left_key, right_kind, right_key, {OWNERS["left"]}, {OWNERS["right"]}
    FROM link WHERE workspace_id = %s AND id = %s
"""
_CHANGE = """
    UPDATE link SET state = r.state, reason = coalesce(r.reason, link.reason),
                    decided_at = CASE WHEN r.state IN ('held', 'settled') THEN NULL
                                      ELSE coalesce(r.decided_at, link.decided_at) END,
                    decided_by = CASE WHEN r.state IN ('held', 'settled') THEN NULL
                                      WHEN r.decided_at IS NULL THEN link.decided_by ELSE %s END,
                    deferred_at = CASE WHEN r.state IN ('held', 'settled') THEN link.deferred_at
                                       END,
                    deferred_by = CASE WHEN r.state IN ('held', 'settled') THEN link.deferred_by
                                       END
    FROM {rows} WHERE link.id = r.link_id
"""

_DEFER = "UPDATE link SET deferred_at = %s, deferred_by = %s, reason = %s WHERE id = %s"

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
    l.external_id, l.source, l.import_id, l.state, l.held_for, l.reason, l.decided_at, l.decided_by,
    l.deferred_at, l.deferred_by
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

_LISTED = f"""
    SELECT id, origin, state, held_for, reason, request_id, created_at, decided_at, deferred_at,
           decided_by, deferred_by, external_id, source, import_id,
           left_kind, left_key, right_kind, right_key, {OWNERS["left"]}, {OWNERS["right"]}
    FROM link WHERE workspace_id = %s AND id > %s AND state = %s
"""
_LIST = f"{_LISTED} {{of}} ORDER BY id LIMIT %s"
_NEXT_HELD = f"{_LISTED} AND deferred_at IS {{deferred}} ORDER BY id LIMIT 1"
_COUNT_HELD_OF = f"""
    SELECT count(*) FROM link WHERE workspace_id = %s AND state = 'held'
      AND %s IN ({OWNERS["left"]}, {OWNERS["right"]})
"""
_COUNT_DEFERRED = """
    SELECT count(deferred_at) FROM link WHERE workspace_id = %s AND state = 'held'
"""
# An end that counts in no contact now belongs to the persons whose contacts have the value.
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
        """The ids of the persons at its ends: none, one or two."""
        return sorted({each for each in self.person_ids if each is not None})


@dataclass(frozen=True, slots=True)
class KeptLink:
    """Everything that is kept of a link."""

    known: KnownLink
    held_for: str | None
    reason: str
    decided_at: datetime | None
    decided_by: str | None
    deferred_at: datetime | None
    deferred_by: str | None


@dataclass(frozen=True, slots=True)
class ListedLink:
    """A link as operators see it."""

    id: int
    origin: str
    state: LinkState
    held_for: str | None
    reason: str
    request_id: str | None
    created_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    deferred_at: datetime | None
    deferred_by: str | None
    external_id: str | None
    source: str | None
    import_id: int | None
    ends: Ends
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
) -> Query[int]:
    """Remember that a request joined two identifiers, or an operator two contacts; its id.

    ``given`` are the values that the identifiers came from.
    """
    ends = [*end_columns(left), *end_columns(right)]
    values = [scope.workspace_id, *ends, origin, reason, scope.request_id, at, *given]
    return query(Statement(_INSERT, values), lambda rows: int(rows[0][0]))


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


def live(scope: Scope, ends: Iterable[End]) -> Query[list[LiveLink]]:
    """The live links of those who have the ends."""
    table = _table(ends)
    params = [*table.params, scope.workspace_id]
    return query(Statement(_LIVE.format(ends=table.sql), params, prepared=False), _live_from)


def with_ends(scope: Scope, ends: Iterable[End]) -> Query[list[KeptLink]]:
    """The links, of any state, with one of the ends."""
    table = _table(ends)
    params = [*table.params, scope.workspace_id] * 2
    return query(Statement(_WITH_ENDS.format(ends=table.sql), params, prepared=False), _kept_from)


def by_id(scope: Scope, link_ids: Iterable[int]) -> Query[list[KeptLink]]:
    """Links by id, of any state."""
    table = dialect().ids("given", link_ids)
    params = [*table.params, scope.workspace_id]
    return query(Statement(_BY_ID.format(links=table.sql), params, prepared=False), _kept_from)


def read(scope: Scope, link_id: int) -> Query[Link | None]:
    """The link with that id, if there is one."""

    def link_from(rows: list[Row]) -> Link | None:
        if not rows:
            return None
        state, *ends, left_id, right_id = rows[0]
        return Link(link_id, LinkState(state), *ends_from(ends), (left_id, right_id))

    return query(Statement(_READ, [scope.workspace_id, link_id]), link_from)


def listed(
    scope: Scope,
    *,
    state: str,
    after: int,
    limit: int,
    person_id: int | None = None,
    ends: Iterable[End] = (),
) -> Query[list[ListedLink]]:
    """Links in a state, by id; of one person, at whose contacts or identifiers they end."""
    first, of_person, of = [scope.workspace_id, after, state], [], ""
    if person_id is not None:
        table = _table(ends)
        of = _OF_PERSON.format(ends=table.sql)
        of_person = [*table.params, scope.workspace_id, person_id, person_id] * 2
    statement = Statement(_LIST.format(of=of), [*first, *of_person, limit], prepared=not of)
    return query(statement, lambda rows: list(map(_listed_from, rows)))


def next_held(scope: Scope, *, after: int, is_deferred: bool) -> Query[ListedLink | None]:
    """The first held link after the id ``after``, of those that are deferred, or of the others."""
    sql = _NEXT_HELD.format(deferred="NOT NULL" if is_deferred else "NULL")
    params = [scope.workspace_id, after, LinkState.HELD.value]
    return query(Statement(sql, params), lambda rows: _listed_from(rows[0]) if rows else None)


def count_held_of(scope: Scope, person_id: int) -> Query[int]:
    """How many held links end at a person. Reads all held links."""
    statement = Statement(_COUNT_HELD_OF, [scope.workspace_id, person_id])
    return query(statement, lambda rows: int(rows[0][0]))


def count_deferred(scope: Scope) -> Query[int]:
    """How many held links are deferred."""
    statement = Statement(_COUNT_DEFERRED, [scope.workspace_id])
    return query(statement, lambda rows: int(rows[0][0]))


def defer(scope: Scope, link_id: int, *, reason: str, at: datetime) -> Statement:
    """Note that a reviewer was unsure about a held link, and why."""
    return Statement(_DEFER, [at, scope.who, reason, link_id])


def end_columns(end: End) -> tuple[str, str]:
    """The columns of an end: its kind and its key."""
    return (CONTACT, str(end)) if isinstance(end, int) else (str(end.kind), end.key)


def ends_from(row: Sequence[str]) -> Ends:
    """Both ends from the columns ``left_kind``, ``left_key``, ``right_kind``, ``right_key``."""
    left_kind, left_key, right_kind, right_key = row
    return _end_from(left_kind, left_key), _end_from(right_kind, right_key)


def _end_from(kind: str, key: str) -> End:
    return int(key) if kind == CONTACT else Identifier(kind_of(kind), key)


def _table(ends: Iterable[End]) -> Statement:
    rows = sorted(map(end_columns, ends))
    return dialect().table("e", {"kind": "text", "key": "text"}, rows)


def _live_from(rows: Iterable[Row]) -> list[LiveLink]:
    to_time = dialect().to_time
    return [
        LiveLink(id, *ends_from(ends), origin, request_id, to_time(at), external_id, source, by)
        for id, *ends, origin, request_id, at, external_id, source, by in rows
    ]


def _kept_from(rows: Iterable[Row]) -> list[KeptLink]:
    to_time = dialect().to_time
    return [
        KeptLink(
            KnownLink(link, LinkState(state)),
            held_for,
            reason,
            at and to_time(at),
            by,
            deferred_at and to_time(deferred_at),
            deferred_by,
        )
        for row in rows
        for link in _live_from([row[:11]])
        for state, held_for, reason, at, by, deferred_at, deferred_by in [row[11:]]
    ]


def _listed_from(row: Row) -> ListedLink:
    id, origin, state, held_for, reason, request_id, *times, decided_by, deferred_by = row[:11]
    created_at, decided_at, deferred_at = times
    external_id, source, import_id, *ends, left_id, right_id = row[11:]
    to_time = dialect().to_time
    return ListedLink(
        id=id,
        origin=origin,
        state=LinkState(state),
        held_for=held_for,
        reason=reason,
        request_id=request_id,
        created_at=to_time(created_at),
        decided_at=decided_at and to_time(decided_at),
        decided_by=decided_by,
        deferred_at=deferred_at and to_time(deferred_at),
        deferred_by=deferred_by,
        external_id=external_id,
        source=source,
        import_id=import_id,
        ends=ends_from(ends),
        person_ids=(left_id, right_id),
    )
