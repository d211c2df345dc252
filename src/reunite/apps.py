"""The Django app."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class ReuniteConfig(AppConfig):
    """Add ``"reunite"`` to INSTALLED_APPS."""

    name = "reunite"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, and what new databases and connections need."""
        from reunite import checks, deploy  # noqa: F401  # importing registers them
        from reunite.store.database.dialects import prepare
        from reunite.store.tables.workspaces import create_default_workspace

        connection_created.connect(prepare)
        post_migrate.connect(create_default_workspace, sender=self)
