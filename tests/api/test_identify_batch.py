import pytest

from reunite.models import Contact


def post(client, body):
    return client.post("/identify/batch", data=body, content_type="application/json")


def test_a_batch_is_answered_in_order_as_one_by_one(client):
    response = post(
        client,
        {
            "requests": [
                {"email": "lorraine@hillvalley.edu", "phoneNumber": "123456"},
                {"email": "mcfly@hillvalley.edu", "phoneNumber": 123456},
                {"phoneNumber": "123456"},
            ]
        },
    )

    assert response.status_code == 200
    results = response.json()["results"]
    assert [result["outcome"] for result in results] == ["created", "linked", "unchanged"]
    primary = results[0]["contact"]["primaryContactId"]
    assert results[2]["contact"] == {
        "primaryContactId": primary,
        "primaryContatctId": primary,
        "emails": ["lorraine@hillvalley.edu", "mcfly@hillvalley.edu"],
        "phoneNumbers": ["123456"],
        "secondaryContactIds": results[1]["contact"]["secondaryContactIds"],
    }
    assert results[0]["contact"]["emails"] == ["lorraine@hillvalley.edu"]


def test_an_item_that_cannot_be_read_has_its_problem_in_its_place(client):
    items = [{"email": 7}, {"email": "a@x.example"}, "text", {"email": "nobody"}, {}, None]

    results = post(client, {"requests": items}).json()["results"]

    assert [each.get("problem", {}).get("code") for each in results] == [
        "invalid_type",
        None,
        "not_an_object",
        "invalid_email",
        "no_identifier",
        "not_an_object",
    ]
    assert all(each["problem"]["status"] == 400 for each in results if "problem" in each)
    assert Contact.objects.count() == 1


def test_an_empty_batch_has_no_results(client):
    assert post(client, {"requests": []}).json() == {"results": []}


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "requests", "required"),
        ({"requests": None}, "requests", "null"),
        ({"requests": {}}, "requests", "invalid_type"),
        ({"requests": [{}] * 1001}, "requests", "batch_too_large"),
        ([], "body", "not_an_object"),
    ],
)
def test_a_body_that_is_no_batch_is_refused_whole(client, body, field, code):
    response = post(client, body)

    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    (error,) = response.json()["errors"]
    assert (error["field"], error["code"]) == (field, code)
    assert "send" in error["detail"]
