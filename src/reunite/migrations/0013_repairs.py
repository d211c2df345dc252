import django.db.models.deletion
from django.db import migrations, models

# Of a held link the left end is an email and the right one a phone number.
_SETTLE = """
    UPDATE link SET state = 'settled'
    WHERE state = 'held' AND
        (SELECT coalesce(linked_id, id) FROM contact
         WHERE workspace_id = link.workspace_id AND email_key = link.left_key
           AND deleted_at IS NULL LIMIT 1) =
        (SELECT coalesce(linked_id, id) FROM contact
         WHERE workspace_id = link.workspace_id AND phone_key = link.right_key
           AND deleted_at IS NULL LIMIT 1)
"""


class Migration(migrations.Migration):
    """Adds two tables, and two columns that are empty; of rows, held links alone are written.

    A held link whose ends are one person already is settled. There are as many as wait for review.
    """

    dependencies = [
        ("reunite", "0012_import_notes"),
    ]

    operations = [
        migrations.AddField(
            model_name="link",
            name="external_id",
            field=models.CharField(help_text="The order's own id.", max_length=255, null=True),
        ),
        migrations.AddField(
            model_name="link",
            name="source",
            field=models.CharField(
                help_text="Where the order came from.", max_length=100, null=True
            ),
        ),
        migrations.AlterField(
            model_name="link",
            name="state",
            field=models.CharField(
                choices=[
                    ("live", "Live"),
                    ("held", "Held"),
                    ("rejected", "Rejected"),
                    ("revoked", "Revoked"),
                    ("suspended", "Suspended"),
                    ("settled", "Settled"),
                ],
                max_length=9,
            ),
        ),
        migrations.RunSQL(_SETTLE, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Repair",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("type", models.CharField(max_length=40)),
                (
                    "changes",
                    models.JSONField(help_text="By ids; empty after a person in it was erased."),
                ),
                ("request_id", models.CharField(max_length=64, null=True)),
                ("created_at", models.DateTimeField()),
                (
                    "undoes",
                    models.BigIntegerField(help_text="The repair that it undid.", null=True),
                ),
                (
                    "undone_by",
                    models.BigIntegerField(help_text="The repair that undid it.", null=True),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="reunite.workspace",
                    ),
                ),
            ],
            options={
                "db_table": "repair",
            },
        ),
        migrations.CreateModel(
            name="RepairedContact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reunite.contact",
                    ),
                ),
                (
                    "repair",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="reunite.repair",
                    ),
                ),
            ],
            options={
                "db_table": "repaired_contact",
                "indexes": [
                    models.Index(models.F("contact"), name="repaired_contact_contact"),
                ],
            },
        ),
    ]
