"""The Django app of the explorer, which a project adds beside ``reunite``."""

from django.apps import AppConfig


class ExplorerConfig(AppConfig):
    """Add ``"django_htmx"`` and ``"reunite.explorer"`` to INSTALLED_APPS."""

    name = "reunite.explorer"
    label = "reunite_explorer"
