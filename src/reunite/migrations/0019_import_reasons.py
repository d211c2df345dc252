from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds a column with a default of the database: no row is written, however many there are."""

    dependencies = [
        ("reunite", "0018_feed"),
    ]

    operations = [
        migrations.AddField(
            model_name="import",
            name="reasons",
            field=models.TextField(
                db_default="{}",
                help_text="How many rows were refused, or taken without a value, by reason: JSON.",
            ),
        ),
    ]
