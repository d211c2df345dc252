from django.db import migrations

import reunite.models.fields


class Migration(migrations.Migration):
    """Lets SQLite order the numbers of events by the tables themselves.

    SQLite copies both tables; PostgreSQL changes nothing. No value of a row changes.
    """

    dependencies = [
        ("reunite", "0026_identifier"),
    ]

    operations = [
        migrations.AlterField(
            model_name=model,
            name="position",
            field=reunite.models.fields.RowIdField(
                help_text="The event.", primary_key=True, serialize=False
            ),
        )
        for model in ("numbered", "unnumbered")
    ]
