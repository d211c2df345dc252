from django.db import migrations, models


class Migration(migrations.Migration):
    """Safe on a large table: there is a row for each import, and nothing else is touched."""

    dependencies = [
        ("reunite", "0009_erasure"),
    ]

    operations = [
        migrations.AlterField(
            "import",
            "state",
            models.CharField(
                choices=[
                    ("waiting", "Waiting"),
                    ("running", "Running"),
                    ("done", "Done"),
                    ("failed", "Failed"),
                    ("cancelled", "Cancelled"),
                ],
                max_length=9,
            ),
        ),
        migrations.AddField(
            "import",
            "attempts",
            models.SmallIntegerField(
                db_default=0, help_text="How many were begun since it last got on."
            ),
        ),
        migrations.AddField(
            "import",
            "stage",
            models.CharField(db_default="", help_text="What is being done.", max_length=9),
        ),
        migrations.AddField(
            "import",
            "percent",
            models.SmallIntegerField(db_default=0, help_text="How much of the stage is done."),
        ),
        migrations.AddField(
            "import",
            "persons",
            models.BigIntegerField(db_default=0, help_text="How many it started."),
        ),
        migrations.AddField(
            "import",
            "held",
            models.BigIntegerField(db_default=0, help_text="How many merges guards stopped."),
        ),
        migrations.AlterField(
            "import",
            "position",
            models.BigIntegerField(help_text="The place of the last row that is done."),
        ),
        migrations.AlterField(
            "import",
            "reason",
            models.TextField(default="", help_text="Why it failed, or why its last attempt did."),
        ),
    ]
