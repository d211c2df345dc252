"""Parameters that there are not, and fields that are spelt otherwise; over all operations."""

import json
import re

import pytest

from reunite.models import Contact
from tests.api.answers import post, problem
from tests.api.operations import OPERATIONS

PROBES = {"/healthz", "/readyz"}
"""Load balancers send what they like."""


def send(client, operation, *, query="", body=b"{}"):
    return client.generic(
        operation.method,
        f"{operation.address}?{query}" if query else operation.address,
        body if operation.media_type else b"",
        content_type=operation.media_type or "",
    )


def test_a_parameter_that_there_is_not_is_refused(client):
    for operation in (each for each in OPERATIONS if each.path not in PROBES):
        response = send(client, operation, query="nobody=1")

        assert problem(response) == (400, "unknown_field"), operation
        (error,) = response.json()["errors"]
        assert error["field"] == "nobody"
        known = [each["name"] for each in operation.parameters]
        assert all(name in error["detail"] for name in known)
        for name in known:
            response = send(client, operation, query=f"{name.upper()}_=1")
            assert f"Did you mean {name}?" in response.json()["detail"]


def test_a_choice_that_there_is_not_is_answered_with_those_that_there_are(client):
    told = set()
    for operation in OPERATIONS:
        needed = [f"{each['name']}=a.csv" for each in operation.parameters if each.get("required")]
        for parameter in operation.parameters:
            choices = [each for each in parameter["schema"].get("enum", []) if each]
            if not choices:
                continue
            response = send(client, operation, query="&".join([f"{parameter['name']}=b", *needed]))

            assert problem(response) == (400, "invalid_choice"), operation
            (error,) = response.json()["errors"]
            assert all(each in error["detail"] for each in choices)
            told.add(parameter["name"])
    assert {"state", "include", "format"} <= told


SAYS = re.compile(r"\b(send|say)\b", re.IGNORECASE)
WRONG = (None, True, -1, 1.5, 10**30, "", "x" * 300, [], [[]], {}, {"a": 1})


def test_every_refusal_of_a_field_says_what_to_send(client):
    told = set()
    for operation in OPERATIONS:
        for way, properties in operation.bodies:
            for name in properties:
                for value in WRONG:
                    for given in ([], {name: value}):
                        body = given
                        for each in reversed(way):
                            body = {each: body}
                        response = send(client, operation, body=json.dumps(body).encode())
                        if response.status_code == 400:
                            told |= {
                                (each["code"], each["detail"])
                                for each in response.json().get("errors", ())
                            }
    silent = {each for each in told if not SAYS.search(each[1])}
    assert silent == set()
    assert {"required", "null", "not_a_list", "not_an_object"} <= {code for code, _ in told}


def test_every_refusal_of_a_parameter_says_what_to_send(client):
    told = set()
    for operation in OPERATIONS:
        for parameter in operation.parameters:
            for value in ("", "x" * 300, "-1", "0", "1e9", "9" * 30):
                response = send(client, operation, query=f"{parameter['name']}={value}")
                if response.status_code == 400:
                    told |= {
                        (each["code"], each["detail"]) for each in response.json().get("errors", ())
                    }
    assert {each for each in told if not SAYS.search(each[1])} == set()


def test_many_unknown_parameters_are_named_only_in_part(client):
    query = "&".join(f"{number:0>100}=" for number in range(100))
    errors = client.get(f"/links?{query}").json()["errors"]
    assert len(errors) == 20
    assert max(len(each["field"]) for each in errors) == 64


def test_another_spelling_of_a_field_is_refused_with_the_one_that_was_meant(client):
    tried = set()
    for operation in OPERATIONS:
        for way, properties in operation.bodies:
            # Where no kinds are declared, nobody knows of values of declared kinds.
            for name in properties.keys() - {"identifiers"}:
                tried.add(name)
                for spelling in (name.upper(), f"{name[:2]}_{name[2:]}", f"{name[:2]}-{name[2:]}"):
                    body = {spelling: None}
                    for each in reversed(way):
                        body = {each: body}

                    response = send(client, operation, body=json.dumps(body).encode())

                    assert response.status_code == 400, (operation, body)
                    told = [
                        each["detail"].lower()
                        for each in response.json()["errors"]
                        if each["code"] == "unknown_field"
                    ]
                    assert any(f"did you mean {name}?".lower() in each for each in told)
    assert {"email", "phoneNumber", "verified", "reason", "contactIds", "from", "blocked"} <= tried


@pytest.mark.parametrize(
    "spelling",
    ["phone", "phone_number", "phonenumber", "Phone Number", "phoneNumbers", "phone1", "tel"],
)
def test_a_phone_number_is_not_lost_silently(client, spelling):
    response = post(client, "/identify", {"email": "george@hillvalley.edu", spelling: "919191"})

    assert problem(response) == (400, "unknown_field")
    assert response.json()["errors"] == [
        {
            "field": spelling,
            "code": "unknown_field",
            "detail": "Not known: did you mean phoneNumber?",
        }
    ]
    assert not Contact.objects.exists()


@pytest.mark.parametrize("spelling", ["Email", "e-mail", "emailAddress", "email_address", "emial"])
def test_an_email_is_not_lost_silently(client, spelling):
    response = post(client, "/identify", {spelling: "a@x.example", "phoneNumber": "919191"})

    assert problem(response) == (400, "unknown_field")
    assert "did you mean email?" in response.json()["detail"]
    assert not Contact.objects.exists()


def test_other_fields_of_an_order_are_ignored(client):
    names = ["id", "name", "number", "total", "currency", "shippingAddress", "vatId", "__proto__"]
    order = {
        "email": "george@hillvalley.edu",
        "phoneNumber": "919191",
        **dict.fromkeys(names),
        **{f"line{letter}{other}": [] for letter in "abcdefgh" for other in "abcdefgh"},
    }
    assert post(client, "/identify", order).status_code == 200


def test_a_request_of_a_batch_is_refused_in_its_place(client):
    requests = [{"email": "a@x.example", "phone": "1"}, {"email": "b@x.example"}]
    first, second = post(client, "/identify/batch", {"requests": requests}).json()["results"]
    assert first["problem"]["code"] == "unknown_field"
    assert second["contact"]["emails"] == ["b@x.example"]
