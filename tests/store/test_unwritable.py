"""A database that cannot be written: full, or read-only."""

import pytest
from django.db import connection

from reunite.core.errors import DatabaseReadOnly, StorageFull
from reunite.models import Contact
from reunite.services.audit.check import check
from reunite.services.identify.identify import identify
from reunite.store.database.health import require_writable
from tests.scopes import SCOPE

_MOST_PAGES = 2**32 - 2
_FILL = """
    CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'could not extend file "base/1/2"' USING ERRCODE = '53100'; END $$;
    CREATE TRIGGER no_room BEFORE INSERT ON contact EXECUTE FUNCTION no_room()
"""


@pytest.fixture
def full_disk():
    """No page can be added on SQLite; on PostgreSQL no contact, as if there were no room for it."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA page_count")
            cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
        else:
            cursor.execute(_FILL)
    yield
    make_room()


def make_room():
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"PRAGMA max_page_count = {_MOST_PAGES}")
        else:
            cursor.execute("DROP FUNCTION IF EXISTS no_room CASCADE")


def test_a_full_disk_is_told_and_writes_go_on_when_there_is_room(full_disk):
    answered = []
    with pytest.raises(StorageFull):
        answered.extend(identify(SCOPE, f"e{n}@x.example", None).person.id for n in range(5_000))

    assert list(Contact.objects.order_by("id").values_list("id", flat=True)) == answered
    make_room()
    with pytest.raises(StorageFull):
        require_writable()
    assert identify(SCOPE, "e@x.example", "5550100").outcome == "created"
    require_writable()
    assert list(check()) == []


def test_a_read_only_database_is_told_and_a_new_connection_is_tried():
    with connection.cursor() as cursor:
        cursor.execute(
            "PRAGMA query_only = ON"
            if connection.vendor == "sqlite"
            else "SET default_transaction_read_only = on"
        )

    with pytest.raises(DatabaseReadOnly):
        identify(SCOPE, "e@x.example", None)

    assert identify(SCOPE, "e@x.example", None).outcome == "created"
