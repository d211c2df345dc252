import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from reunite.core.errors import NotMigrated
from reunite.services.health import require_ready


def test_a_migrated_database_that_answers_is_ready():
    require_ready()


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
