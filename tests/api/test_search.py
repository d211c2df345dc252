"""Persons found by a value over HTTP."""

from reunite.services.identify.identify import identify
from reunite.services.repair.retire import retire


def test_a_retired_number_finds_its_persons_and_says_that_it_is_retired(client):
    one = identify("a@x.example", "800500").person.id
    retire(phone_number="800500")
    two = identify("b@x.example", "800500").person.id

    answer = client.post("/persons/search", {"phoneNumber": "800-500"}, "application/json")

    assert answer.status_code == 200
    assert answer.json()["standing"] == "retired"
    assert [each["primaryContactId"] for each in answer.json()["persons"]] == [one, two]
    assert answer.json()["contacts"] == [
        {"contactId": id, "personId": id, "standing": "retired"} for id in (one, two)
    ]


def test_a_refused_look_up_says_how_to_look_up(client):
    identify("a@x.example", "800500")
    retire(phone_number="800500")
    answer = client.post("/resolve", {"phoneNumber": "800500"}, "application/json")
    assert answer.status_code == 422
    assert "POST /persons/search" in answer.json()["detail"]


def test_one_value_is_asked_for(client):
    answer = client.post("/persons/search", {}, "application/json")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "not_one_identifier")
