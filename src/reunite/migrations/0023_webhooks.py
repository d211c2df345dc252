import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds empty tables: no row is read or written."""

    dependencies = [
        ("reunite", "0022_created_by"),
    ]

    operations = [
        migrations.CreateModel(
            name="Webhook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("url", models.CharField(max_length=2000)),
                (
                    "types",
                    models.TextField(
                        help_text="Of the events, separated by spaces; empty for all."
                    ),
                ),
                (
                    "number",
                    models.BigIntegerField(
                        help_text="Events up to this number have their deliveries."
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(max_length=100, null=True)),
                (
                    "failing_since",
                    models.DateTimeField(
                        help_text="The first failure since its last success.", null=True
                    ),
                ),
                ("disabled_at", models.DateTimeField(null=True)),
                (
                    "disabled_for",
                    models.CharField(
                        choices=[
                            ("failures", "Failures"),
                            ("gone", "Gone"),
                            ("operator", "Operator"),
                        ],
                        max_length=8,
                        null=True,
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="reunite.workspace",
                    ),
                ),
            ],
            options={
                "db_table": "webhook",
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.BigIntegerField(help_text="The event's number in the feed.")),
                ("type", models.CharField(max_length=40)),
                ("person_id", models.BigIntegerField()),
                ("happened_at", models.DateTimeField(help_text="When the event was written.")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("delivered", "Delivered"),
                            ("dead", "Dead"),
                        ],
                        max_length=9,
                    ),
                ),
                ("attempts", models.SmallIntegerField(db_default=0)),
                (
                    "next_attempt_at",
                    models.DateTimeField(
                        help_text="While an attempt is under way, when another worker may make it.",
                        null=True,
                    ),
                ),
                (
                    "attempted_at",
                    models.DateTimeField(help_text="When the last attempt began.", null=True),
                ),
                ("status", models.SmallIntegerField(help_text="Of the last answer.", null=True)),
                (
                    "failure",
                    models.CharField(
                        choices=[
                            ("address_refused", "Address_refused"),
                            ("name_unknown", "Name_unknown"),
                            ("not_connected", "Not_connected"),
                            ("no_answer", "No_answer"),
                            ("timed_out", "Timed_out"),
                            ("tls_failed", "Tls_failed"),
                        ],
                        max_length=16,
                        null=True,
                    ),
                ),
                (
                    "ended_at",
                    models.DateTimeField(help_text="When it was delivered or given up.", null=True),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="reunite.workspace",
                    ),
                ),
                (
                    "webhook",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        help_text="Deliveries that have ended outlive it until they are pruned.",
                        on_delete=django.db.models.deletion.PROTECT,
                        to="reunite.webhook",
                    ),
                ),
            ],
            options={
                "db_table": "delivery",
            },
        ),
        migrations.CreateModel(
            name="WebhookSecret",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "secret",
                    models.CharField(help_text="As the receiver has it: whsec_….", max_length=100),
                ),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(null=True)),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="reunite.workspace",
                    ),
                ),
                (
                    "webhook",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="reunite.webhook",
                    ),
                ),
            ],
            options={
                "db_table": "webhook_secret",
            },
        ),
        migrations.AddIndex(
            model_name="webhook",
            index=models.Index(models.F("workspace"), models.F("id"), name="webhook_workspace"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                models.F("webhook"), models.F("state"), models.F("number"), name="delivery_state"
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                models.F("webhook"),
                models.F("next_attempt_at"),
                condition=models.Q(("next_attempt_at__isnull", False)),
                name="delivery_due",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                models.F("ended_at"),
                condition=models.Q(("ended_at__isnull", False)),
                name="delivery_ended",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(fields=("webhook", "number"), name="delivery_once"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("ended_at__isnull", True),
                        ("next_attempt_at__isnull", False),
                        ("state", "waiting"),
                    ),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("next_attempt_at__isnull", True),
                        models.Q(("state", "waiting"), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="delivery_waits_or_has_ended",
            ),
        ),
        migrations.AddIndex(
            model_name="webhooksecret",
            index=models.Index(models.F("webhook"), name="webhook_secret_webhook"),
        ),
    ]
