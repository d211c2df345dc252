"""Keys over HTTP: who is let in, what is answered to others, and the administration of keys."""

import pytest

from reunite.api.http.documentation import document
from reunite.api.http.operation import operation
from reunite.core.access.callers import KeyScope
from reunite.core.scope import Scope
from reunite.models import Contact
from reunite.services.access.keys import create_key
from reunite.services.access.workspaces import create_workspace
from tests.api.answers import post, problem
from tests.api.operations import OPERATIONS
from tests.scopes import SCOPE

PUBLIC = {"/healthz", "/readyz"}
KEYED = [each for each in OPERATIONS if each.path not in PUBLIC]


def key_of(*scopes, scope=SCOPE, name="shop"):
    return {"Authorization": f"Bearer {create_key(scope, name, scopes).text}"}


def send(client, operation, headers=None):
    return client.generic(
        operation.method.upper(),
        operation.address,
        b"{}" if operation.writes else b"",
        content_type=operation.media_type or "application/json",
        headers=headers or {},
    )


def needs(operation):
    return {scope for each in operation.described["security"] for scope in each["key"]}


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_every_operation_says_which_scope_it_needs(operation):
    if operation.path in PUBLIC:
        assert operation.described["security"] == []
    else:
        assert needs(operation)
        assert needs(operation) <= set(KeyScope)


def test_an_operation_that_declares_no_scope_cannot_be_written():
    with pytest.raises(TypeError, match="needs"):
        operation("listKeys", "List keys", tag="access", answer={})


def test_the_document_describes_the_keys():
    (scheme,) = document()["components"]["securitySchemes"].items()
    assert (scheme[0], scheme[1]["scheme"]) == ("key", "bearer")


def test_every_operation_asks_for_a_key_as_soon_as_there_is_one(client):
    key_of(KeyScope.READ)
    for each in KEYED:
        refused = send(client, each)
        assert problem(refused) == (401, "key_missing"), each
        assert refused.headers["WWW-Authenticate"] == 'Bearer realm="reunite"'
    for path in (*PUBLIC, "/openapi.json", "/docs"):
        assert client.get(path).status_code == 200


def test_every_operation_refuses_a_key_without_its_scope(client):
    keys = {scope: key_of(scope) for scope in KeyScope}
    for each in KEYED:
        for scope in set(KeyScope) - needs(each) - {KeyScope.ADMIN}:
            refused = send(client, each, keys[scope])
            assert problem(refused) == (403, "scope_missing"), (each, scope)
            challenge = refused.headers["WWW-Authenticate"]
            assert challenge.startswith('Bearer realm="reunite", error="insufficient_scope"')
            assert all(scope in refused.json()["detail"] for scope in needs(each))


def test_every_operation_lets_a_key_with_its_scope_in(client):
    keys = {scope: key_of(scope) for scope in KeyScope}
    for each in KEYED:
        for scope in {*needs(each), KeyScope.ADMIN}:
            answered = send(client, each, keys[scope])
            assert answered.status_code not in (401, 500), (each, scope)
            assert b"scope_missing" not in answered.content


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("Basic YTpi", "key_missing"),
        ("Bearer", "key_missing"),
        ("Bearer x", "key_unknown"),
        ("Bearer ru_00000000_x", "key_unknown"),
        ("Bearer \xe9", "key_unknown"),
    ],
)
def test_other_headers_are_no_key(client, header, code):
    key_of(KeyScope.READ)
    refused = client.get("/stats", headers={"Authorization": header})
    assert problem(refused) == (401, code)
    told = refused.headers["WWW-Authenticate"]
    assert told.endswith('error="invalid_token"') == (code == "key_unknown")


def test_lists_name_the_key_that_made_each_row(client, settings, tmp_path):
    settings.REUNITE = {**settings.REUNITE, "IMPORT_FOLDER": str(tmp_path / "imports")}
    headers = key_of(KeyScope.ADMIN, name="operator")
    one, two, three = (
        post(client, "/identify", {"email": f"{n}@x.example"}, headers=headers).json()["contact"][
            "primaryContactId"
        ]
        for n in range(3)
    )
    post(client, "/separations", {"contactIds": [one, two]}, headers=headers)
    post(client, "/links", {"contactIds": [one, three]}, headers=headers)
    (link,) = client.get("/links", headers=headers).json()["links"]
    post(client, f"/links/{link['id']}/revoke", {}, headers=headers)
    post(client, "/identifiers/retire", {"email": "2@x.example"}, headers=headers)
    client.put("/policy", {"preset": "protect"}, "application/json", headers=headers)
    client.post("/imports?name=a.csv", b"email\na@x.example\n", "text/csv", headers=headers)

    for path, rows, member in (
        ("/separations", "separations", "createdBy"),
        ("/identifiers/retired", "identifiers", "createdBy"),
        ("/policy/versions", "versions", "createdBy"),
        ("/imports", "imports", "createdBy"),
        ("/links?state=revoked", "links", "decidedBy"),
    ):
        (row,) = client.get(path, headers=headers).json()[rows]
        assert row[member] == "operator", path


