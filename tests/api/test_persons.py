"""What is known of a person, why, and what happened, over HTTP. Nothing is written."""

from datetime import UTC, datetime

import pytest

from reunite.api.http.documentation import document
from reunite.models import Event, Link
from tests.builders import make_contact, stored_rows

LORRAINE = {
    "primaryContactId": 1,
    "primaryContatctId": 1,
    "emails": ["lorraine@hillvalley.edu", "mcfly@hillvalley.edu"],
    "phoneNumbers": ["123456"],
    "secondaryContactIds": [23],
}


@pytest.fixture(autouse=True)
def nothing_is_written(lorraine_and_mcfly):
    before = stored_rows(), Link.objects.count(), Event.objects.count()
    yield
    assert (stored_rows(), Link.objects.count(), Event.objects.count()) == before


@pytest.fixture
def lorraine_and_mcfly():
    lorraine = make_contact(
        "lorraine@hillvalley.edu", "123456", id=1, created_at=at("2023-04-01T00:00:00.374Z")
    )
    make_contact(
        "mcfly@hillvalley.edu",
        "123456",
        id=23,
        primary=lorraine,
        created_at=at("2023-04-20T05:30:00.11Z"),
    )
    make_contact("doc@hillvalley.edu", id=30)
    make_contact("gone@hillvalley.edu", id=31, deleted_at=datetime.now(UTC))
    Link.objects.create(
        workspace_id=0,
        left_kind="email",
        left_key="mcfly@hillvalley.edu",
        right_kind="email",
        right_key="lorraine@hillvalley.edu",
        origin="operator",
        state="live",
        created_at=at("2023-05-01T00:00:00Z"),
    )
    for position, (id, request_id) in enumerate([(1, "order-1"), (23, None)], 1):
        Event.objects.create(
            position=position,
            workspace_id=0,
            type="contact.created",
            person_id=1,
            payload={"contactId": id},
            request_id=request_id,
            created_at=at("2023-04-20T05:30:00.11Z"),
        )


def at(text):
    return datetime.fromisoformat(text)


def post(client, path, body):
    return client.post(path, data=body, content_type="application/json")


@pytest.mark.parametrize("id", [1, 23])
def test_any_id_of_a_person_answers_with_all_its_contacts(client, id):
    response = client.get(f"/persons/{id}")

    assert response.status_code == 200
    assert response["Content-Location"] == "/persons/1"
    assert response.json() == {
        "contact": LORRAINE,
        "contacts": [
            {
                "id": 1,
                "email": "lorraine@hillvalley.edu",
                "phoneNumber": "123456",
                "linkedId": None,
                "linkPrecedence": "primary",
                "createdAt": "2023-04-01T00:00:00.374000Z",
                "updatedAt": "2023-04-01T00:00:00.374000Z",
                "externalId": None,
                "source": None,
                "emailStanding": "counts",
                "phoneNumberStanding": "counts",
            },
            {
                "id": 23,
                "email": "mcfly@hillvalley.edu",
                "phoneNumber": "123456",
                "linkedId": 1,
                "linkPrecedence": "secondary",
                "createdAt": "2023-04-20T05:30:00.110000Z",
                "updatedAt": "2023-04-20T05:30:00.110000Z",
                "externalId": None,
                "source": None,
                "emailStanding": "counts",
                "phoneNumberStanding": "counts",
            },
        ],
    }


@pytest.mark.parametrize("part", ["", "/graph", "/history", "/explain?from=1&to=23"])
@pytest.mark.parametrize(
    ("id", "status", "code"),
    [
        (404, 404, "person_not_found"),
        (0, 404, "person_not_found"),
        (31, 410, "contact_deleted"),
        ("-1", 404, "not_found"),
        ("1.5", 404, "not_found"),
        (2**63, 404, "person_not_found"),
        (10**40, 404, "person_not_found"),
    ],
)
def test_an_id_that_nobody_has_is_a_problem(client, part, id, status, code):
    response = client.get(f"/persons/{id}{part}")

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == code


def test_the_graph_shows_what_joins_the_contacts_and_what_they_hang_on(client):
    response = client.get("/persons/23/graph")

    assert response["Content-Location"] == "/persons/1/graph"
    answer = response.json()
    assert answer["personId"] == 1
    assert answer["nodes"] == [
        {"id": "contact:1", "kind": "contact", "contactId": 1},
        {"id": "contact:23", "kind": "contact", "contactId": 23},
        node("email", "lorraine@hillvalley.edu"),
        node("phone", "123456"),
        node("email", "mcfly@hillvalley.edu"),
    ]
    assert answer["edges"][0] == {
        "from": "contact:1",
        "to": "email:lorraine@hillvalley.edu",
        "contactId": 1,
        "externalId": None,
        "source": None,
        "createdAt": "2023-04-01T00:00:00.374000Z",
    }
    assert answer["edges"][4:] == [
        {
            "from": "email:mcfly@hillvalley.edu",
            "to": "email:lorraine@hillvalley.edu",
            "linkId": Link.objects.get().id,
            "origin": "operator",
            "requestId": None,
            "importId": None,
            "externalId": None,
            "source": None,
            "createdAt": "2023-05-01T00:00:00Z",
        }
    ]
    assert answer["bridges"] == []


def test_bridges_are_nodes_and_edges_with_the_groups_that_they_hold_together(client):
    Link.objects.update(state="revoked")

    groups = [{"size": 1, "contactIds": [1]}, {"size": 1, "contactIds": [23]}]
    assert client.get("/persons/1/graph").json()["bridges"] == [
        {"node": "phone:123456", "groups": groups},
        {"from": "contact:1", "to": "phone:123456", "groups": groups},
        {"from": "contact:23", "to": "phone:123456", "groups": groups},
    ]


