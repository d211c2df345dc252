"""An index of the events that tell of suspicious persons, so that they can be counted.

Safe on a large table: the index holds none of the rows that are there, it is made in one pass, and
requests wait for that only when they write.
"""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """One partial index."""

    dependencies: ClassVar = [("reunite", "0010_import_attempts")]
    operations: ClassVar = [
        migrations.AddIndex(
            "event",
            models.Index(
                "workspace",
                name="event_suspicious",
                condition=models.Q(type="person.suspicious"),
            ),
        )
    ]
