"""The delivery table: which messages a webhook gets, and how far each is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reunite.core.scope import Scope
from reunite.core.webhooks.attempts import DeliveryState, Failure
from reunite.core.webhooks.messages import Told
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Query, query
from reunite.store.webhooks.webhooks import Webhook

LAST_NUMBER = 2**63 - 1
"""That a column can hold."""
_EVENTS = """
    SELECT n.workspace_id, n.number, e.type, e.person_id, e.created_at
    FROM numbered n JOIN event e ON e.position = n.position
    WHERE n.workspace_id = %s AND n.number > %s AND n.number <= %s ORDER BY n.number LIMIT %s
"""
_TYPES = {
    "number": "bigint",
    "type": "text",
    "person_id": "bigint",
    "happened_at": "timestamptz",
}
# Who has the message already gets it again.
_MAKE = f"""
    INSERT INTO delivery (workspace_id, webhook_id, number, type, person_id, happened_at, state,
                          next_attempt_at)
    SELECT %s, %s, number, type, person_id, happened_at, '{DeliveryState.WAITING}', %s
    FROM {{rows}} WHERE true
    ON CONFLICT (webhook_id, number) DO UPDATE SET
        state = '{DeliveryState.WAITING}', attempts = 0, ended_at = NULL,
        next_attempt_at = excluded.next_attempt_at
"""
_COUNT_WAITING = f"""
    SELECT count(*) FROM (
        SELECT 1 FROM delivery WHERE webhook_id = %s AND state = '{DeliveryState.WAITING}'
        LIMIT %s) AS w
"""
_REVIVE = f"""
    UPDATE delivery SET state = '{DeliveryState.WAITING}', attempts = 0, ended_at = NULL,
                        next_attempt_at = %s
    WHERE id IN (
        SELECT id FROM delivery WHERE webhook_id = %s AND state = '{DeliveryState.DEAD}'
        ORDER BY number LIMIT %s)
    RETURNING id
"""
_COLUMNS = """
    SELECT number, type, person_id, happened_at, state, attempts, next_attempt_at, attempted_at,
           status, failure, workspace_id FROM delivery
"""
_LIST = f"""
    {_COLUMNS} WHERE webhook_id = %s AND number > %s{{and_state}} ORDER BY number LIMIT %s
"""
_LAST = f"""
    {_COLUMNS} WHERE webhook_id = %s AND attempted_at IS NOT NULL ORDER BY number DESC LIMIT 1
"""
_DELETE_ENDED = """
    DELETE FROM delivery WHERE id IN (
        SELECT id FROM delivery WHERE ended_at < %s ORDER BY ended_at LIMIT %s)
    RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row of the delivery table, with the event that it tells of."""

    event: Told
    state: DeliveryState
    attempts: int
    next_attempt_at: datetime | None
    attempted_at: datetime | None
    status: int | None
    failure: Failure | None


def events(scope: Scope, *, after: int, up_to: int = LAST_NUMBER, limit: int) -> Query[list[Told]]:
    """The events of the workspace after a number and up to another, in order."""
    statement = Statement(_EVENTS, [scope.workspace_id, after, up_to, limit], prepared=False)
    to_time = dialect().to_time
    return query(
        statement,
        lambda rows: [
            Told(workspace_id, number, type, person_id, to_time(at))
            for workspace_id, number, type, person_id, at in rows
        ],
    )


def make(webhook: Webhook, told: Sequence[Told], *, at: datetime) -> list[Statement]:
    """Let a webhook be told of events, at once; again, if it was."""
    rows = [(each.number, each.type, each.person_id, each.at) for each in told]
    return dialect().with_rows(_MAKE, _TYPES, rows, [webhook.workspace_id, webhook.id, at])


def count_waiting(webhook_id: int, limit: int) -> Query[int]:
    """How many deliveries of a webhook wait; ``limit`` if there are more."""
    statement = Statement(_COUNT_WAITING, [webhook_id, limit], prepared=False)
    return query(statement, lambda rows: int(rows[0][0]))


def revive(webhook_id: int, *, at: datetime, limit: int) -> Query[int]:
    """Attempt dead deliveries again, the first ones first; how many."""
    return query(Statement(_REVIVE, [at, webhook_id, limit], prepared=False), len)


def listed(
    webhook_id: int, state: DeliveryState | None, *, after: int, limit: int
) -> Query[list[Delivery]]:
    """Up to ``limit`` deliveries of a webhook, by number, from the one after ``after`` on."""
    params: list[object] = [webhook_id, after, limit]
    sql = _LIST.format(and_state="")
    if state is not None:
        params.insert(2, state.value)
        sql = _LIST.format(and_state=" AND state = %s")
    statement = Statement(sql, params, prepared=False)
    return query(statement, lambda rows: list(map(_from, rows)))


def last_attempted(webhook_id: int) -> Query[Delivery | None]:
    """The delivery of the latest event that was attempted."""
    statement = Statement(_LAST, [webhook_id], prepared=False)
    return query(statement, lambda rows: _from(rows[0]) if rows else None)


def delete_ended(before: datetime, limit: int) -> Query[int]:
    """Delete deliveries, of all workspaces, that ended before a time; how many."""
    return query(Statement(_DELETE_ENDED, [before, limit], prepared=False), len)


def _from(row: Row) -> Delivery:
    number, type, person_id, at, state, attempts, next_at, attempted_at, status, failure, of = row
    to_time = dialect().to_time
    return Delivery(
        Told(of, number, type, person_id, to_time(at)),
        DeliveryState(state),
        attempts,
        None if next_at is None else to_time(next_at),
        None if attempted_at is None else to_time(attempted_at),
        status,
        None if failure is None else Failure(failure),
    )
