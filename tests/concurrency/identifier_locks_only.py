"""The slowed Reunite with locks on the identifiers of a request, but on no person."""

from reunite.store.database.dialects.postgresql import PostgreSQL
from tests.concurrency.slowed import application

__all__ = ["application"]

_lock = PostgreSQL.lock


def _lock_identifiers(self, locks, *, wait_seconds):
    # Person locks have positive keys; when all takers share them they keep nobody out.
    shared = [lock._replace(shared=True) if lock.key > 0 else lock for lock in locks]
    return _lock(self, shared, wait_seconds=wait_seconds)


PostgreSQL.lock = _lock_identifiers
