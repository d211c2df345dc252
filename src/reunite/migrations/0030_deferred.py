from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds columns that are empty. No value of a row changes, and no row is read."""

    dependencies = [
        ("reunite", "0029_webhook_salts"),
    ]

    operations = [
        migrations.AddField(
            model_name="link",
            name="deferred_at",
            field=models.DateTimeField(help_text="When a reviewer was unsure.", null=True),
        ),
        migrations.AddField(
            model_name="link",
            name="deferred_by",
            field=models.CharField(max_length=100, null=True),
        ),
    ]
