import django.db.models.deletion
from django.db import migrations, models

import reunite.models

_KINDS = (
    ("link", "left_kind"),
    ("link", "right_kind"),
    ("retired", "kind"),
    ("tombstone", "kind"),
    ("withheld", "kind"),
)


class Migration(migrations.Migration):
    """Adds an empty table and columns that are empty, and makes room for the names of kinds.

    PostgreSQL reads the rows of what is withheld once, for an index; SQLite copies the tables. No
    value of a row changes. The constraint that is taken away comes back with migration 0031.
    """

    dependencies = [
        ("reunite", "0025_import_is_dry"),
    ]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="others",
            field=models.TextField(
                help_text="The values of declared kinds, as JSON; empty where there are none.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="rekeyed",
            name="others",
            field=models.TextField(help_text="The values of declared kinds, as JSON.", null=True),
        ),
        migrations.RemoveConstraint(model_name="contact", name="contact_live_has_identifier"),
        *(
            migrations.AlterField(
                model_name=model, name=name, field=models.CharField(max_length=40)
            )
            for model, name in _KINDS
        ),
        migrations.AddField(
            model_name="withheld",
            name="value",
            field=models.CharField(
                db_default="",
                help_text="As given, of a declared kind; empty otherwise.",
                max_length=254,
            ),
        ),
        migrations.RemoveConstraint(model_name="withheld", name="withheld_once"),
        migrations.AddConstraint(
            model_name="withheld",
            constraint=models.UniqueConstraint(
                fields=["contact", "kind", "value"], name="withheld_once"
            ),
        ),
        migrations.CreateModel(
            name="Identifier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("value", models.CharField(help_text="As given.", max_length=254)),
                (
                    "key",
                    reunite.models.KeyField(
                        help_text="Canonical, whether it is evidence or not.", max_length=254
                    ),
                ),
                ("counts", models.BooleanField(help_text="Whether it is evidence.")),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="reunite.contact",
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
                "db_table": "identifier",
                "indexes": [
                    models.Index(
                        models.F("key"),
                        models.F("kind"),
                        models.F("workspace"),
                        models.F("counts"),
                        name="identifier_key",
                    ),
                    models.Index(models.F("contact"), name="identifier_contact"),
                ],
            },
        ),
    ]
