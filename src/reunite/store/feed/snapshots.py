"""Pages of all contacts by id, each with its person, for who begins to follow the feed."""

from dataclasses import dataclass
from datetime import datetime

from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Query, query
from reunite.store.tables.columns import GIVEN, OTHERS, of, others_from

# A page looks at so many contacts, of all workspaces: it costs the same wherever it is.
_PAGE = f"""
    WITH seen AS MATERIALIZED (
        SELECT id, workspace_id, linked_id, {", ".join((*GIVEN, OTHERS))}, created_at, deleted_at
        FROM contact WHERE id > %s ORDER BY id LIMIT %s)
    SELECT page.size, page.last, s.id, coalesce(s.linked_id, s.id),
           {of("s", (*GIVEN, OTHERS))}, s.created_at
    FROM (SELECT count(*) AS size, max(id) AS last FROM seen) AS page
    LEFT JOIN seen s ON s.workspace_id = %s AND s.deleted_at IS NULL
    ORDER BY s.id
"""


@dataclass(frozen=True, slots=True)
class Member:
    """A live contact and its person.

    ``given`` are its values of the built-in kinds as given, in the order of ``Kind``;
    ``identifiers`` those of declared kinds, by kind.
    """

    contact_id: int
    person_id: int
    given: tuple[str | None, ...]
    identifiers: dict[str, list[str]]
    created_at: datetime


def page(scope: Scope, *, after: int, limit: int) -> Query[tuple[list[Member], int | None]]:
    """The live contacts among ``limit`` contacts after an id.

    And after which id the next page begins, None if there is none.
    """
    to_time = dialect().to_time

    def page_from(rows: list[Row]) -> tuple[list[Member], int | None]:
        size, last = rows[0][:2]
        members = [
            Member(id, person_id, tuple(given), _by_kind(others), to_time(at))
            for _, _, id, person_id, *given, others, at in rows
            if id is not None
        ]
        return members, last if size == limit else None

    return query(Statement(_PAGE, [after, limit, scope.workspace_id]), page_from)


def _by_kind(others: str | None) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for value in others_from(others) if others is not None else ():
        found.setdefault(value.kind, []).append(value.given)
    return found
