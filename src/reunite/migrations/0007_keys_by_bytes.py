from django.db import migrations, models

import reunite.models


class Migration(migrations.Migration):
    """Builds indexes anew, and on SQLite copies the tables: stop all writes meanwhile."""

    dependencies = [
        ("reunite", "0006_import_revision"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="contact",
            name="contact_email_key",
        ),
        migrations.RemoveIndex(
            model_name="contact",
            name="contact_phone_key",
        ),
        migrations.AlterField(
            model_name="contact",
            name="email_key",
            field=reunite.models.KeyField(
                help_text="Canonical; empty where it is not evidence.", max_length=254, null=True
            ),
        ),
        migrations.AlterField(
            model_name="contact",
            name="phone_key",
            field=reunite.models.KeyField(
                help_text="Canonical; empty where it is not evidence.", max_length=80, null=True
            ),
        ),
        migrations.AlterField(
            model_name="link",
            name="left_key",
            field=reunite.models.KeyField(max_length=254),
        ),
        migrations.AlterField(
            model_name="link",
            name="right_key",
            field=reunite.models.KeyField(max_length=254),
        ),
        migrations.AlterField(
            model_name="rekeyed",
            name="email_key",
            field=reunite.models.KeyField(max_length=254, null=True),
        ),
        migrations.AlterField(
            model_name="rekeyed",
            name="phone_key",
            field=reunite.models.KeyField(max_length=80, null=True),
        ),
        migrations.AlterField(
            model_name="retired",
            name="key",
            field=reunite.models.KeyField(max_length=254),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                models.F("email_key"),
                models.F("workspace"),
                condition=models.Q(("deleted_at__isnull", True), ("email_key__isnull", False)),
                name="contact_email_key",
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                models.F("phone_key"),
                models.F("workspace"),
                condition=models.Q(("deleted_at__isnull", True), ("phone_key__isnull", False)),
                name="contact_phone_key",
            ),
        ),
    ]
