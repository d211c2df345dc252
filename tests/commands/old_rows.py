"""Makes a database of the first schema, with rows that the program of then wrote.

Run with DATABASE_URL, as a process of its own: ``python -m tests.commands.old_rows``.
"""

import json
from pathlib import Path

import django
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.migrations.executor import MigrationExecutor

SCHEMA = ("reunite", "0008_link_keys_first")
ROWS = Path(__file__).with_name("old_rows.json")


def main() -> None:
    """Migrate to the first schema and insert the rows."""
    django.setup()
    # Not by the command: it would make the workspace, in columns of now.
    executor = MigrationExecutor(connection)
    executor.migrate([SCHEMA])
    apps = executor.loader.project_state(SCHEMA).apps
    tables = {model._meta.db_table: model for model in apps.get_models()}
    with transaction.atomic():
        for table, rows in json.loads(ROWS.read_text()).items():
            model = tables[table]
            model.objects.all().delete()
            model.objects.bulk_create(
                [model(**dict(_value(model, *each) for each in row.items())) for row in rows]
            )
        with connection.cursor() as cursor:
            # The id of the one workspace is 0, and no sequence gave it.
            numbered = [each for name, each in tables.items() if name != "workspace"]
            for statement in connection.ops.sequence_reset_sql(no_style(), numbered):
                cursor.execute(statement)


def _value(model: type[models.Model], column: str, value: object) -> tuple[str, object]:
    (field,) = (each for each in model._meta.concrete_fields if each.column == column)
    return field.attname, field.to_python(value)


if __name__ == "__main__":
    main()