def test_keys_are_created_listed_and_revoked(client):
    admin = key_of(KeyScope.ADMIN, name="admin")
    body = {"name": "shop", "scopes": ["read", "identify"], "expiresAt": "2100-01-01T00:00:00Z"}
    created = post(client, "/keys", body, headers=admin)
    assert created.status_code == 201
    shown = created.json()
    text = shown.pop("key")
    assert shown["short"] == text.split("_")[1]
    assert (shown["scopes"], shown["createdBy"]) == (["identify", "read"], "admin")

    listed = client.get("/keys", headers=admin).json()
    assert listed["keys"][1] == shown
    assert client.get("/stats", headers={"Authorization": f"Bearer {text}"}).status_code == 200

    revoked = client.delete(f"/keys/{shown['id']}", headers=admin)
    assert revoked.json()["revokedAt"] is not None
    refused = client.get("/stats", headers={"Authorization": f"Bearer {text}"})
    assert problem(refused) == (401, "key_revoked")
    assert problem(client.delete("/keys/99999999", headers=admin)) == (404, "key_not_found")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "required"),
        ({"name": "shop", "scopes": []}, "empty"),
        ({"name": "shop", "scopes": ["all"]}, "invalid_choice"),
        ({"name": "", "scopes": ["read"]}, "blank"),
        ({"name": " ", "scopes": ["read"]}, "invalid_name"),
        ({"name": "a\nb", "scopes": ["read"]}, "invalid_name"),
        ({"name": "s", "scopes": ["read"], "expiresAt": "2020-01-01T00:00:00Z"}, "in_the_past"),
        ({"name": "s", "scopes": ["read"], "expiresAt": "soon"}, "invalid"),
        ({"name": "s", "scopes": ["read"], "expires_at": None}, "unknown_field"),
    ],
)
def test_a_key_that_cannot_be_created_is_told(client, body, code):
    admin = key_of(KeyScope.ADMIN)
    assert problem(post(client, "/keys", body, headers=admin)) == (400, code)


def test_a_workspace_and_its_first_key_are_created_together(client):
    admin = key_of(KeyScope.ADMIN, name="admin")
    created = post(client, "/workspaces", {"name": "shop-de"}, headers=admin)
    assert created.status_code == 201
    assert (created.json()["key"]["name"], created.json()["key"]["scopes"]) == ("admin", ["admin"])
    inside = {"Authorization": f"Bearer {created.json()['key']['key']}"}

    names = [each["name"] for each in client.get("/workspaces", headers=admin).json()["workspaces"]]
    assert names == ["default", "shop-de"]
    (own,) = client.get("/workspaces", headers=inside).json()["workspaces"]
    assert own["name"] == "shop-de"
    refused = post(client, "/workspaces", {"name": "shop-fr"}, headers=inside)
    assert problem(refused) == (403, "other_workspaces")
    again = post(client, "/workspaces", {"name": "shop-de"}, headers=admin)
    assert problem(again) == (409, "workspace_exists")


@pytest.mark.parametrize(
    ("path", "body"),
    [("/keys", {"name": "mine", "scopes": ["admin"]}), ("/workspaces", {"name": "mine"})],
)
def test_nobody_locks_others_out_of_an_open_server(client, path, body):
    assert problem(post(client, path, body)) == (409, "first_key_by_command")
    assert client.get("/stats").status_code == 200
    assert client.get(path).status_code == 200


def test_requests_of_two_workspaces_do_not_meet(client):
    workspace = create_workspace(SCOPE, "shop-de").workspace
    one = key_of(KeyScope.IDENTIFY)
    other = key_of(KeyScope.IDENTIFY, scope=Scope(workspace.id))
    body = {"email": "mcfly@hillvalley.edu"}

    ids = [
        post(client, "/identify", body, headers=each).json()["contact"]["primaryContactId"]
        for each in (one, other)
    ]

    assert ids[0] != ids[1]
    assert dict(Contact.objects.values_list("id", "workspace_id")) == {
        ids[0]: 0,
        ids[1]: workspace.id,
    }
