"""The database that the settings name: its name, and the file of an embedded one."""

import os
from contextlib import suppress
from pathlib import Path

from django.core.management import CommandError
from django.db import connection

from reunite_service.pooler import require_sessions


def database_name() -> str:
    """The name of the database in the settings, without secret parts of its address."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return str(settings["NAME"])
    return f"{settings['NAME']} on {settings['HOST'] or 'the local socket'}"


def require_database() -> None:
    """Raise CommandError where the settings name a SQLite file that does not exist.

    SQLite would make an empty one, and a command that reads would speak of the wrong database.
    Raises CommandError also behind a pooler that Reunite cannot work behind.
    """
    require_sessions()
    if connection.vendor == "sqlite" and not Path(database_name()).exists():
        raise CommandError(
            f"there is no database at {database_name()}: run this in the folder of the server, set "
            "DATABASE_URL, or run `reunite migrate` to make one"
        )


def make_private() -> None:
    """Make the file of a new SQLite database readable by its owner alone.

    SQLite gives its write-ahead log the rights of the file. A file that exists keeps its rights.
    """
    if connection.vendor == "sqlite":
        with suppress(OSError):  # SQLite itself says what is wrong with the path.
            flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
            os.close(os.open(database_name(), flags, 0o600))