def test_a_chain_tells_what_gave_each_step_and_when(client):
    response = client.get("/persons/1/explain?from=23&to=1")

    assert response["Content-Location"] == "/persons/1/explain?from=23&to=1"
    assert response.json() == {
        "personId": 1,
        "connected": True,
        "steps": [
            {
                "from": {"id": "contact:23", "kind": "contact", "contactId": 23},
                "to": node("phone", "123456"),
                "contactId": 23,
                "externalId": None,
                "source": None,
                "createdAt": "2023-04-20T05:30:00.110000Z",
            },
            {
                "from": node("phone", "123456"),
                "to": {"id": "contact:1", "kind": "contact", "contactId": 1},
                "contactId": 1,
                "externalId": None,
                "source": None,
                "createdAt": "2023-04-01T00:00:00.374000Z",
            },
        ],
        "notCounting": [],
    }


def test_identifiers_are_explained_without_standing_in_an_address(client):
    body = {"from": {"email": "MCFLY@hillvalley.edu"}, "to": {"phoneNumber": 123456}}
    answer = post(client, "/persons/explain", body).json()
    assert (answer["connected"], len(answer["steps"])) == (True, 2)

    body = {"from": {"email": "mcfly@hillvalley.edu"}, "to": {"email": "lorraine@hillvalley.edu"}}
    (step,) = post(client, "/persons/explain", body).json()["steps"]
    assert step["linkId"] == Link.objects.get().id
    assert step["origin"] == "operator"


def test_strangers_are_not_connected(client):
    expected = {"personId": 1, "connected": False, "steps": [], "notCounting": []}
    assert client.get("/persons/1/explain?from=1&to=30").json() == expected
    body = {"from": {"contactId": 1}, "to": {"email": "doc@hillvalley.edu"}}
    assert post(client, "/persons/explain", body).json() == expected


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/persons/1/explain", "from"),
        ("/persons/1/explain?from=1", "to"),
        ("/persons/1/explain?from=1&to=", "to"),
        ("/persons/1/explain?from=lorraine&to=1", "from"),
        ("/persons/1/explain?from=0&to=1", "from"),
        ("/persons/1/history?after=-1", "after"),
        ("/persons/1/history?after=first", "after"),
        ("/persons/1/history?after=0.0", "after"),
        ("/persons/1/history?after=1_0", "after"),
        ("/persons/1/history?limit=0", "limit"),
        ("/persons/1/history?limit=1001", "limit"),
        ("/persons/1/history?limit=1&limit=2", "limit"),
    ],
)
def test_a_parameter_that_cannot_be_read_is_named(client, address, field):
    response = client.get(address)

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("end", "field"),
    [
        (None, "to"),
        (7, "to"),
        ({}, "to"),
        ({"email": "a@x.example", "contactId": 1}, "to"),
        ({"email": 7}, "to.email"),
        ({"email": "mcfly"}, "to.email"),
        ({"phoneNumber": "call me"}, "to.phoneNumber"),
        ({"contactId": "first"}, "to.contactId"),
        ({"contactId": 0}, "to.contactId"),
    ],
)
def test_an_end_that_cannot_be_read_is_named(client, end, field):
    response = post(client, "/persons/explain", {"from": {"contactId": 1}, "to": end})

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == field


def test_an_end_that_nobody_has_is_a_problem(client):
    for end, code in (
        ({"email": "nobody@hillvalley.edu"}, "person_not_found"),
        ({"contactId": 31}, "contact_deleted"),
    ):
        body = {"from": {"contactId": 1}, "to": end}
        assert post(client, "/persons/explain", body).json()["code"] == code


def test_a_history_has_pages(client):
    response = client.get("/persons/23/history?limit=1")
    assert response["Content-Location"] == "/persons/1/history?limit=1"
    assert response.json() == {
        "personId": 1,
        "events": [
            {
                "position": 1,
                "type": "contact.created",
                "personId": 1,
                "createdAt": "2023-04-20T05:30:00.110000Z",
                "requestId": "order-1",
                "importId": None,
                "createdBy": None,
                "payload": {"contactId": 1},
                "orders": [],
            }
        ],
        "next": 1,
    }

    rest = client.get("/persons/23/history?after=1").json()
    assert [event["payload"] for event in rest["events"]] == [{"contactId": 23}]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("body", "contact", "outcome", "absorbed"),
    [
        (
            {"email": "mcfly@hillvalley.edu", "phoneNumber": 123456},
            LORRAINE,
            "unchanged",
            [],
        ),
        (
            {"email": "new@x.example", "phoneNumber": "123456"},
            LORRAINE,
            "linked",
            [],
        ),
        (
            {"email": "doc@hillvalley.edu", "phoneNumber": "123456"},
            LORRAINE,
            "merged",
            [30],
        ),
        ({"email": "new@x.example"}, None, "created", []),
        ({"email": "gone@hillvalley.edu"}, None, "created", []),
    ],
)
def test_resolve_answers_as_identify_would(client, body, contact, outcome, absorbed):
    assert post(client, "/resolve", body).json() == {
        "contact": contact,
        "decision": {
            "outcome": outcome,
            "created": None,
            "absorbed": absorbed,
            "ignored": [],
            "held": None,
        },
    }


def test_resolve_refuses_what_identify_refuses(client):
    response = post(client, "/resolve", {})
    assert (response.status_code, response.json()["code"]) == (400, "no_identifier")


@pytest.mark.parametrize("path", ["/resolve", "/persons/explain"])
def test_the_examples_of_the_document_work(client, path):
    body = document()["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    (example,) = body["examples"].values()

    assert post(client, path, example["value"]).status_code == 200


def node(kind, value):
    return {"id": f"{kind}:{value}", "kind": kind, "value": value}
