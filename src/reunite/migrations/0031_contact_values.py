from django.db import migrations, models

from reunite.models.operations import AddCheckOnline


class Migration(migrations.Migration):
    """Requires a value of each live contact again, which may be one of a declared kind.

    PostgreSQL reads the contacts beside the requests, SQLite copies the table.
    """

    atomic = False

    dependencies = [
        ("reunite", "0030_deferred"),
    ]

    operations = [
        AddCheckOnline(
            model_name="contact",
            constraint=models.CheckConstraint(
                name="contact_live_has_identifier",
                condition=models.Q(email__isnull=False)
                | models.Q(phone_number__isnull=False)
                | models.Q(others__isnull=False)
                | models.Q(deleted_at__isnull=False),
            ),
        ),
    ]
