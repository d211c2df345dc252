"""Every refusal is problem+json with a stable code, and stores nothing."""

import json

import pytest

from reunite.models import Contact


def problem(response, status, code):
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    document = response.json()
    assert document["status"] == status
    assert document["code"] == code
    assert document["type"] == f"urn:reunite:problem:{code}"
    assert document["title"]
    assert document["detail"]
    assert not Contact.objects.exists()
    return document


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "email", "no_identifier"),
        ({"email": None, "phoneNumber": ""}, "email", "no_identifier"),
        ({"email": " ", "phoneNumber": "\t"}, "email", "no_identifier"),
        ({"email": 7}, "email", "invalid_type"),
        ({"email": True}, "email", "invalid_type"),
        ({"email": ["a@x.example"]}, "email", "invalid_type"),
        ({"phoneNumber": 1.5}, "phoneNumber", "invalid_type"),
        ({"phoneNumber": -5}, "phoneNumber", "invalid_type"),
        ({"phoneNumber": False}, "phoneNumber", "invalid_type"),
        ({"phoneNumber": {}}, "phoneNumber", "invalid_type"),
        ({"phoneNumber": 10**30}, "phoneNumber", "invalid_type"),
        ({"email": "mcfly"}, "email", "invalid_email"),
        ({"email": "a\x00@x.example"}, "email", "invalid_email"),
        ({"phoneNumber": "call me"}, "phoneNumber", "invalid_phone_number"),
        ([], "body", "not_an_object"),
        ("text", "body", "not_an_object"),
        (17, "body", "not_an_object"),
    ],
)
def test_a_field_that_cannot_be_read_is_named_with_what_to_send_instead(client, body, field, code):
    response = client.post("/identify", json.dumps(body), content_type="application/json")

    document = problem(response, 400, code)
    assert document["errors"][0]["field"] == field
    assert "send" in document["errors"][0]["detail"]


def test_null_is_no_object(client):
    response = client.post("/identify", "null", content_type="application/json")
    assert problem(response, 400, "not_an_object")["errors"][0]["field"] == "body"


@pytest.mark.parametrize(
    "body", [b"{", b"{'a': 1}", b'{"email": NaN}', b"\xff", b'"\\ud800"', b"[" * 20_000, b"1e999"]
)
def test_what_is_not_json_is_refused(client, body):
    problem(client.post("/identify", body, content_type="application/json"), 400, "invalid_json")


def test_text_in_another_encoding_is_told(client):
    body = '{"email": "müller@x.example"}'.encode("cp1252")
    detail = client.post("/identify", body, content_type="application/json").json()["detail"]
    assert "another encoding than UTF-8" in detail


@pytest.mark.parametrize(
    ("path", "like"),
    [
        ("/identify", 'like {"email": "mcfly@hillvalley.edu"}'),
        ("/identify/batch", 'like {"requests": ['),
        ("/keys", "with name, scopes, expiresAt"),
        ("/webhooks/1/enable", "like {}"),
    ],
)
def test_a_body_that_is_no_object_is_answered_with_one_of_the_operation(client, path, like):
    detail = client.post(path, "[]", content_type="application/json").json()["detail"]
    assert like in detail


@pytest.mark.parametrize("content_type", ["text/plain", "", "application/x-www-form-urlencoded"])
def test_only_json_is_read(client, content_type):
    response = client.post("/identify", b'{"email": "a@x.example"}', content_type=content_type)
    problem(response, 415, "unsupported_media_type")


def test_a_body_over_the_limit_is_refused(client):
    body = json.dumps({"email": "a" * 1_100_000})
    problem(client.post("/identify", body, content_type="application/json"), 413, "body_too_large")


def test_other_methods_are_refused_and_told_what_is_allowed(client):
    response = client.get("/identify")
    problem(response, 405, "method_not_allowed")
    assert "POST" in response["Allow"]
    assert response.json()["detail"].startswith("Send POST:")
    detail = client.put("/imports?name=a.csv", b"email").json()["detail"]
    assert detail == "Send GET or POST: with curl, --request names the method."


def test_an_unknown_address_is_a_problem_too(client):
    problem(client.get("/nowhere"), 404, "not_found")


@pytest.mark.parametrize("path", ["/identify/", "/persons/1/", "/links/1/revoke//"])
def test_a_slash_at_the_end_is_told(client, path):
    document = problem(client.post(path, {}, content_type="application/json"), 404, "not_found")
    assert document["detail"] == f"Leave out the slash at the end: {path.rstrip('/')}."


@pytest.mark.parametrize("path", ["/nowhere/", "/marty@hillvalley.edu/"])
def test_a_slash_is_not_told_where_there_is_nothing_without_it(client, path):
    assert "slash" not in problem(client.get(path), 404, "not_found")["detail"]


def test_a_foreign_host_is_refused(client):
    problem(client.get("/healthz", headers={"host": "evil.example"}), 400, "bad_request")


def test_a_failure_that_nobody_foresaw_tells_nothing_but_its_request_id(client, settings, caplog):
    settings.REUNITE = {"NO_SUCH_SETTING": 1}

    response = client.post(
        "/identify",
        {"email": "a@x.example"},
        content_type="application/json",
        headers={"x-request-id": "order-17"},
    )

    document = problem(response, 500, "internal_error")
    assert "NO_SUCH_SETTING" not in json.dumps(document)
    assert response["X-Request-Id"] == "order-17"
    assert "a@x.example" not in caplog.text


def test_a_request_id_that_is_no_id_is_replaced(client):
    given = client.get("/healthz", headers={"x-request-id": "<script>"})["X-Request-Id"]
    assert given != "<script>"
    assert len(given) == 32
