"""Whether the database can be written, beside others who do."""

from types import SimpleNamespace

import pytest
from django.db import connection

from reunite.core.errors import LockTimeout
from reunite.store.database.dialects import prepare
from reunite.store.database.health import require_writable


def test_a_database_is_writable_while_another_transaction_writes(other_connection):
    with other_connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("BEGIN IMMEDIATE")
        else:
            cursor.execute("BEGIN")
            cursor.execute("SELECT id FROM django_migrations FOR UPDATE")
        require_writable()
        cursor.execute("ROLLBACK")


@pytest.mark.postgresql
def test_a_write_that_does_not_come_to_an_end_is_told(other_connection):
    with other_connection.cursor() as cursor, connection.cursor() as ours:
        ours.execute("SET lock_timeout = '50ms'")
        cursor.execute("BEGIN")
        cursor.execute("LOCK TABLE django_migrations IN SHARE MODE")
        with pytest.raises(LockTimeout):
            require_writable()
        cursor.execute("ROLLBACK")
        ours.execute("RESET lock_timeout")
    require_writable()


def test_a_connection_of_another_vendor_is_left_as_it_is():
    prepare(SimpleNamespace(vendor="mysql"))  # It would fail on any use of the connection.
