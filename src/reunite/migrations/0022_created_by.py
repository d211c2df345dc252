from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds two columns that may be empty: no row is read or written, however many there are."""

    dependencies = [
        ("reunite", "0021_api_keys"),
    ]

    operations = [
        migrations.AddField(
            model_name="event",
            name="created_by",
            field=models.TextField(help_text="The name of the key.", null=True),
        ),
        migrations.AddField(
            model_name="import",
            name="created_by",
            field=models.CharField(max_length=100, null=True),
        ),
    ]
