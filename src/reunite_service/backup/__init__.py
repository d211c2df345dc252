"""``reunite backup`` and ``reunite restore``: the whole database as one file, and back.

A backup is physical: it fits the kind of database that it was made of, with everything in it. Files
that wait to be imported are no part of the database, and not in a backup.
"""

from pathlib import Path

from django.core.management import CommandError
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from reunite.management.whole_databases import backed_up, is_dump
from reunite_service.backup import postgresql, sqlite
from reunite_service.database import database_name

_FEED_ID = "0024_feed_id"
"""The migration since which workspaces have the id of their feed; it gives new ones itself."""
_VENDORS = {"postgresql": postgresql, "sqlite": sqlite}


def back_up(file: Path) -> str:
    """Write the database to a new file, while it is used or not; the result is one line to print.

    The file appears under its name when it is complete, readable by its owner alone. Raises
    CommandError.
    """
    if file.exists():
        raise CommandError(f"{file} exists: name a new file")
    unfinished = file.with_name(f".{file.name}.unfinished")
    try:
        unfinished.touch(mode=0o600, exist_ok=True)
        _VENDORS[connection.vendor].back_up(unfinished)
        unfinished.replace(file)
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return f"backup of {database_name()} written to {file}, {file.stat().st_size:,} bytes"


def restore(file: Path, *, replace: bool) -> str:
    """Put the database of a backup in the place of this one; the result is one line to print.

    The database must be free of contacts unless ``replace`` is set, and no other process may use
    it. It is replaced whole or not at all. Raises CommandError.
    """
    if not file.is_file():
        raise CommandError(f"there is no file {file}")
    vendor = _VENDORS[connection.vendor]
    applied = vendor.migrations_in(file)
    known = {name for app, name in MigrationLoader(None).disk_migrations if app == "reunite"}
    if not applied:
        raise CommandError(f"{file} holds no database of Reunite{_meant(file)}")
    if newer := sorted(applied - known):
        raise CommandError(
            f"{file} was made by a newer version of Reunite (it has {newer[-1]}): upgrade first"
        )
    if not replace and (contacts := _count_contacts()):
        raise CommandError(
            f"{database_name()} holds {contacts:,} contacts: restoring would delete them. Make a "
            "backup of them first, or say --replace"
        )
    # With the old id, followers would go on with numbers that mean other events now.
    vendor.restore(file, restarts_feed=_FEED_ID in applied)
    contacts = _count_contacts()
    connection.close()
    missing = ", run reunite migrate" if known - applied else ""
    return f"{database_name()} restored from {file}: {contacts:,} contacts{missing}"


def _meant(file: Path) -> str:
    """The remedy for a file that this kind of database cannot restore."""
    if is_dump(file):
        return ": it looks like a dump, which `reunite load` loads into a new database"
    kind = backed_up(file)
    if kind is None or kind.lower() == connection.vendor:
        return ""
    return (
        f": it is a backup of {kind}, which no other kind of database can restore. Restore it into "
        f"{kind}, and move it with `reunite dump`"
    )


def _count_contacts() -> int:
    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists():
        return 0
    try:
        with connection.cursor() as cursor:
            if "contact" not in connection.introspection.table_names(cursor):
                return 0
            cursor.execute("SELECT count(*) FROM contact")
            (count,) = cursor.fetchone() or (0,)
            return int(count)
    finally:
        connection.close()
