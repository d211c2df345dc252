from django.db import migrations, models


class Migration(migrations.Migration):
    """Safe on a large database: workspace and tombstone alone are touched, small tables."""

    dependencies = [
        ("reunite", "0008_link_keys_first"),
    ]

    operations = [
        migrations.AddField(
            "tombstone",
            "key_id",
            models.CharField(
                db_default="",
                help_text="Which key; keys stand outside the database.",
                max_length=8,
            ),
        ),
        migrations.AlterField(
            "workspace",
            "erasure_key",
            models.CharField(
                db_default="",
                help_text="Keys tombstones that have no key_id; not made any more.",
                max_length=64,
            ),
        ),
        migrations.AddField(
            "workspace",
            "erased_in_log_at",
            models.DateTimeField(
                help_text="The last erasure that the write-ahead log of SQLite may still hold.",
                null=True,
            ),
        ),
    ]
