"""Pages of events by their numbers."""

from dataclasses import dataclass

from reunite.core.scope import Scope
from reunite.store.database.dialects import Statement
from reunite.store.database.queries import Query, query
from reunite.store.persons.persons import PAGE_MAX_LENGTH, Happened, happened_from

_LAST_NUMBER = 2**63 - 1  # That a column can hold.
# Numbers have no gaps, so the event after ``after`` is the first of the page, however long it is.
_PAGE = f"""
    SELECT number, position, type, person_id, payload, request_id, created_at, import_id, created_by
    FROM (SELECT next.number, e.position, e.type, e.person_id,
                 CAST(e.payload AS text) AS payload, e.request_id, e.created_at, e.import_id,
                 e.created_by,
                 sum(length(CAST(e.payload AS text))) OVER (ORDER BY next.number) AS said
          FROM (SELECT number, position FROM numbered
                WHERE workspace_id = %s AND number > %s ORDER BY number LIMIT %s) AS next
          JOIN event e ON e.position = next.position) AS page
    WHERE said <= {PAGE_MAX_LENGTH} OR number = %s
    ORDER BY number
"""


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """An event with its number in the feed."""

    number: int
    happened: Happened


def page(scope: Scope, *, after: int, limit: int) -> Query[list[FeedEvent]]:
    """The events after a number.

    Of events that say much there are fewer than ``limit``, but one at least. Planned for its limit:
    for any limit the database would rather read all events.
    """
    next_number = min(after + 1, _LAST_NUMBER)
    return query(
        Statement(_PAGE, [scope.workspace_id, after, limit, next_number], prepared=False),
        lambda rows: [FeedEvent(row[0], happened_from(row[1:])) for row in rows],
    )
