"""The specification, word for word, over HTTP."""

from datetime import datetime

import pytest

from tests.builders import make_contact, stored_rows


def post(client, body, **extra):
    return client.post("/identify", data=body, content_type="application/json", **extra)


def at(text):
    return datetime.fromisoformat(text)


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


def test_example_one_both_known_changes_nothing(client, lorraine_and_mcfly):
    before = stored_rows()

    response = post(client, {"email": "mcfly@hillvalley.edu", "phoneNumber": "123456"})

    assert response.status_code == 200
    assert response.json() == {
        "contact": {
            "primaryContactId": 1,
            "primaryContatctId": 1,
            "emails": ["lorraine@hillvalley.edu", "mcfly@hillvalley.edu"],
            "phoneNumbers": ["123456"],
            "secondaryContactIds": [23],
        }
    }
    assert stored_rows() == before


@pytest.mark.parametrize(
    "body",
    [
        {"email": None, "phoneNumber": "123456"},
        {"email": "lorraine@hillvalley.edu", "phoneNumber": None},
        {"email": "mcfly@hillvalley.edu", "phoneNumber": None},
        {"email": "mcfly@hillvalley.edu"},
        {"phoneNumber": 123456},
        {"email": "", "phoneNumber": "123456"},
    ],
)
def test_example_one_answers_the_same_to_either_value_alone(client, lorraine_and_mcfly, body):
    contact = post(client, body).json()["contact"]

    assert contact["primaryContactId"] == 1
    assert contact["emails"] == ["lorraine@hillvalley.edu", "mcfly@hillvalley.edu"]
    assert contact["phoneNumbers"] == ["123456"]
    assert contact["secondaryContactIds"] == [23]


def test_example_two_nobody_known_is_a_new_primary(client, lorraine_and_mcfly):
    response = post(client, {"email": "newunknown@hillvalley.edu", "phoneNumber": "789012"})

    assert response.json()["contact"] == {
        "primaryContactId": 24,
        "primaryContatctId": 24,
        "emails": ["newunknown@hillvalley.edu"],
        "phoneNumbers": ["789012"],
        "secondaryContactIds": [],
    }
    assert stored_rows()[-1] == (
        24,
        "newunknown@hillvalley.edu",
        "789012",
        None,
        "primary",
        None,
    )


def test_example_three_two_persons_merge_without_a_new_row(client):
    make_contact(
        "george@hillvalley.edu", "919191", id=11, created_at=at("2023-04-11T00:00:00.374Z")
    )
    make_contact(
        "biffsucks@hillvalley.edu", "717171", id=27, created_at=at("2023-04-21T05:30:00.11Z")
    )

    response = post(client, {"email": "george@hillvalley.edu", "phoneNumber": "717171"})

    assert response.json()["contact"] == {
        "primaryContactId": 11,
        "primaryContatctId": 11,
        "emails": ["george@hillvalley.edu", "biffsucks@hillvalley.edu"],
        "phoneNumbers": ["919191", "717171"],
        "secondaryContactIds": [27],
    }
    assert [row[:5] for row in stored_rows()] == [
        (11, "george@hillvalley.edu", "919191", None, "primary"),
        (27, "biffsucks@hillvalley.edu", "717171", 11, "secondary"),
    ]


def test_the_misspelt_key_can_be_turned_off(client, settings):
    settings.REUNITE = {"SEND_MISSPELT_PRIMARY_ID": False}

    assert list(post(client, {"email": "a@x.example"}).json()["contact"]) == [
        "primaryContactId",
        "emails",
        "phoneNumbers",
        "secondaryContactIds",
    ]


def test_the_outcome_is_told_in_a_header(client):
    bodies = [
        {"email": "a@x.example", "phoneNumber": "1"},
        {"email": "b@x.example", "phoneNumber": "2"},
        {"email": "b@x.example", "phoneNumber": "22"},
        {"email": "a@x.example", "phoneNumber": "22"},
        {"email": "a@x.example", "phoneNumber": "22"},
    ]

    assert [post(client, body)["Reunite-Outcome"] for body in bodies] == [
        "created",
        "created",
        "linked",
        "merged",
        "unchanged",
    ]


def test_a_number_and_its_text_are_answered_alike_as_text(client):
    first = post(client, {"phoneNumber": 123456})
    again = post(client, {"phoneNumber": "123456"})

    assert first.json() == again.json()
    assert first.json()["contact"]["phoneNumbers"] == ["123456"]


def test_an_email_is_answered_as_it_was_given(client):
    post(client, {"email": "Marty.McFly+1985@HillValley.EDU"})

    answer = post(client, {"email": "marty.mcfly+1985@hillvalley.edu"}).json()

    assert answer["contact"]["emails"] == ["Marty.McFly+1985@HillValley.EDU"]


def test_no_answer_is_cached(client):
    post(client, {"email": "a@x.example", "phoneNumber": "1"})
    post(client, {"email": "b@x.example", "phoneNumber": "2"})
    assert post(client, {"email": "b@x.example"}).json()["contact"]["primaryContactId"]
    post(client, {"email": "a@x.example", "phoneNumber": "2"})

    answer = post(client, {"email": "b@x.example"}).json()["contact"]

    assert answer["emails"] == ["a@x.example", "b@x.example"]


def test_unknown_keys_are_ignored(client):
    assert post(client, {"email": "a@x.example", "name": "Marty"}).status_code == 200


def test_a_misspelt_field_hides_no_value_that_is_wrong(client):
    body = {"mail": "a@x.example", "email": 7, "phoneNumber": "no digits"}
    refused = client.post("/identify", body, content_type="application/json").json()
    assert {each["field"]: each["code"] for each in refused["errors"]} == {
        "mail": "unknown_field",
        "email": "invalid_type",
        "phoneNumber": "invalid_phone_number",
    }


@pytest.mark.parametrize("path", ["/identify", "/resolve"])
@pytest.mark.parametrize(
    ("email", "phone_number", "codes"),
    [
        ("no address", "no digits", ["invalid_email", "invalid_phone_number"]),
        (7, "no digits", ["invalid_type", "invalid_phone_number"]),
        ("no address", [], ["invalid_email", "invalid_type"]),
        (7, [], ["invalid_type", "invalid_type"]),
        (7, " ", ["invalid_type"]),
        (7, "7001", ["invalid_type"]),
        (None, [], ["invalid_type"]),
    ],
)
def test_all_values_that_are_wrong_are_named(client, path, email, phone_number, codes):
    body = {"email": email, "phoneNumber": phone_number}
    refused = client.post(path, body, content_type="application/json")
    assert refused.status_code == 400
    assert [each["code"] for each in refused.json()["errors"]] == codes
