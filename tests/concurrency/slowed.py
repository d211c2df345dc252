"""Reunite with a pause between every write and its commit, so that what may meet does meet."""

from reunite.store.database.dialects import Statement
from reunite.store.database.transactions import Transaction
from reunite_service.wsgi import application

__all__ = ["application"]

PAUSE_SECONDS = 0.05

_commit = Transaction.commit


def _commit_later(self, *statements, **options):
    *results, _ = _commit(
        self, *statements, Statement(f"SELECT pg_sleep({PAUSE_SECONDS})"), **options
    )
    return results


Transaction.commit = _commit_later
