from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds a column with a default of the database: no row is written, however many there are."""

    dependencies = [
        ("reunite", "0019_import_reasons"),
    ]

    operations = [
        migrations.AddField(
            model_name="import",
            name="last_retired",
            field=models.BigIntegerField(
                db_default=0, help_text="The last that was retired when its rows were first read."
            ),
        ),
    ]
