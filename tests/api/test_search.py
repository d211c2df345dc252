"""Persons found by a value over HTTP."""

import pytest

from reunite.services.identify.identify import identify
from reunite.services.repair.retire import retire
from tests.scopes import SCOPE


def test_a_retired_number_finds_its_persons_and_says_that_it_is_retired(client):
    one = identify(SCOPE, "a@x.example", "800500").person.id
    retire(SCOPE, phone_number="800500")
    two = identify(SCOPE, "b@x.example", "800500").person.id

    answer = client.post("/persons/search", {"phoneNumber": "800-500"}, "application/json")

    assert answer.status_code == 200
    assert answer.json()["standing"] == "retired"
    assert [each["primaryContactId"] for each in answer.json()["persons"]] == [one, two]
    assert answer.json()["contacts"] == [
        {"contactId": id, "personId": id, "standing": "retired"} for id in (one, two)
    ]


def test_a_refused_look_up_says_how_to_look_up(client):
    identify(SCOPE, "a@x.example", "800500")
    retire(SCOPE, phone_number="800500")
    answer = client.post("/resolve", {"phoneNumber": "800500"}, "application/json")
    assert answer.status_code == 422
    assert "POST /persons/search" in answer.json()["detail"]


def test_one_value_is_asked_for(client):
    answer = client.post("/persons/search", {}, "application/json")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "not_one_identifier")


@pytest.mark.parametrize("value", [{"email": "n/a"}, {"phoneNumber": "none"}])
def test_what_identify_refuses_as_not_usable_can_be_searched_for(client, value):
    refused = client.post("/identify", value, "application/json")
    assert (refused.status_code, refused.json()["code"]) == (422, "no_usable_identifier")
    answer = client.post("/persons/search", value, "application/json")
    assert (answer.status_code, answer.json()) == (
        200,
        {"standing": "placeholder", "persons": [], "contacts": []},
    )


def test_an_end_that_does_not_count_is_answered_with_why(client):
    one = identify(SCOPE, "a@x.example", "800500").person.id
    two = identify(SCOPE, "b@x.example", "800500").person.secondary_ids[0]
    retire(SCOPE, phone_number="800500")
    body = {"from": {"phoneNumber": "800 500"}, "to": {"contactId": two}}

    answer = client.post("/persons/explain", body, "application/json")

    assert answer.status_code == 200
    assert answer.json() == {
        "personId": two,
        "connected": False,
        "steps": [],
        "notCounting": [
            {
                "end": "from",
                "standing": "retired",
                "contacts": [
                    {"contactId": id, "personId": id, "standing": "retired"} for id in (one, two)
                ],
            }
        ],
    }
    for path in (f"/persons/{one}", f"/persons/{one}/contacts"):
        (contact,) = client.get(path).json()["contacts"]
        assert (contact["emailStanding"], contact["phoneNumberStanding"]) == ("counts", "retired")


def test_a_text_finds_persons_and_says_by_what(client):
    lorraine = identify(SCOPE, "lorraine@hillvalley.edu", "800500").person.id
    retire(SCOPE, phone_number="800500")

    by_part = client.post("/persons/find", {"text": "valley"}, "application/json").json()
    by_value = client.post("/persons/find", {"text": "800-500"}, "application/json").json()

    assert by_part["found"] == [
        {
            "personId": lorraine,
            "by": "part",
            "kind": "email",
            "value": "lorraine@hillvalley.edu",
            "standing": None,
        }
    ]
    assert not by_part["isCut"]
    assert [each["primaryContactId"] for each in by_part["persons"]] == [lorraine]
    assert by_value["found"][0] == {
        "personId": lorraine,
        "by": "value",
        "kind": "phone",
        "value": "800-500",
        "standing": "retired",
    }


@pytest.mark.parametrize(
    "asked", [{}, {"text": ""}, {"text": 0}, {"text": "x" * 255}, {"text": "a\0"}]
)
def test_a_text_has_some_characters(client, asked):
    answer = client.post("/persons/find", asked, "application/json")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "text")
