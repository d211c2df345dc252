"""The endpoints of access: API keys and workspaces."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from rest_framework import serializers

from reunite.api.http.fields import Body, BoundedList, Choice, NumberParameter, Text
from reunite.api.http.json import JSONView, answer, body
from reunite.api.http.operation import operation
from reunite.api.http.pages import PageQuery, members, page_by_get, page_form
from reunite.api.http.scope import scope_of
from reunite.core.access.callers import KeyScope, sorted_scopes
from reunite.core.access.names import NAME_MAX_LENGTH
from reunite.core.ids import MAX_ID
from reunite.services.access.keys import (
    NewKey,
    create_key,
    list_keys,
    require_holder,
    revoke_key,
)
from reunite.services.access.workspaces import create_workspace, list_workspaces

_ADMIN = (KeyScope.ADMIN,)


class _Name(Text):
    """The name of a key or of a workspace; the service checks the rest."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=NAME_MAX_LENGTH, trim_whitespace=False, **options)


class CreateKeyRequest(Body):
    """A key to create."""

    name = _Name(help_text="Who will use it. Rows and events keep the name.")
    scopes = BoundedList(
        child=Choice([each.value for each in KeyScope]),
        allow_empty=False,
        max_length=len(KeyScope),
        help_text="What the key may do. `admin` includes all other scopes.",
    )
    expiresAt = serializers.DateTimeField(
        required=False,
        default=None,
        allow_null=True,
        help_text="When the key ends. Without it, the key never ends.",
        error_messages={"invalid": "Not a time: send one like 2026-11-28T09:45:00Z."},
    )


class CreateWorkspaceRequest(Body):
    """A workspace to create."""

    name = _Name(help_text="The name of the workspace.")
    keyName = _Name(help_text="The name of its first key.", default="admin")


class ApiKeyAnswer(serializers.Serializer[Any]):
    """A key, without its secret."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    short = serializers.CharField(help_text="The part of the key after `ru_`.")
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=[each.value for each in KeyScope])
    )
    createdAt = serializers.DateTimeField()
    createdBy = serializers.CharField(
        allow_null=True, help_text="The name of the key that created it. Null: a command."
    )
    expiresAt = serializers.DateTimeField(allow_null=True)
    revokedAt = serializers.DateTimeField(allow_null=True)
    lastUsedAt = serializers.DateTimeField(allow_null=True, help_text="To the minute.")


class NewApiKeyAnswer(ApiKeyAnswer):
    """A key with its text, which is shown this once."""

    key = serializers.CharField(help_text="`ru_…`. The server does not show it again.")


ApiKeysAnswer = page_form("ApiKeysAnswer", "keys", ApiKeyAnswer)


class WorkspaceAnswer(serializers.Serializer[Any]):
    """A workspace."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    createdAt = serializers.DateTimeField()


class NewWorkspaceAnswer(WorkspaceAnswer):
    """A workspace with its first key, an administrator's."""

    key = NewApiKeyAnswer()


WorkspacesAnswer = page_form("WorkspacesAnswer", "workspaces", WorkspaceAnswer)


class WorkspacesQuery(PageQuery):
    """Which page; the default workspace has the id 0."""

    after = NumberParameter(default=-1, min_value=0, max_value=MAX_ID)


def _key(key: Any) -> dict[str, object]:
    return members(ApiKeyAnswer, key, scopes=[each.value for each in sorted_scopes(key.scopes)])


def _new_key(created: NewKey) -> dict[str, object]:
    return {**_key(created.key), "key": created.text}


def _workspace(workspace: Any) -> dict[str, object]:
    return members(WorkspaceAnswer, workspace)


class KeysView(JSONView):
    """The keys of the workspace."""

    get = page_by_get(
        list_keys,
        ApiKeysAnswer,
        _key,
        name="listKeys",
        summary="List keys",
        needs=_ADMIN,
        tag="access",
        description="The keys of the caller's workspace, with expired and revoked ones.",
    )

    @operation(
        "createKey",
        "Create a key",
        needs=_ADMIN,
        tag="access",
        description=(
            "For the caller's workspace. Only this answer shows the key. A command creates the "
            "first key of a server."
        ),
        request=CreateKeyRequest,
        answer=(NewApiKeyAnswer, "The key."),
        status=201,
        problems=(409, 413),
        example=("A shop", {"name": "shop", "scopes": ["identify"]}),
    )
    def post(self, request: HttpRequest) -> HttpResponse:
        """Create it."""
        scope = scope_of(request.META)
        wanted = CreateKeyRequest().run_validation(body(request))
        require_holder(scope)
        scopes = frozenset(map(KeyScope, wanted["scopes"]))
        created = create_key(scope, wanted["name"], scopes, expires_at=wanted["expiresAt"])
        return answer(_new_key(created), status=201)


class KeyView(JSONView):
    """One key."""

    @operation(
        "revokeKey",
        "Revoke a key",
        needs=_ADMIN,
        tag="access",
        description="This cannot be undone. Other processes may accept the key for a few seconds.",
        answer=(ApiKeyAnswer, "The revoked key."),
        problems=(404,),
    )
    def delete(self, request: HttpRequest, id: int) -> HttpResponse:
        """Revoke it."""
        return answer(_key(revoke_key(scope_of(request.META), id)))


class WorkspacesView(JSONView):
    """The workspaces of the server."""

    get = page_by_get(
        list_workspaces,
        WorkspacesAnswer,
        _workspace,
        name="listWorkspaces",
        summary="List workspaces",
        query_form=WorkspacesQuery,
        needs=_ADMIN,
        tag="access",
        description="A key of the default workspace sees all; any other key sees its own.",
    )

    @operation(
        "createWorkspace",
        "Create a workspace, and its first key",
        needs=_ADMIN,
        tag="access",
        description=(
            "For keys of the default workspace. The key has the scope `admin`, and creates the "
            "other keys of the workspace. Only this answer shows it."
        ),
        request=CreateWorkspaceRequest,
        answer=(NewWorkspaceAnswer, "The workspace and its key."),
        status=201,
        problems=(409, 413),
        example=("A shop", {"name": "shop-de"}),
    )
    def post(self, request: HttpRequest) -> HttpResponse:
        """Create it."""
        scope = scope_of(request.META)
        wanted = CreateWorkspaceRequest().run_validation(body(request))
        require_holder(scope)
        created = create_workspace(scope, wanted["name"], admin=wanted["keyName"])
        key = created.key and _new_key(created.key)
        return answer({**_workspace(created.workspace), "key": key}, status=201)
