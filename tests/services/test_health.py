import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from reunite.core.errors import DatabaseReadOnly, NotMigrated
from reunite.services.health import WriteProbe, require_ready, require_serving


def test_a_migrated_database_that_answers_is_ready():
    require_ready()
    require_serving()


def test_whether_writes_work_is_tried_once_for_all_who_ask_in_a_while():
    probe = WriteProbe(seconds_between=3_600)
    probe.require_writable()
    make_read_only()
    probe.require_writable()

    other = WriteProbe(seconds_between=3_600)
    for _ in range(2):  # The first try makes the connection anew, so the second would succeed.
        with pytest.raises(DatabaseReadOnly) as told:
            other.require_writable()
        assert told.value.__cause__ is not None


def test_writes_that_work_again_are_found_to():
    probe = WriteProbe(seconds_between=0)
    make_read_only()
    with pytest.raises(DatabaseReadOnly):
        probe.require_writable()

    probe.require_writable()


def make_read_only():
    """Until the connection is closed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "PRAGMA query_only = ON"
            if connection.vendor == "sqlite"
            else "SET default_transaction_read_only = on"
        )


def test_a_database_that_lacks_a_migration_is_not():
    applied = MigrationRecorder(connection).migration_qs.filter(app="reunite")
    *_, last = applied.order_by("id")
    record = {"app": last.app, "name": last.name, "applied": last.applied}
    last.delete()
    try:
        with pytest.raises(NotMigrated):
            require_ready()
    finally:
        applied.create(**record)
