"""What is stored, row by row, for whoever wants to take it along; and how persons are made up."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from reunite.core.persons.suspicion import Counts
from reunite.core.policy.policy import Limits
from reunite.core.scope import Scope
from reunite.store.database.dialects import Statement, dialect

_SELECTS = {
    "contacts": """
        SELECT id, coalesce(linked_id, id), email, phone_number, email_key, phone_key, created_at,
               updated_at, external_id, source
        FROM contact WHERE workspace_id = %s AND deleted_at IS NULL ORDER BY id
    """,
    "persons": """
        SELECT coalesce(linked_id, id) AS person_id, count(*), count(DISTINCT email_key),
               count(DISTINCT phone_key), min(created_at), max(created_at)
        FROM contact WHERE workspace_id = %s AND deleted_at IS NULL
        GROUP BY coalesce(linked_id, id) ORDER BY person_id
    """,
    "identifiers": """
        SELECT 'email' AS kind, email_key AS key, min(coalesce(linked_id, id)) FROM contact
        WHERE workspace_id = %s AND deleted_at IS NULL AND email_key IS NOT NULL GROUP BY email_key
        UNION ALL
        SELECT 'phone', phone_key, min(coalesce(linked_id, id)) FROM contact
        WHERE workspace_id = %s AND deleted_at IS NULL AND phone_key IS NOT NULL GROUP BY phone_key
        ORDER BY 1, 2
    """,
}
_TIMES = {"contacts": (6, 7), "persons": (4, 5), "identifiers": ()}

_LISTED = 5
_SUSPICIOUS_LISTED = 20
_SIZES = """
    SELECT coalesce(linked_id, id), count(*), count(DISTINCT email_key), count(DISTINCT phone_key)
    FROM contact WHERE workspace_id = %s AND deleted_at IS NULL GROUP BY coalesce(linked_id, id)
"""
_HUBS = """
    SELECT count(*) FROM (
        SELECT {kind}_key FROM contact
        WHERE workspace_id = %s AND deleted_at IS NULL AND {kind}_key IS NOT NULL
        GROUP BY {kind}_key HAVING count(*) > %s) AS hub
"""


@dataclass(frozen=True, slots=True)
class Statistics:
    """How persons are made up: how many of each size; and what is over the limits.

    ``largest`` are ids and sizes of the largest persons; ``suspicious`` the ids of suspicious
    ones, at most twenty, and ``suspicious_count`` how many there are;
    ``hubs`` how many identifiers more contacts carry than the limits allow.
    """

    sizes: dict[int, int]
    largest: tuple[tuple[int, int], ...]
    suspicious_count: int
    suspicious: tuple[int, ...]
    hubs: dict[str, int]


def rows(scope: Scope, name: str) -> Iterator[Sequence[object]]:
    """The rows of an export, times as ISO 8601 in UTC; within a snapshot."""
    sql = _SELECTS[name]
    to_time = dialect().to_time
    times = _TIMES[name]
    for row in dialect().stream(Statement(sql, [scope.workspace_id] * sql.count("%s"))):
        shown = list(row)
        for place in times:
            time: datetime = to_time(row[place])
            shown[place] = time.isoformat(timespec="microseconds").replace("+00:00", "Z")
        yield shown


def statistics(scope: Scope, limits: Limits) -> Statistics:
    """Statistics of all persons; within a snapshot. Reads every contact once for each figure."""
    sizes: Counter[int] = Counter()
    largest: list[tuple[int, int]] = []
    suspicious: list[int] = []
    count = 0
    for person_id, size, emails, phones in dialect().stream(
        Statement(_SIZES, [scope.workspace_id])
    ):
        sizes[size] += 1
        if len(largest) < _LISTED or size > largest[-1][1]:
            # Of equal size the first stay, for sorting is stable.
            largest = sorted([*largest, (person_id, size)], key=lambda each: -each[1])[:_LISTED]
        if Counts(size, emails, phones).is_suspicious:
            count += 1
            suspicious = [*suspicious, person_id][:_SUSPICIOUS_LISTED]
    hubs = {}
    for kind, limit in (("email", limits.contacts_per_email), ("phone", limits.contacts_per_phone)):
        statement = Statement(_HUBS.format(kind=kind), [scope.workspace_id, limit])
        ((hubs[kind],),) = dialect().stream(statement)
    return Statistics(dict(sorted(sizes.items())), tuple(largest), count, tuple(suspicious), hubs)
