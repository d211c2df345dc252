"""Is the database there, and are its tables the ones that this version expects?"""

from contextlib import AbstractContextManager
from pathlib import Path

from django.db import connection
from django.db.migrations.loader import MigrationLoader

from reunite.core.errors import NotMigrated
from reunite.store.dialects import Statement, dialect


def require_answering() -> None:
    """Raise DatabaseUnavailable unless the database answers."""
    dialect().run([Statement("SELECT 1", prepared=False)])


def require_migrated() -> None:
    """Raise NotMigrated unless every migration of this version was applied."""
    with dialect().driver_errors(connection):
        loader = MigrationLoader(connection)
    if set(loader.disk_migrations) - set(loader.applied_migrations):
        raise NotMigrated


def files() -> list[Path]:
    """The files of this machine that hold the database; none if a server has them."""
    return dialect().files()


def set_up_alone() -> AbstractContextManager[None]:
    """To be entered around what sets up the database: one process at a time.

    Raises BeingSetUp if another one takes longer than a minute, and DatabaseUnavailable.
    """
    return dialect().set_up_alone()
