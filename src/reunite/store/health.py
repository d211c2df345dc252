"""Is the database there, and are its tables the ones that this version expects?"""

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
    loader = MigrationLoader(connection)
    if set(loader.disk_migrations) - set(loader.applied_migrations):
        raise NotMigrated


def files() -> list[Path]:
    """The files of this machine that hold the database; none if a server has them."""
    return dialect().files()
