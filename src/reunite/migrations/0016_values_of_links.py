from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds columns that are empty, and an index of a small table; no row is written.

    On SQLite the tables are copied. An empty value stands for the key: the next policy that changes
    keys reads the values from the contacts that have them.
    """

    dependencies = [
        ("reunite", "0015_import_ids"),
    ]

    operations = [
        *(
            migrations.AddField(
                model_name=model,
                name=name,
                field=models.CharField(
                    max_length=254,
                    null=True,
                    help_text="As given; empty where only the key is known.",
                ),
            )
            for model, name in (
                ("link", "left_value"),
                ("link", "right_value"),
                ("retired", "value"),
            )
        ),
        migrations.RemoveConstraint(model_name="link", name="link_joins_two_identifiers"),
        migrations.AddConstraint(
            model_name="link",
            constraint=models.CheckConstraint(
                condition=~models.Q(
                    left_kind=models.F("right_kind"), left_key=models.F("right_key")
                )
                | models.Q(left_value__isnull=False, right_value__isnull=False)
                & ~models.Q(left_value=models.F("right_value")),
                name="link_joins_two_identifiers",
            ),
        ),
        migrations.RemoveConstraint(model_name="retired", name="retired_once"),
        migrations.AddConstraint(
            model_name="retired",
            constraint=models.UniqueConstraint(
                fields=["workspace", "kind", "value"], name="retired_once"
            ),
        ),
        migrations.AddIndex(
            model_name="retired",
            index=models.Index("workspace", "kind", "key", name="retired_key"),
        ),
    ]
