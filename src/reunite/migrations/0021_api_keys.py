import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds an empty table: no row is read or written."""

    dependencies = [
        ("reunite", "0020_import_last_retired"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="Who uses it; rows and events keep it.", max_length=100
                    ),
                ),
                (
                    "short",
                    models.CharField(
                        help_text="The part that is shown.", max_length=8, unique=True
                    ),
                ),
                (
                    "digest",
                    models.CharField(help_text="SHA-256 of the secret part.", max_length=64),
                ),
                (
                    "scopes",
                    models.CharField(
                        help_text="What it may do, separated by spaces.", max_length=200
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(max_length=100, null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("last_used_at", models.DateTimeField(help_text="To the minute.", null=True)),
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
                "db_table": "api_key",
                "indexes": [
                    models.Index(models.F("workspace"), models.F("id"), name="api_key_workspace")
                ],
            },
        ),
    ]
