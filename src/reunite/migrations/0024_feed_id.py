import secrets
from typing import Any, ClassVar

from django.db import migrations, models


def give_ids(apps: Any, schema_editor: Any) -> None:
    """Give all workspaces an id that no other database has."""
    workspaces = apps.get_model("reunite", "Workspace").objects.using(
        schema_editor.connection.alias
    )
    workspaces.update(feed_id=secrets.token_hex(8))


class Migration(migrations.Migration):
    """Adds a column to the table of workspaces, which has few rows."""

    dependencies: ClassVar = [("reunite", "0023_webhooks")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="workspace",
            name="feed_id",
            field=models.CharField(
                max_length=32,
                db_default="",
                help_text="Of its change feed: another one after the database was restored.",
            ),
        ),
        migrations.RunPython(give_ids, migrations.RunPython.noop),
    ]
