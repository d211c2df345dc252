"""Operations of migrations that let requests write meanwhile."""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState


class AddIndexOnline(migrations.AddIndex):
    """Adds an index while requests write; for migrations that are not atomic.

    In PostgreSQL an index of a million rows takes a second or more, in which no request could
    write. SQLite has no such way, and one writer at a time anyway.
    """

    atomic = False

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Make the index; what an attempt that was interrupted left of it is made anew."""
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        editor: Any = schema_editor  # PostgreSQL's, which knows of ``concurrently``.
        model: Any = to_state.apps.get_model(app_label, self.model_name)
        editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {editor.quote_name(self.index.name)}")
        editor.add_index(model, self.index, concurrently=True)


class AddCheckOnline(migrations.AddConstraint):
    """Adds a check that all rows keep, while requests write; for migrations that are not atomic.

    PostgreSQL reads the whole table. In one step with the constraint, no request could write until
    then; in a step of its own, every request can.
    """

    atomic = False

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Add the check for new rows, then read the others; again, if that was interrupted."""
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model: Any = to_state.apps.get_model(app_label, self.model_name)
        table = schema_editor.quote_name(model._meta.db_table)
        name = schema_editor.quote_name(self.constraint.name)
        schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
        added = self.constraint.create_sql(model, schema_editor)
        # The statement holds its values already.
        schema_editor.execute(f"{added} NOT VALID", params=None)
        schema_editor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
