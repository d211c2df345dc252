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
        try:
            yield
        finally:
            connection.settings_dict.update(address)

    return away


@pytest.fixture
def many_contacts():
    """Some thousand contacts, most of them primaries, an event and a value each; statistics."""
    series = {
        "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000)",
        "postgresql": "WITH n(i) AS (SELECT generate_series(1, 8000))",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""{series} INSERT INTO contact
            (id, workspace_id, email, email_key, phone_number, phone_key, linked_id,
             link_precedence, created_at, updated_at)
            SELECT i, 0, 'e' || i, 'email' || i || '@x.example', 'p', '' || (1000 + i / 2),
                   CASE WHEN i % 4 = 0 THEN i - 1 END,
                   CASE WHEN i % 4 = 0 THEN 'secondary' ELSE 'primary' END,
                   '2023-04-01 12:00:00', '2023-04-01 12:00:00'
            FROM n"""
        )
        cursor.execute(
            f"""{series} INSERT INTO identifier
            (workspace_id, contact_id, kind, value, key, counts)
            SELECT 0, i, 'customerNumber', '' || i, '' || i, TRUE FROM n"""
        )
        cursor.execute(
            f"""{series} INSERT INTO event (workspace_id, type, person_id, payload, created_at)
            SELECT 0, 'contact.created', i, '{{"contactId": 1}}', '2023-04-01 12:00:00' FROM n"""
        )
        cursor.execute("ANALYZE")


@pytest.fixture
def no_statistics():
    """As in a new database, whatever other tests left: their deleted rows count as pages."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE contact, event, link, separation, withheld CASCADE")
        cursor.execute(
            """SELECT pg_clear_relation_stats('public', relname),
                      pg_clear_attribute_stats('public', relname, attname, false)
            FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0
              AND NOT attisdropped"""
        )
