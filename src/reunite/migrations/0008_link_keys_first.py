from django.db import migrations, models


class Migration(migrations.Migration):
    """Builds two indexes anew: stop all writes meanwhile."""

    dependencies = [
        ("reunite", "0007_keys_by_bytes"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="link",
            name="link_left",
        ),
        migrations.RemoveIndex(
            model_name="link",
            name="link_right",
        ),
        migrations.AddIndex(
            model_name="link",
            index=models.Index(
                models.F("left_key"), models.F("left_kind"), models.F("workspace"), name="link_left"
            ),
        ),
        migrations.AddIndex(
            model_name="link",
            index=models.Index(
                models.F("right_key"),
                models.F("right_kind"),
                models.F("workspace"),
                name="link_right",
            ),
        ),
    ]
