"""Attempts: which deliveries a worker makes, and what came of each.

A worker takes deliveries by moving their next attempt to the end of its lease. So there is nothing
to give back: if the worker is killed, they are due again when the lease is over.
"""

from dataclasses import dataclass
from datetime import datetime

from reunite.core.webhooks.attempts import Attempt, Next
from reunite.core.webhooks.messages import Told
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Query, query
from reunite.store.webhooks.webhooks import Webhook

_CLAIM = """
    WITH taken AS MATERIALIZED (
        SELECT id FROM delivery WHERE webhook_id = %s AND next_attempt_at <= %s
        ORDER BY next_attempt_at, number LIMIT %s {unless_locked})
    UPDATE delivery SET next_attempt_at = %s WHERE id IN (SELECT id FROM taken)
    RETURNING id, workspace_id, number, type, person_id, happened_at, attempts
"""
# Who lost the lease meanwhile, or a replay came in between, changes nothing.
_RECORD = """
    UPDATE delivery SET state = %s, attempts = %s, next_attempt_at = %s, attempted_at = %s,
                        status = %s, failure = %s, ended_at = %s
    WHERE id = %s AND next_attempt_at = %s
    RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that a worker attempts until its lease ends; ``attempts`` were before."""

    id: int
    event: Told
    attempts: int
    leased_until: datetime


def claim(webhook: Webhook, *, at: datetime, until: datetime, limit: int) -> Query[list[Claimed]]:
    """Take up to ``limit`` deliveries that are due, by number."""
    statement = Statement(dialect().sql(_CLAIM), [webhook.id, at, limit, until], prepared=False)
    to_time = dialect().to_time

    def claimed(row: Row) -> Claimed:
        id, workspace_id, number, type, person_id, happened_at, attempts = row
        event = Told(workspace_id, number, type, person_id, to_time(happened_at))
        return Claimed(id, event, attempts, until)

    return query(
        statement, lambda rows: sorted(map(claimed, rows), key=lambda each: each.event.number)
    )


def record(claimed: Claimed, attempt: Attempt, next: Next, *, ended: datetime) -> Query[bool]:
    """Note what came of an attempt; False if the delivery belongs to another worker by now."""
    values = [
        next.state.value,
        claimed.attempts + 1,
        next.at,
        attempt.at,
        attempt.status,
        attempt.failure and attempt.failure.value,
        ended if next.at is None else None,
        claimed.id,
        claimed.leased_until,
    ]
    return query(Statement(_RECORD, values, prepared=False), bool)
