from django.db import migrations, models


class Migration(migrations.Migration):
    """Safe on a large table: there is a row for each import, and nothing else is touched."""

    dependencies = [
        ("reunite", "0005_imports"),
    ]

    operations = [
        migrations.RenameField("import", "policy_version", "revision"),
        migrations.AlterField(
            "import",
            "revision",
            models.BigIntegerField(help_text="The workspace's, by which its values are read."),
        ),
    ]
