from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds empty columns without a default: no row is read or written."""

    dependencies = [
        ("reunite", "0014_rules_version"),
    ]

    operations = [
        migrations.AddField(
            model_name="link",
            name="import_id",
            field=models.BigIntegerField(null=True, help_text="The import that brought it."),
        ),
        migrations.AddField(
            model_name="event",
            name="import_id",
            field=models.BigIntegerField(null=True, help_text="The import that did it."),
        ),
    ]
