"""Keys and workspaces: create, list, revoke."""

from datetime import UTC, datetime, timedelta

import pytest

from reunite.core.access.callers import KeyScope
from reunite.core.errors import (
    FirstKeyByCommand,
    InvalidRequest,
    KeyNotFound,
    OtherWorkspaces,
    WorkspaceExists,
    WorkspaceNotFound,
)
from reunite.core.scope import Scope
from reunite.models import ApiKey, Workspace
from reunite.services.access.keys import (
    create_key,
    find_key,
    list_keys,
    require_holder,
    revoke_key,
)
from reunite.services.access.workspaces import (
    create_workspace,
    list_workspaces,
    workspace_named,
)
from tests.scopes import SCOPE

READ = [KeyScope.READ]


@pytest.fixture
def other():
    return Scope(create_workspace(SCOPE, "shop-de").workspace.id, who="admin")


def test_the_secret_is_stored_nowhere():
    created = create_key(SCOPE, "shop", READ)
    (row,) = ApiKey.objects.values_list()
    _, short, secret = created.text.split("_")
    assert short in row
    assert not any(secret[:43] in str(value) for value in row)


def test_a_created_key_is_the_one_that_is_listed():
    end = datetime.now(UTC) + timedelta(days=1)
    created = create_key(SCOPE, "shop", [KeyScope.READ, KeyScope.IDENTIFY], expires_at=end)
    assert list_keys(SCOPE, after=0, limit=10) == [created.key]
    assert list_keys(SCOPE, after=created.key.id, limit=10) == []


def test_two_keys_may_have_one_name_while_one_replaces_the_other():
    one, two = create_key(SCOPE, "shop", READ), create_key(SCOPE, "shop", READ)
    assert one.text != two.text
    revoke_key(SCOPE, one.key.id)
    revoked, kept = list_keys(SCOPE, after=0, limit=10)
    assert revoked.revoked_at is not None
    assert kept.revoked_at is None


def test_revoking_again_changes_nothing():
    id = create_key(SCOPE, "shop", READ).key.id
    assert revoke_key(SCOPE, id) == revoke_key(SCOPE, id)


def test_keys_of_another_workspace_do_not_exist(other):
    key = create_key(other, "shop", READ).key
    assert list_keys(SCOPE, after=0, limit=10) == []
    for ask in (lambda: revoke_key(SCOPE, key.id), lambda: find_key(SCOPE, key.short)):
        with pytest.raises(KeyNotFound):
            ask()
    assert find_key(other, key.short).revoked_at is None
    with pytest.raises(KeyNotFound):
        find_key(other, "00000000")


@pytest.mark.parametrize(
    ("name", "scopes", "expires_at", "code"),
    [
        ("", READ, None, "invalid_name"),
        ("shop", [], None, "required"),
        ("shop", READ, datetime(2020, 1, 1, tzinfo=UTC), "in_the_past"),
    ],
)
def test_what_no_key_may_be_is_refused(name, scopes, expires_at, code):
    with pytest.raises(InvalidRequest) as refused:
        create_key(SCOPE, name, scopes, expires_at=expires_at)
    assert refused.value.errors[0].code == code
    assert not ApiKey.objects.exists()


def test_who_holds_no_key_makes_none_over_http():
    with pytest.raises(FirstKeyByCommand):
        require_holder(SCOPE)
    require_holder(Scope(0, who="admin"))


def test_a_workspace_comes_with_its_first_key():
    created = create_workspace(Scope(0, who="bootstrap"), "shop-de", admin="admin")
    assert created.key.key.workspace_id == created.workspace.id
    assert created.key.key.scopes == {KeyScope.ADMIN}
    assert created.key.key.created_by == "bootstrap"


def test_a_workspace_name_is_given_once(other):
    with pytest.raises(WorkspaceExists):
        create_workspace(SCOPE, "shop-de", admin="admin")
    assert not ApiKey.objects.exists()


def test_another_workspace_creates_none(other):
    with pytest.raises(OtherWorkspaces):
        create_workspace(other, "shop-fr")
    assert Workspace.objects.count() == 2


def test_the_default_workspace_sees_all_and_others_see_themselves(other):
    assert [each.name for each in list_workspaces(SCOPE, after=-1, limit=10)] == [
        "default",
        "shop-de",
    ]
    assert [each.name for each in list_workspaces(SCOPE, after=0, limit=10)] == ["shop-de"]
    assert [each.id for each in list_workspaces(other, after=-1, limit=10)] == [other.workspace_id]
    assert list_workspaces(other, after=other.workspace_id, limit=10) == []


def test_a_workspace_is_found_by_its_name(other):
    assert workspace_named("shop-de").id == other.workspace_id
    with pytest.raises(WorkspaceNotFound):
        workspace_named("shop-fr")
