from django.db import migrations, models

# A workspace without contacts has nothing that was derived by the first rules.
_KEEPS_ITS_RULES = """
    UPDATE workspace SET rules_version = 1
    WHERE EXISTS (SELECT 1 FROM contact WHERE contact.workspace_id = workspace.id)
"""


class Migration(migrations.Migration):
    """Adds a column to a table of few rows: no contact is read or written."""

    dependencies = [
        ("reunite", "0013_repairs"),
    ]

    operations = [
        migrations.AddField(
            model_name="workspace",
            name="rules_version",
            field=models.SmallIntegerField(
                db_default=2,
                help_text="Of the rules for identifiers, while no policy says which.",
            ),
        ),
        migrations.RunSQL(_KEEPS_ITS_RULES, migrations.RunSQL.noop),
    ]
