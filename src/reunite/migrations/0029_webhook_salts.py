from django.db import migrations, models


class Migration(migrations.Migration):
    """Names one more failure of deliveries: the database itself does not change."""

    dependencies = [
        ("reunite", "0028_orders"),
    ]

    operations = [
        migrations.AlterField(
            model_name="delivery",
            name="failure",
            field=models.CharField(
                choices=[
                    ("address_refused", "Address_refused"),
                    ("name_unknown", "Name_unknown"),
                    ("not_connected", "Not_connected"),
                    ("no_answer", "No_answer"),
                    ("timed_out", "Timed_out"),
                    ("tls_failed", "Tls_failed"),
                    ("not_signed", "Not_signed"),
                ],
                max_length=16,
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="webhooksecret",
            name="secret",
            field=models.CharField(
                help_text="As the receiver has it, whsec_…, or a salt for the key that makes it.",
                max_length=100,
            ),
        ),
    ]
