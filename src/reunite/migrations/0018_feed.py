from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Two tables for the numbers of events; all events wait for theirs.

    Safe on a large table: events are read once, in order, and not locked. Servers of the
    version before know nothing of the tables: what they write later never gets a number.
    """

    dependencies: ClassVar = [("reunite", "0017_clock_at")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Unnumbered",
            fields=[
                (
                    "position",
                    models.BigIntegerField(
                        primary_key=True, serialize=False, help_text="The event."
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reunite.workspace",
                    ),
                ),
            ],
            options={"db_table": "unnumbered"},
        ),
        migrations.CreateModel(
            name="Numbered",
            fields=[
                (
                    "position",
                    models.BigIntegerField(
                        primary_key=True, serialize=False, help_text="The event."
                    ),
                ),
                ("number", models.BigIntegerField(help_text="From 1 on, without gaps.")),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reunite.workspace",
                    ),
                ),
            ],
            options={
                "db_table": "numbered",
                "constraints": [
                    models.UniqueConstraint(fields=("workspace", "number"), name="numbered_once")
                ],
            },
        ),
        migrations.RunSQL(
            """
            INSERT INTO unnumbered (position, workspace_id)
            SELECT position, workspace_id FROM event ORDER BY position
            """,
            migrations.RunSQL.noop,
        ),
    ]
