"""Is there a pooler between Reunite and PostgreSQL that Reunite cannot work behind?

Behind PgBouncer with ``pool_mode = transaction`` the statements of a connection run in several
sessions of the database. Reunite prepares statements and sets options in its sessions, so its
requests would find neither, and wait until their time is over.
"""

from contextlib import closing, suppress

import psycopg
from django.core.management import CommandError
from django.db import connection

_CONNECT_SECONDS = 5
_ROUNDS = 3
_SESSION = "SELECT pg_backend_pid()"


def require_sessions() -> None:
    """Raise CommandError if a pooler gives a connection several sessions. Says nothing on SQLite.

    Costs a connection; of a database that does not answer, others tell.
    """
    if connection.vendor != "postgresql":
        return
    with suppress(psycopg.OperationalError), closing(_connect()) as one:
        # A server tells its process when it is connected to; a pooler tells a number of its own.
        if _session(one) == one.info.backend_pid:
            return
        with closing(_connect()) as other:
            if any(_share_sessions(one, other) for _ in range(_ROUNDS)):
                raise CommandError(
                    "a pooler in front of PostgreSQL changes the session of a connection "
                    "(PgBouncer: pool_mode = transaction or statement): set pool_mode = session, "
                    "or let DATABASE_URL name PostgreSQL itself"
                )


def _connect() -> psycopg.Connection:
    parameters = {
        **connection.get_connection_params(),
        "connect_timeout": _CONNECT_SECONDS,
        "prepare_threshold": None,
    }
    for name in ("cursor_factory", "context"):
        parameters.pop(name, None)
    return psycopg.connect(**parameters, autocommit=True)


def _session(connection: psycopg.Connection) -> int:
    row = connection.execute(_SESSION).fetchone()
    return int(row[0]) if row else 0


def _share_sessions(one: psycopg.Connection, other: psycopg.Connection) -> bool:
    """Whether a session went from one connection to the other, or one has several sessions."""
    before = _session(one)
    try:
        # A transaction keeps its session: often the one that was used last.
        with other.transaction():
            held = _session(other)
            return held in {before, _session(one)} or before != _session(one)
    except psycopg.errors.ProtocolViolation:
        return True  # With pool_mode = statement there are no transactions.
