"""Workspaces: create one, list them, find one by its name."""

from dataclasses import dataclass
from datetime import UTC, datetime

from reunite.core.access.callers import KeyScope
from reunite.core.access.names import require_name
from reunite.core.errors import OtherWorkspaces, WorkspaceExists, WorkspaceNotFound
from reunite.core.scope import DEFAULT_WORKSPACE_ID, Scope
from reunite.services.access.door import door
from reunite.services.access.keys import NewKey, insert_key, require_key
from reunite.store.access import workspaces
from reunite.store.access.workspaces import Workspace
from reunite.store.database.queries import outside
from reunite.store.database.transactions import retried, transaction


@dataclass(frozen=True, slots=True)
class NewWorkspace:
    """A workspace that was just created, and its first key, if one was wanted."""

    workspace: Workspace
    key: NewKey | None


def create_workspace(scope: Scope, name: str, *, admin: str | None = None) -> NewWorkspace:
    """Create a workspace, with a key of this name that may do all in it.

    Raises InvalidRequest, OtherWorkspaces unless the scope is the default workspace,
    WorkspaceExists, or TemporarilyUnavailable.
    """
    require_name("name", name)
    scopes = (KeyScope.ADMIN,)
    if admin is not None:
        require_key(admin, scopes)
    if scope.workspace_id != DEFAULT_WORKSPACE_ID:
        raise OtherWorkspaces

    def attempt(seconds_left: float) -> NewWorkspace:
        with transaction(wait_seconds=seconds_left) as locked:
            inserted = locked.read(workspaces.insert(name, at=datetime.now(UTC)))
            if not inserted:
                raise WorkspaceExists
            (created,) = inserted
            inside = Scope(created.id, scope.request_id, scope.who)
            key = None if admin is None else insert_key(inside, locked, admin, scopes)
            locked.commit()
        return NewWorkspace(created, key)

    created = retried(attempt)
    door.forget()
    return created


def list_workspaces(scope: Scope, *, after: int, limit: int) -> list[Workspace]:
    """The workspaces that the scope may know of, by id: its own, or all from the default one."""
    if scope.workspace_id == DEFAULT_WORKSPACE_ID:
        return outside.read(workspaces.listed(after=after, limit=limit))
    return [
        each for each in outside.read(workspaces.read_one(scope.workspace_id)) if each.id > after
    ]


def workspace_named(name: str) -> Workspace:
    """The workspace with that name. Raises WorkspaceNotFound."""
    found = outside.read(workspaces.named(name))
    if not found:
        raise WorkspaceNotFound
    return found[0]
