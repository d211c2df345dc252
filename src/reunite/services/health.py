"""Health: can requests be served?"""

from reunite.store.health import require_answering, require_migrated


def require_ready() -> None:
    """Raise DatabaseUnavailable or NotMigrated unless requests can be served."""
    require_answering()
    require_migrated()
