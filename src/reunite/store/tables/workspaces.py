"""Workspaces."""

from typing import Any

from reunite.models import Workspace

DEFAULT_WORKSPACE_ID = 0  # Below the sequence, so no workspace made later can take it.


def create_default_workspace(*, using: str, **_signal: Any) -> None:
    """Make sure that the workspace of a single-tenant user exists; called after every migrate."""
    workspaces = Workspace.objects.using(using)
    # Only asked for, not read: where migrations were taken back, columns may be missing.
    if not workspaces.filter(pk=DEFAULT_WORKSPACE_ID).exists():
        workspaces.create(pk=DEFAULT_WORKSPACE_ID, name="default")
