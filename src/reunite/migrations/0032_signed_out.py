from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds a column that is empty: no row is written, and the table is small."""

    dependencies = [
        ("reunite", "0031_contact_values"),
    ]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="signed_out_at",
            field=models.DateTimeField(
                help_text="Sign-ins before this time do not hold.", null=True
            ),
        ),
    ]
