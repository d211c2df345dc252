"""``reunite workspaces``: create and list workspaces."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reunite.core.errors import InvalidRequest
from reunite.core.scope import default_scope
from reunite.management.arguments import add_workspaces_arguments
from reunite.services.access.workspaces import create_workspace, list_workspaces

_AT_ONCE = 1_000


class Command(BaseCommand):
    """The keys of a workspace are made by ``reunite keys create --workspace``."""

    help = "Create and list workspaces."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Those of ``reunite workspaces``."""
        add_workspaces_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what was asked."""
        if options["action"] == "create":
            self._create(options["name"])
            return
        after = -1
        while found := list_workspaces(default_scope(), after=after, limit=_AT_ONCE):
            for each in found:
                self.stdout.write(f"{each.id}  {each.name}  created {each.created_at:%Y-%m-%d}")
            after = found[-1].id

    def _create(self, name: str) -> None:
        try:
            created = create_workspace(default_scope(), name)
        except InvalidRequest as error:
            raise CommandError(" ".join(each.detail for each in error.errors)) from error
        self.stdout.write(f"workspace {created.workspace.id} ({created.workspace.name}) is created")
