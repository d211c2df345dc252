"""Workspaces."""

import secrets
from typing import Any

from reunite.core.scope import DEFAULT_WORKSPACE_ID
from reunite.models import Workspace
from reunite.store.database.dialects import Statement
from reunite.store.database.queries import Query, query


def new_feed_id() -> str:
    """An id that no feed has, nor ever had."""
    return secrets.token_hex(8)


def create_default_workspace(*, using: str, **_signal: Any) -> None:
    """Make sure that the workspace of a single-tenant user exists; called after every migrate."""
    workspaces = Workspace.objects.using(using)
    # Only asked for, not read: where migrations were taken back, columns may be missing.
    if not workspaces.filter(pk=DEFAULT_WORKSPACE_ID).exists():
        workspaces.create(pk=DEFAULT_WORKSPACE_ID, name="default", feed_id=new_feed_id())


def ids() -> Query[list[int]]:
    """The ids of all workspaces."""
    return query(Statement("SELECT id FROM workspace"), lambda rows: [id for (id,) in rows])
