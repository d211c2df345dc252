"""The workspace that a command is about."""

from collections.abc import Mapping
from typing import Any

from reunite.core.scope import Scope
from reunite.services.access.workspaces import workspace_named


def scope_of(options: Mapping[str, Any]) -> Scope:
    """The scope of the workspace that ``--workspace`` names. Raises WorkspaceNotFound."""
    return Scope(workspace_named(options["workspace"]).id)
