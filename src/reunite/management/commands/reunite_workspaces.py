"""``reunite workspaces``: create and list workspaces."""

from functools import partial
from operator import attrgetter
from typing import Any

from reunite.core.scope import default_scope
from reunite.management.arguments import add_workspaces_arguments
from reunite.management.command import ReuniteCommand, all_pages
from reunite.services.access.workspaces import create_workspace, list_workspaces


class Command(ReuniteCommand):
    """The keys of a workspace are made by ``reunite keys create --workspace``."""

    help = "Create and list workspaces."
    arguments = staticmethod(add_workspaces_arguments)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what was asked."""
        scope = default_scope()
        if options["action"] == "create":
            made = create_workspace(scope, options["name"]).workspace
            self.stdout.write(f"workspace {made.id} ({made.name}) is created")
            return
        for each in all_pages(partial(list_workspaces, scope), attrgetter("id"), after=-1):
            self.stdout.write(f"{each.id}  {each.name}  created {each.created_at:%Y-%m-%d}")
