import pytest

from reunite.core.scope import default_scope
from reunite.models import Event, Link, Repair
from reunite.services.identify.identify import identify
from tests.api.answers import post, problem
from tests.scopes import SCOPE

GEORGE = "george@hillvalley.edu"


@pytest.fixture
def merged():
    """Two persons that a third request merged: their ids."""
    one = identify(SCOPE, "george@hillvalley.edu", "919191").person.id
    two = identify(SCOPE, "biffsucks@hillvalley.edu", "717171").person.id
    identify(default_scope("order-3"), "george@hillvalley.edu", "717171")
    return one, two


def test_a_merge_is_listed_and_revoked(client, merged):
    one, two = merged
    (link,) = client.get("/links").json()["links"]
    assert link["createdAt"].endswith("Z") or link["createdAt"].endswith("+00:00")
    assert link | {"id": 0, "createdAt": ""} == {
        "id": 0,
        "origin": "request",
        "state": "live",
        "heldFor": None,
        "reason": "",
        "requestId": "order-3",
        "importId": None,
        "externalId": None,
        "source": None,
        "createdAt": "",
        "decidedAt": None,
        "decidedBy": None,
        "deferredAt": None,
        "deferredBy": None,
        "ends": [
            {
                "id": "email:george@hillvalley.edu",
                "kind": "email",
                "value": "george@hillvalley.edu",
            },
            {"id": "phone:717171", "kind": "phone", "value": "717171"},
        ],
        "personIds": [one, one],
        "undo": {"method": "POST", "path": f"/links/{link['id']}/revoke", "body": {}},
    }

    response = post(client, f"/links/{link['id']}/revoke", {"reason": "strangers"})

    assert response.status_code == 200
    repair = Repair.objects.get().pk
    assert response.json() == {
        "persons": [
            {
                "primaryContactId": one,
                "primaryContatctId": one,
                "emails": ["george@hillvalley.edu"],
                "phoneNumbers": ["919191"],
                "secondaryContactIds": [],
            },
            {
                "primaryContactId": two,
                "primaryContatctId": two,
                "emails": ["biffsucks@hillvalley.edu"],
                "phoneNumbers": ["717171"],
                "secondaryContactIds": [],
            },
        ],
        "connectedBy": [],
        "undo": {"method": "POST", "path": f"/repairs/{repair}/undo", "body": {}},
    }
    (revoked,) = client.get("/links?state=revoked").json()["links"]
    assert revoked["personIds"] == [one, two]
    assert client.get("/links").json() == {"links": [], "next": None}


def test_links_come_in_pages(client, merged, monkeypatch):
    monkeypatch.setattr("reunite.api.http.pages.PAGE_LENGTH", 1)
    link = Link.objects.get().pk

    page = client.get("/links").json()

    assert page["next"] == link
    assert client.get(f"/links?after={link}").json() == {"links": [], "next": None}


def test_persons_are_joined_by_hand(client, merged):
    one, _ = merged
    other = identify(SCOPE, "lorraine@hillvalley.edu", None).person.id

    response = post(client, "/links", {"contactIds": [one, other], "reason": "told us"})

    (person,) = response.json()["persons"]
    assert person["emails"][-1] == "lorraine@hillvalley.edu"


def test_a_contact_is_deleted_once(client, merged):
    one, two = merged
    (person,) = client.delete(f"/contacts/{one}", headers={"X-Request-Id": "d1"}).json()["persons"]

    assert person["primaryContactId"] == two
    assert Event.objects.latest("position").request_id == "d1"
    assert problem(client.delete(f"/contacts/{one}")) == (410, "contact_deleted")
    assert problem(client.delete("/contacts/99999999")) == (404, "contact_not_found")
    assert problem(client.delete(f"/contacts/{10**30}")) == (404, "contact_not_found")


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/links", {"contactIds": [1]}, (400, "min_length")),
        ("/links", {"contactIds": [1, 2, 3]}, (400, "max_length")),
        ("/links", {"contactIds": 1}, (400, "not_a_list")),
        ("/links", {"contactIds": ["a", 2]}, (400, "invalid")),
        ("/links", {"contactIds": ["1", 2]}, (400, "invalid")),
        ("/links", {"contactIds": [True, 2]}, (400, "invalid")),
        ("/links", {"contactIds": [1, 2], "reason": 7}, (400, "invalid")),
        ("/links", {"contactIds": [1, 2], "reason": "\0"}, (400, "null_characters_not_allowed")),
        ("/links", {}, (400, "required")),
        ("/links", [], (400, "not_an_object")),
        ("/links", {"contactIds": [98, 99]}, (404, "contact_not_found")),
        ("/links/99999999/revoke", {}, (404, "link_not_found")),
        ("/links/99999999/restore", {}, (404, "link_not_found")),
        ("/repairs/99999999/undo", {}, (404, "repair_not_found")),
        ("/repairs/1/undo", {"reason": 7}, (400, "invalid")),
        ("/links/1/revoke", {"reason": "x" * 1001}, (400, "max_length")),
    ],
)
def test_what_cannot_be_done_is_told(client, path, body, expected):
    assert problem(post(client, path, body)) == expected


@pytest.mark.parametrize("query", ["state=gone", "after=-1", "after=x", "after=" + "9" * 30])
def test_a_page_that_cannot_be_read_is_refused(client, query):
    assert client.get(f"/links?{query}").status_code == 400
