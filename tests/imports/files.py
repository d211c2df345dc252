"""Files to import, and what is stored once they are."""

from datetime import timedelta

from django.db import connection

from reunite.bulk.imports import Request, run
from reunite.models import Contact, Link

TICK = timedelta(microseconds=1)


def empty_tables():
    with connection.cursor() as cursor:
        for table in ("event", "link", "import", "contact"):
            if table == "contact":
                cursor.execute("UPDATE contact SET linked_id = NULL, link_precedence = 'primary'")
            cursor.execute(f"DELETE FROM {table}")


def import_files(*paths, **options):
    return run(Request([str(path) for path in paths], workers=1, **options))


def stored_contacts():
    """All contacts, numbered from 0 in the order of their ids."""
    rows = list(
        Contact.objects.order_by("id").values_list(
            "id",
            "linked_id",
            "email",
            "phone_number",
            "email_key",
            "phone_key",
            "created_at",
            "updated_at",
        )
    )
    number = {row[0]: place for place, row in enumerate(rows)}
    return [(number.get(linked), *rest) for _, linked, *rest in rows]


def stored_links():
    columns = ("left_kind", "left_key", "right_kind", "right_key", "origin", "state", "created_at")
    return list(Link.objects.order_by("id").values_list(*columns))
