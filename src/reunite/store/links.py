"""The link table: evidence that has no contact row of its own."""

from datetime import datetime

from reunite.core.identifiers import Identifier
from reunite.store.dialects import Statement
from reunite.store.events import Told

_INSERT = """
    INSERT INTO link (workspace_id, left_kind, left_key, right_kind, right_key, origin, state,
                      reason, request_id, created_at)
    VALUES (%s, %s, %s, %s, %s, 'request', 'live', '', %s, %s)
"""


def insert(left: Identifier, right: Identifier, *, told: Told, at: datetime) -> Statement:
    """Remember that a request joined two identifiers."""
    return Statement(
        _INSERT,
        [
            told.workspace_id,
            left.kind.value,
            left.key,
            right.kind.value,
            right.key,
            told.request_id,
            at,
        ],
    )
