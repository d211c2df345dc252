import datetime

from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds a column to a table of few rows: no contact is read or written."""

    dependencies = [
        ("reunite", "0016_values_of_links"),
    ]

    operations = [
        migrations.AddField(
            model_name="workspace",
            name="clock_at",
            field=models.DateTimeField(
                db_default=datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC),
                help_text="New contacts are not created before this, even if the clock goes back.",
            ),
        ),
    ]
