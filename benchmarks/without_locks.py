"""Reunite with its locks switched off: right only as long as no two requests meet.

Transactions, round trips and all other statements stay as they are; only the one that takes
advisory locks, on the gate, on identifiers and on persons, is not sent.
"""

from reunite.store.database.dialects import Statement
from reunite.store.database.dialects.postgresql import PostgreSQL
from reunite_service.wsgi import application

__all__ = ["application"]


def _no_locks(*_: object, **__: object) -> list[Statement]:
    return []


if "lock" not in vars(PostgreSQL):
    raise RuntimeError("PostgreSQL's locks are no longer taken here: nothing is switched off.")
PostgreSQL.lock = _no_locks
