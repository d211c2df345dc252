"""The repair table: what each repair did to the evidence, so that it can be undone."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reunite.core.identifiers.kinds import Mark, kind_of
from reunite.core.repair.regroup import LinkState, Separation
from reunite.core.repair.undo import Delta, KeptSeparation
from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Query, Reader, query

_INSERT = """
    INSERT INTO repair (workspace_id, type, changes, request_id, created_at, undoes)
    VALUES (%s, %s, {json_text}, %s, %s, %s) RETURNING id
"""
_NAME = "INSERT INTO repaired_contact (repair_id, contact_id) SELECT %s, r.contact_id FROM {rows}"
_FORGET = (
    """UPDATE repair SET changes = '{{}}'
       WHERE id IN (SELECT repair_id FROM repaired_contact
                    WHERE contact_id IN (SELECT contact_id FROM {rows}))""",
    "DELETE FROM repaired_contact WHERE contact_id IN (SELECT contact_id FROM {rows})",
)
_READ = """
    SELECT CAST(changes AS text), undone_by FROM repair WHERE workspace_id = %s AND id = %s
"""
_UNDID = "SELECT undoes FROM repair WHERE id = %s"
_UNDONE = "UPDATE repair SET undone_by = %s WHERE id = %s"
_LIST = """
    SELECT id, type, request_id, created_at, undone_by, CAST(changes AS text) = '{}' FROM repair
    WHERE workspace_id = %s AND id > %s ORDER BY id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A repair: what it did, and the id of the repair by which that was undone, if it was.

    ``delta`` is None if a person that it named was erased.
    """

    delta: Delta | None
    undone_by: int | None


@dataclass(frozen=True, slots=True)
class ListedRepair:
    """A repair as operators see it; what it did is forgotten since a person in it was erased."""

    id: int
    type: str
    request_id: str | None
    created_at: datetime
    undone_by: int | None
    is_forgotten: bool


def record(
    scope: Scope, delta: Delta, *, type: str, at: datetime, undoes: int | None = None
) -> Query[int]:
    """Remember what a repair did; its id. ``name_contacts`` must follow."""
    changes = json.dumps(_changes(delta))
    values = [scope.workspace_id, type, changes, scope.request_id, at, undoes]
    return query(Statement(dialect().sql(_INSERT), values), lambda rows: int(rows[0][0]))


def name_contacts(repair_id: int, delta: Delta) -> list[Statement]:
    """Remember which contacts a repair names."""
    named = [[each] for each in sorted(delta.contact_ids)]
    return dialect().with_rows(_NAME, {"contact_id": "bigint"}, named, [repair_id])


def read(scope: Scope, repair_id: int) -> Query[Recorded | None]:
    """The repair with that id, if there is one."""

    def recorded_from(rows: list[Row]) -> Recorded | None:
        if not rows:
            return None
        changes, undone_by = rows[0]
        known = json.loads(changes)
        return Recorded(_delta(known) if known else None, undone_by)

    return query(Statement(_READ, [scope.workspace_id, repair_id]), recorded_from)


def forget(contact_ids: Iterable[int]) -> list[Statement]:
    """Forget what repairs did that name these contacts; they cannot be undone any more."""
    rows = [[each] for each in sorted(contact_ids)]
    forget, unname = _FORGET
    with_rows = dialect().with_rows
    return [
        *with_rows(forget, {"contact_id": "bigint"}, rows),
        *with_rows(unname, {"contact_id": "bigint"}, rows),
    ]


def mark_undone(reader: Reader, repair_id: int, *, by: int) -> list[Statement]:
    """Remember by which repair a repair was undone.

    If it undid another, that one stands again, and what that one undid is undone again, and so on.
    """
    statements = []
    undone: int | None = repair_id
    while undone is not None:
        statements.append(Statement(_UNDONE, [by, undone]))
        again = reader.read(_undid(undone))
        if again is None:
            break
        statements.append(Statement(_UNDONE, [None, again]))
        undone, by = reader.read(_undid(again)), again
    return statements


def _undid(repair_id: int) -> Query[int | None]:
    return query(Statement(_UNDID, [repair_id]), lambda rows: rows[0][0])


def listed(scope: Scope, *, after: int, limit: int) -> Query[list[ListedRepair]]:
    """Repairs by id, from the one after ``after`` on."""
    to_time = dialect().to_time
    return query(
        Statement(_LIST, [scope.workspace_id, after, limit]),
        lambda rows: [
            ListedRepair(id, type, request_id, to_time(at), undone_by, bool(is_forgotten))
            for id, type, request_id, at, undone_by, is_forgotten in rows
        ],
    )


def _changes(delta: Delta) -> dict[str, object]:
    return {
        "links": [[id, *states] for id, states in delta.links.items()],
        "deleted": sorted(delta.deleted),
        "undeleted": sorted(delta.undeleted),
        "withheld": sorted(delta.withheld, key=str),
        "released": sorted(delta.released, key=str),
        "separationsBefore": list(map(_separation, delta.separations_before)),
        "separationsAfter": list(map(_separation, delta.separations_after)),
        "persons": delta.persons,
    }


def _delta(changes: dict[str, Any]) -> Delta:
    return Delta(
        links={id: (LinkState(before), LinkState(after)) for id, before, after in changes["links"]},
        deleted=frozenset(changes["deleted"]),
        undeleted=frozenset(changes["undeleted"]),
        withheld=frozenset(map(_marked, changes["withheld"])),
        released=frozenset(map(_marked, changes["released"])),
        separations_before=tuple(map(_kept, changes["separationsBefore"])),
        separations_after=tuple(map(_kept, changes["separationsAfter"])),
        persons=tuple(map(tuple, changes["persons"])),
    )


def _marked(row: tuple[int, str | list[str]]) -> tuple[int, Mark]:
    id, mark = row
    return id, kind_of(mark) if isinstance(mark, str) else (mark[0], mark[1])


def _separation(kept: KeptSeparation) -> list[object]:
    at = kept.created_at.isoformat()
    return [kept.separation.id, *kept.pair, kept.reason, at, kept.created_by]


def _kept(row: list[Any]) -> KeptSeparation:
    id, left_id, right_id, reason, at, created_by = row
    separation = Separation(id, left_id, right_id)
    return KeptSeparation(separation, reason, datetime.fromisoformat(at), created_by)
