"""Workspaces."""

from typing import Any

from reunite.models import Workspace

DEFAULT_WORKSPACE_ID = 0  # Below the sequence, so no workspace made later can take it.


def create_default_workspace(*, using: str, **_signal: Any) -> None:
    """Make sure that the workspace of a single-tenant user exists; called after every migrate."""
    Workspace.objects.using(using).get_or_create(
        pk=DEFAULT_WORKSPACE_ID, defaults={"name": "default"}
    )
