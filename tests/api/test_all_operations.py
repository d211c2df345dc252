"""What holds for every operation of the OpenAPI document, whatever it does."""

import pytest

from reunite.models import Contact
from reunite.services.identify.identify import identify
from tests.api.answers import problem
from tests.api.operations import JSON, OPERATIONS, WRITING
from tests.scopes import SCOPE

PROBES = {"/healthz", "/readyz"}
ASKED = [each for each in OPERATIONS if each.path not in PROBES]
NOT_IN_JSON = {"/imports/{id}/refused": "text/csv", "/metrics": "text/plain"}
WITH_BODY = [each for each in WRITING if JSON in each.media_types]
WITH_ID = [each for each in OPERATIONS if "{id}" in each.path]
BODIES = {
    "splitPerson": '{"contactIds": [%d]}',
    "join": '{"contactIds": [%d, 99999998]}',
    "separate": '{"contactIds": [%d, 99999998]}',
}
OTHER_BODIES = {"replayEvents": '{"first": 1, "last": 1}'}
UNKNOWN = 99_999_999
TOO_LARGE = [2**63 - 1, 2**63, 2**64 - 1]


def send(client, operation, path=None, *, query="", body="{}", headers=None):
    path = operation.address if path is None else path
    return client.generic(
        operation.method.upper(),
        f"{path}?{query}" if query else path,
        body if operation.media_type else "",
        content_type=operation.media_type or "",
        # Django's client leaves the type out where there is no body.
        CONTENT_TYPE=operation.media_type or "",
        headers=headers or {},
    )


def test_an_operation_with_a_body_refuses_a_request_without_one(client):
    person = identify(SCOPE, "marty@hillvalley.edu", "123456").person.id
    rows = list(Contact.objects.values())
    assert len(WITH_BODY) > 15
    for operation in WITH_BODY:
        path = operation.path.replace("{id}", str(person))
        refused = send(client, operation, path, body="")
        assert problem(refused) == (400, "body_missing"), operation
    assert list(Contact.objects.values()) == rows
    assert client.get("/policy").json()["version"] == 0


@pytest.mark.parametrize("key", [None, "ru_00000000_x"])
def test_no_answer_with_personal_data_may_be_kept(client, key):
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    for operation in OPERATIONS:
        answered = send(client, operation, headers=headers)
        assert answered.headers["Cache-Control"] == "no-store", operation
    assert client.get("/nowhere").headers["Cache-Control"] == "no-store"
    assert client.get("/openapi.json").headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "accepted",
    [
        "",
        "*/*",
        "application/*",
        "APPLICATION/JSON",
        "application/json;q=0.1",
        "text/html, */*;q=0.1",
        "application/json; charset=utf-8, text/html",
        "application/x-ndjson, application/json",
        "text/csv, application/json",
    ],
)
def test_json_is_answered_to_who_accepts_it(client, accepted):
    for operation in ASKED:
        if operation.path not in NOT_IN_JSON:
            answered = send(client, operation, headers={"Accept": accepted})
            assert answered.status_code != 406, operation


@pytest.mark.parametrize(
    "accepted", ["text/html", "application/json;q=0, text/html", "image/*", "?"]
)
def test_who_accepts_no_form_of_the_answer_is_told_which_there_are(client, accepted):
    for operation in ASKED:
        refused = send(client, operation, headers={"Accept": accepted})
        assert problem(refused) == (406, "not_acceptable"), operation
        assert NOT_IN_JSON.get(operation.path, JSON) in refused.json()["detail"]


def test_probes_are_answered_whatever_they_send_besides(client):
    for path in PROBES:
        answered = client.get(f"{path}?x=1&x=2", headers={"Accept": "text/plain"})
        assert (answered.status_code, answered.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("id", [*map(str, TOO_LARGE), "9" * 30, "9" * 5_000], ids=len)
def test_an_id_that_no_row_can_have_is_answered_like_one_that_no_row_has(client, id):
    assert len(WITH_ID) > 15
    for operation in WITH_ID:
        name = operation.described["operationId"]
        body = {**BODIES, **OTHER_BODIES}.get(name, "{}").replace("%d", "1")
        query = "from=1&to=2" if name == "explainContacts" else ""
        path = operation.path.replace("{id}", id)
        expected = problem(send(client, operation, body=body, query=query))
        assert problem(send(client, operation, path, body=body, query=query)) == expected
        assert expected[0] == 404


@pytest.mark.parametrize("id", TOO_LARGE)
def test_an_id_in_a_query_or_a_body_may_be_any_number(client, id):
    person = identify(SCOPE, "marty@hillvalley.edu", "123456").person.id
    for operation in OPERATIONS:
        name = operation.described["operationId"]
        for parameter in operation.parameters:
            if parameter["name"] != "personId":
                continue
            refused = send(client, operation, query=f"personId={id}")
            assert problem(refused) == (404, "person_not_found"), operation
        if name in BODIES:
            path = operation.path.replace("{id}", str(person))
            refused = send(client, operation, path, body=BODIES[name] % id)
            assert problem(refused) == (404, "contact_not_found"), operation
    for ends in (f"from={id}&to={person}", f"from={person}&to={id}"):
        unknown = client.get(f"/persons/{person}/explain?{ends.replace(str(id), str(UNKNOWN))}")
        assert problem(client.get(f"/persons/{person}/explain?{ends}")) == problem(unknown)


def test_a_parameter_that_comes_twice_is_refused_as_such(client):
    told = set()
    for operation in ASKED:
        needed = [f"{each['name']}=1" for each in operation.parameters if each.get("required")]
        for parameter in operation.parameters:
            name = parameter["name"]
            if parameter["schema"].get("type") == "array":
                continue
            refused = send(client, operation, query="&".join([f"{name}=1&{name}=2", *needed]))
            assert problem(refused) == (400, "repeated_parameter"), operation
            assert name in [each["field"] for each in refused.json()["errors"]]
            assert "once" in refused.json()["detail"]
            told.add(name)
    assert {"after", "limit", "personId", "name", "include"} <= told
