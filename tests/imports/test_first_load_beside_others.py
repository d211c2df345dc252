"""A first load into one workspace, while somebody writes to another."""

import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import connection, connections

from reunite import models
from reunite.services.audit.check import check
from tests.bulk.planning import write_csv
from tests.imports.files import import_files

pytestmark = pytest.mark.postgresql  # SQLite has one writer at a time.

WAITS = (
    "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE relation = 'contact'::regclass AND NOT granted)"
)


def imported_elsewhere(path):
    try:
        return import_files(path)
    finally:
        connections.close_all()


def test_what_another_workspace_was_just_told_is_kept(tmp_path):
    other = models.Workspace.objects.create(name="other")
    path = write_csv(tmp_path / "orders.csv", [("a@x.example", "1001", 0)])
    writer = psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None})
    with writer, ThreadPoolExecutor(1) as pool:
        writer.execute(
            """INSERT INTO contact (workspace_id, email, email_key, link_precedence, created_at,
                                    updated_at)
               VALUES (%s, 'b@x.example', 'b@x.example', 'primary', now(), now())""",
            [other.id],
        )
        load = pool.submit(imported_elsewhere, path)
        deadline = time.monotonic() + 20
        with connection.cursor() as cursor:
            # The load has seen an empty table by now, and waits for it.
            while not (cursor.execute(WAITS), cursor.fetchone()[0])[1]:
                assert time.monotonic() < deadline
                time.sleep(0.02)
        writer.commit()
        assert load.result().contacts == 1

    emails = models.Contact.objects.order_by("email").values_list("email", flat=True)
    assert list(emails) == ["a@x.example", "b@x.example"]
    assert list(check()) == []
