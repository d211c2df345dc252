"""Health: can requests be served?"""

from contextlib import AbstractContextManager
from pathlib import Path

from reunite.store import health


def require_ready() -> None:
    """Raise DatabaseUnavailable or NotMigrated unless requests can be served."""
    health.require_answering()
    health.require_migrated()


def database_files() -> list[Path]:
    """The files of this machine that hold the database; none if a server has them."""
    return health.files()


def set_up_alone() -> AbstractContextManager[None]:
    """To be entered around what sets up the database: one process at a time.

    Raises BeingSetUp if another one takes longer than a minute, and DatabaseUnavailable.
    """
    return health.set_up_alone()
