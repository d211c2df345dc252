from django.db import migrations, models


class Migration(migrations.Migration):
    """Safe on a large table: there is a row for each import, and nothing else is touched."""

    dependencies = [
        ("reunite", "0011_suspicious_persons"),
    ]

    operations = [
        migrations.AddField(
            "import",
            "notes",
            models.TextField(db_default="", help_text="Which column is read as what, in lines."),
        ),
    ]
