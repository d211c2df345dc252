from django.db import migrations, models


class Migration(migrations.Migration):
    """An index on the smallest of the large tables; building it keeps merges waiting meanwhile."""

    dependencies = [
        ("reunite", "0003_trust"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="link",
            index=models.Index(
                models.F("workspace"),
                models.F("right_kind"),
                models.F("right_key"),
                name="link_right",
            ),
        ),
    ]
