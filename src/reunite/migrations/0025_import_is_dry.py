from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds a column with a default of the database: no row is written, however many there are."""

    dependencies = [
        ("reunite", "0024_feed_id"),
    ]

    operations = [
        migrations.AddField(
            model_name="import",
            name="is_dry",
            field=models.BooleanField(db_default=False, help_text="Whether it only tells."),
        ),
    ]
