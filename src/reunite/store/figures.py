"""Figures of the business, read from the tables when a client asks for metrics."""

from collections.abc import Sequence

from reunite.core.metrics import Key
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Query

_MAX_UNNUMBERED = 100_000
# Each gives rows of the labels and the value of one metric. Counts go by an index.
_STATEMENTS = {
    "reunite_held_links": """
        SELECT w.name, (SELECT count(*) FROM link WHERE workspace_id = w.id AND state = 'held')
        FROM workspace w
    """,
    "reunite_feed_number": """
        SELECT w.name,
               (SELECT coalesce(max(number), 0) FROM numbered WHERE workspace_id = w.id)
        FROM workspace w
    """,
    "reunite_unnumbered_events": f"""
        SELECT count(*) FROM (SELECT 1 FROM unnumbered LIMIT {_MAX_UNNUMBERED}) AS waiting
    """,
    "reunite_imports": "SELECT state, count(*) FROM import GROUP BY state",
    "reunite_last_contact_id": "SELECT coalesce(max(id), 0) FROM contact",
    "reunite_webhooks": """
        SELECT CASE WHEN disabled_at IS NOT NULL THEN 'disabled'
                    WHEN failing_since IS NOT NULL THEN 'failing' ELSE 'well' END AS state,
               count(*)
        FROM webhook GROUP BY 1
    """,
    "reunite_deliveries": """
        SELECT w.id, s.state, (
            SELECT count(*) FROM delivery WHERE webhook_id = w.id AND state = s.state)
        FROM webhook w, (SELECT 'waiting' AS state UNION ALL SELECT 'dead') AS s
    """,
    "reunite_oldest_delivery_seconds": """
        SELECT w.id, (
            SELECT {age} FROM delivery WHERE webhook_id = w.id AND state = 'waiting'
            ORDER BY number LIMIT 1)
        FROM webhook w WHERE disabled_at IS NULL
    """,
    "reunite_webhook_lag": """
        SELECT w.id, (SELECT coalesce(max(number), 0) FROM numbered
                      WHERE workspace_id = w.workspace_id) - w.number
        FROM webhook w WHERE disabled_at IS NULL
    """,
    "reunite_database_bytes": "SELECT {database_bytes}",
    "reunite_database_connections": "{connections}",
}


def read_all() -> Query[dict[Key, float]]:
    """The gauges of the database: of all workspaces."""
    statements = [Statement(dialect().sql(each), prepared=False) for each in _STATEMENTS.values()]
    return Query(statements, _from)


def _from(results: Sequence[list[Row]]) -> dict[Key, float]:
    return {
        (name, *map(str, labels)): float(value)
        for name, rows in zip(_STATEMENTS, results, strict=True)
        for *labels, value in rows
        if value is not None
    }
