"""Is the database there, and are its tables the ones that this version expects?"""

from contextlib import AbstractContextManager
from pathlib import Path

from django.db import connection
from django.db.migrations.loader import MigrationLoader

from reunite.core.errors import LockTimeout, NotMigrated, StorageFull
from reunite.store.database.dialects import Statement, dialect
from reunite.store.database.storage import is_full
from reunite.store.database.transactions import transaction

# Nothing else locks this row, also not a first load, which keeps all others from its tables.
_WRITE = """
    UPDATE django_migrations SET app = app
    WHERE id = (SELECT id FROM django_migrations ORDER BY id LIMIT 1 {unless_locked})
"""


def require_answering() -> None:
    """Raise DatabaseUnavailable unless the database answers."""
    dialect().run([Statement("SELECT 1", prepared=False)])


def require_migrated() -> None:
    """Raise NotMigrated unless every migration of this version was applied."""
    with dialect().driver_errors(connection):
        loader = MigrationLoader(connection)
    if set(loader.disk_migrations) - set(loader.applied_migrations):
        raise NotMigrated


def require_writable() -> None:
    """Write a row as it is, and commit; on SQLite not while another transaction writes.

    Raises StorageFull, DatabaseReadOnly or DatabaseUnavailable, and LockTimeout if it takes long.
    """
    # So small a write may find room where no request does.
    if is_full():
        raise StorageFull
    try:
        with transaction(wait_seconds=0) as writing:
            writing.commit(Statement(dialect().sql(_WRITE)))
    except LockTimeout:
        if not dialect().has_one_writer:
            raise


def files() -> list[Path]:
    """The files of this machine that hold the database; none if a server has them."""
    return dialect().files()


def set_up_alone() -> AbstractContextManager[None]:
    """To be entered around what sets up the database: one process at a time.

    Raises BeingSetUp if another one takes longer than a minute, and DatabaseUnavailable.
    """
    return dialect().set_up_alone()
