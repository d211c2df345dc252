"""Health: can requests be served?"""

from pathlib import Path

from reunite.store.health import files, require_answering, require_migrated


def require_ready() -> None:
    """Raise DatabaseUnavailable or NotMigrated unless requests can be served."""
    require_answering()
    require_migrated()


def database_files() -> list[Path]:
    """The files of this machine that hold the database; none if a server has them."""
    return files()
