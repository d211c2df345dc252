"""Webhooks over HTTP."""

import json

import pytest

from reunite.models import Delivery
from reunite.services.webhooks.deliveries import make_deliveries
from tests.services.webhooks.work import tell

URL = "https://shop.example/reunite"


def ask(client, method, path, body=None):
    content = None if body is None else json.dumps(body)
    answered = client.generic(method.upper(), path, content or b"", content_type="application/json")
    return answered.status_code, json.loads(answered.content)


def create(client, **body):
    status, created = ask(client, "post", "/webhooks", {"url": URL, **body})
    assert status == 201
    return created


def test_a_webhook_is_created_shown_changed_and_deleted(client):
    created = create(client, types=["person.merged"])
    id, secret = created["id"], created.pop("secret")
    assert secret.startswith("whsec_")
    assert created["url"] == URL
    assert created["types"] == ["person.merged"]
    assert created["number"] == 0
    assert [each["expiresAt"] for each in created["secrets"]] == [None]

    assert ask(client, "get", f"/webhooks/{id}") == (200, created)
    assert ask(client, "get", "/webhooks") == (200, {"webhooks": [created], "next": None})
    status, changed = ask(client, "patch", f"/webhooks/{id}", {"types": []})
    assert (status, changed) == (200, {**created, "types": []})
    assert ask(client, "patch", f"/webhooks/{id}", {}) == (200, changed)
    assert ask(client, "delete", f"/webhooks/{id}") == (200, changed)
    assert ask(client, "get", f"/webhooks/{id}")[0] == 404


def test_a_webhook_is_disabled_and_enabled(client):
    id = create(client)["id"]
    status, disabled = ask(client, "post", f"/webhooks/{id}/disable", {})
    assert (status, disabled["disabledFor"]) == (200, "operator")
    assert disabled["disabledAt"]
    status, enabled = ask(client, "post", f"/webhooks/{id}/enable", {})
    assert (status, enabled["disabledAt"], enabled["disabledFor"]) == (200, None, None)


def test_no_answer_but_the_first_holds_a_secret(client):
    created = create(client)
    id = created["id"]
    status, rotated = ask(client, "post", f"/webhooks/{id}/rotate", {})
    assert status == 200
    assert rotated["secret"] != created["secret"]
    assert [each["expiresAt"] is None for each in rotated["secrets"]] == [True, False]
    for method, path, body in (
        ("get", "/webhooks", None),
        ("get", f"/webhooks/{id}", None),
        ("patch", f"/webhooks/{id}", {}),
        ("post", f"/webhooks/{id}/disable", {}),
        ("post", f"/webhooks/{id}/enable", {}),
        ("get", f"/webhooks/{id}/deliveries", None),
        ("delete", f"/webhooks/{id}", None),
    ):
        status, answered = ask(client, method, path, body)
        assert status == 200
        assert "whsec_" not in json.dumps(answered), path


def test_deliveries_are_listed_in_pages_and_by_state(client):
    id = create(client)["id"]
    tell(101)
    make_deliveries()
    status, page = ask(client, "get", f"/webhooks/{id}/deliveries")
    assert (status, len(page["deliveries"]), page["next"]) == (200, 100, 100)
    first = page["deliveries"][0]
    assert first.pop("messageId").startswith("msg_")
    assert first.pop("nextAttemptAt") > first.pop("happenedAt")
    assert first.pop("personId")
    assert first == {
        "number": 1,
        "type": "contact.created",
        "state": "waiting",
        "attempts": 0,
        "attemptedAt": None,
        "status": None,
        "failure": None,
    }
    _, last = ask(client, "get", f"/webhooks/{id}/deliveries?after=100&state=waiting")
    assert [each["number"] for each in last["deliveries"]] == [101]
    assert last["next"] is None
    _, none = ask(client, "get", f"/webhooks/{id}/deliveries?state=dead")
    assert none == {"deliveries": [], "next": None}


def test_messages_are_delivered_again_on_request(client):
    id = create(client)["id"]
    tell(3)
    make_deliveries()
    Delivery.objects.update(
        state="dead", attempts=8, next_attempt_at=None, ended_at="2026-11-28T12:00:00Z"
    )
    _, replayed = ask(client, "post", f"/webhooks/{id}/replay", {"first": 2, "last": 2})
    assert replayed == {"deliveries": 1}
    _, revived = ask(client, "post", f"/webhooks/{id}/redeliver", {})
    assert revived == {"deliveries": 2}
    assert set(Delivery.objects.values_list("state", flat=True)) == {"waiting"}


@pytest.mark.parametrize(
    ("asked", "body", "status", "code"),
    [
        ("POST /webhooks", {"url": "http://8.8.8.8/"}, 400, "insecure_url"),
        ("POST /webhooks", {"url": "https://10.0.0.1/"}, 400, "refused_address"),
        ("POST /webhooks", {"url": "shop.example"}, 400, "invalid_url"),
        ("POST /webhooks", {"url": " https://shop.example/"}, 400, "invalid_url"),
        ("POST /webhooks", {"url": URL, "types": ["person.merge"]}, 400, "unknown_type"),
        ("POST /webhooks", {}, 400, "required"),
        ("POST /webhooks", {"url": URL, "types": [1]}, 400, "invalid"),
        ("POST /webhooks/{id}/rotate", {"overlapHours": 169}, 400, "max_value"),
        ("POST /webhooks/{id}/replay", {"first": 2, "last": 1}, 400, "invalid_range"),
        ("POST /webhooks/{id}/replay", {"first": "1", "last": 1}, 400, "invalid"),
        ("POST /webhooks/{id}/replay", {"first": True, "last": 1}, 400, "invalid"),
        ("POST /webhooks/{id}/replay", {"first": 9, "last": 9}, 410, "number_ahead"),
        ("GET /webhooks/{id}/deliveries?state=gone", None, 400, "invalid_choice"),
        ("GET /webhooks/9999999/deliveries", None, 404, "webhook_not_found"),
        ("PATCH /webhooks/9999999", {}, 404, "webhook_not_found"),
    ],
)
def test_what_cannot_be_done_is_refused(client, asked, body, status, code):
    method, path = asked.replace("{id}", str(create(client)["id"])).split()
    answered, problem = ask(client, method, path, body)
    assert answered == status
    assert code in {problem["code"], *(each["code"] for each in problem.get("errors", []))}
