"""A value that is too long is refused at every door before anything is done with it."""

import json

import pytest

MARKS = "e" + "\u0316\u0301" * 40_000
"""To bring these marks into their order takes longer than any test is allowed to."""

LONG = [f"{MARKS}@x.example", f"e@{MARKS}.example", MARKS, "\ufdfa" * 60_000]
long_values = pytest.mark.parametrize(
    "value", LONG, ids=["local part", "domain", "marks", "ligatures"]
)
DOORS = [
    ("/identify", "{}"),
    ("/resolve", "{}"),
    ("/identifiers/retire", "{}"),
    ("/identifiers/restore", "{}"),
    ("/persons/explain", '{{"from": {}, "to": {{"id": 1}}}}'),
    ("/policy/simulate", '{{"blocked": {{"emails": [{0}], "phoneNumbers": [{0}]}}}}'),
    ("/policy/simulate", '{{"blocked": {{"domains": [{0}]}}, "allowed": {{"emails": [{0}]}}}}'),
    ("/normalize", '{{"email": "a@x.example", "policy": {{"blocked": {{"emails": [{0}]}}}}}}'),
    ("/separations", '{{"contactIds": [1, 2], "reason": {0}}}'),
    ("/links", '{{"contactIds": [1, 2], "reason": {0}}}'),
    ("/persons/1/split", '{{"contactIds": [1], "reason": {0}}}'),
]


def posted(client, path, body):
    return client.generic("POST", path, body, content_type="application/json")


@long_values
@pytest.mark.parametrize(("path", "form"), DOORS)
def test_it_is_refused_and_named(client, path, form, value):
    written = json.dumps(value)
    if form == "{}":
        bodies = [f'{{"{field}": {written}}}' for field in ("email", "phoneNumber")]
    elif "from" in form:
        bodies = [form.format(f'{{"{field}": {written}}}') for field in ("email", "phoneNumber")]
    else:
        bodies = [form.format(written)]
    for body in bodies:
        answer = posted(client, path, body)
        problem = answer.json()
        assert answer.status_code == 400, problem
        assert problem["errors"]
        assert len(answer.content) < 2_000


@long_values
def test_a_batch_answers_for_its_other_requests(client, value):
    requests = [{"email": value}, {"phoneNumber": value}, {"phoneNumber": "123456"}]
    answer = posted(client, "/identify/batch", json.dumps({"requests": requests}))
    first, second, third = answer.json()["results"]
    assert first["problem"]["code"] == "invalid_email"
    assert second["problem"]["code"] == "invalid_phone_number"
    assert third["outcome"] == "created"


@long_values
def test_normalize_says_that_it_is_too_long(client, value):
    body = json.dumps({"email": value, "phoneNumber": value})
    found = posted(client, "/normalize", body).json()
    for field in ("email", "phoneNumber"):
        assert "Too long" in found[field]["error"]["detail"]
