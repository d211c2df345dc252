from django.db import migrations, models

from reunite.models.operations import AddIndexOnline


class Migration(migrations.Migration):
    """Two partial indexes, to find persons by an order. No value of a row changes.

    They hold the contacts and links that an import brought with an order's id, and no others. Each
    is made in one pass: in PostgreSQL beside the requests, in SQLite those that write wait.
    """

    atomic = False

    dependencies = [
        ("reunite", "0027_numbers_by_row"),
    ]

    operations = [
        AddIndexOnline(
            "contact",
            models.Index(
                "external_id",
                "workspace",
                name="contact_external_id",
                condition=models.Q(external_id__isnull=False, deleted_at__isnull=True),
            ),
        ),
        AddIndexOnline(
            "link",
            models.Index(
                "external_id",
                "workspace",
                name="link_external_id",
                condition=models.Q(external_id__isnull=False),
            ),
        ),
    ]
