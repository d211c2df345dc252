from contextlib import contextmanager

import pytest
from django.db import connection


@pytest.fixture
def other_connection():
    """A second connection to the same database, as another process would have."""
    other = connection.copy()
    other.ensure_connection()
    yield other
    other.close()


@pytest.fixture
def break_connection(other_connection):
    """Let the server end the connection that Django still believes in."""

    def end():
        if connection.vendor == "sqlite":
            connection.close()
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
        with other_connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 1000)", [pid])

    return end


@pytest.fixture
def database_away(tmp_path):
    """No new connection reaches the database within the block."""

    @contextmanager
    def away():
        connection.close()
        address = dict(connection.settings_dict)
        nowhere = str(tmp_path / "nowhere" / "database")
        if connection.vendor == "sqlite":
            connection.settings_dict["NAME"] = nowhere
        else:
            connection.settings_dict["OPTIONS"] = {**address["OPTIONS"], "host": nowhere}
        yield
        connection.settings_dict.update(address)

    return away
