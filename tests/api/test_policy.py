import pytest

from reunite.core.policy.policy import SPEC
from reunite.core.policy.rules import rules_of
from reunite.models import Contact, Event
from reunite.services.identify.identify import identify
from reunite.services.policy import change as policy_service
from reunite.services.policy.job import apply_policy
from tests.scopes import SCOPE

US = {"normalization": {"defaultRegion": "US"}}


def send(client, method, path, body):
    return getattr(client, method)(path, data=body, content_type="application/json")


def put(client, body, path="/policy"):
    return send(client, "put", path, body)


def post(client, path, body):
    return send(client, "post", path, body)


def problem(response):
    assert response.headers["Content-Type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


def test_the_policy_in_force_is_shown_whole(client):
    assert client.get("/policy").json() == {
        "version": 0,
        "createdAt": None,
        "preset": "spec",
        "policy": rules_of(SPEC),
        "prepared": None,
    }


def test_a_policy_is_changed_and_its_versions_are_listed(client, monkeypatch):
    response = put(client, {"preset": "protect", **US})

    assert response.status_code == 200
    shown = response.json()
    assert (shown["version"], shown["preset"]) == (1, "protect")
    assert shown["policy"]["normalization"] == {
        "defaultRegion": "US",
        "foldGmail": False,
        "foldMobile": False,
        "version": 2,
    }
    assert client.get("/policy").json() == shown

    assert put(client, {"erased": "accept"}, "/policy?expectedVersion=1").json()["preset"] is None
    monkeypatch.setattr("reunite.api.http.pages.PAGE_LENGTH", 1)
    page = client.get("/policy/versions").json()
    (first,) = page["versions"]
    assert (first["version"], first["policy"]) == (1, shown["policy"])
    assert first["appliedAt"] == first["createdAt"] == shown["createdAt"]
    assert page["next"] == 1
    assert client.get("/policy/versions?after=2").json() == {"versions": [], "next": None}


def test_a_policy_takes_effect_for_the_next_request(client):
    put(client, {"blocked": {"emails": ["info@shop.example"]}})
    body = {"email": "info@shop.example"}
    assert problem(post(client, "/identify", body)) == (422, "no_usable_identifier")


def test_stored_contacts_follow_under_the_id_of_the_request(client):
    identify(SCOPE, "a@x.example", "(415) 555-2671")
    identify(SCOPE, "b@x.example", "+1 415 555 2671")

    client.put("/policy", data=US, content_type="application/json", headers={"X-Request-Id": "p1"})

    assert Event.objects.get(type="policy.applied").request_id == "p1"
    assert Contact.objects.filter(linked_id=None).count() == 1


def test_what_cannot_be_done_is_told(client, monkeypatch):
    assert problem(put(client, {}, "/policy?expectedVersion=7")) == (409, "policy_changed")
    assert problem(put(client, {}, "/policy?expectedVersion=x")) == (400, "invalid")
    assert problem(put(client, [])) == (400, "not_an_object")
    assert problem(put(client, {"limit": 3})) == (400, "unknown_field")
    assert problem(client.get("/policy/versions?after=-1")) == (400, "min_value")
    refused = put(client, {"limits": {"emailsPerPerson": 0}}).json()
    assert refused["title"] == "The policy cannot be read."
    assert refused["errors"][0]["field"] == "limits.emailsPerPerson"
    identify(SCOPE, "a@x.example", None)
    monkeypatch.setattr(policy_service, "APPLIED_AT_ONCE", 0)
    needs_a_job = put(client, US)
    assert problem(needs_a_job) == (409, "policy_needs_a_job")
    assert "`reunite policy apply FILE`" in needs_a_job.json()["detail"]


def test_a_version_that_is_being_prepared_is_shown(client):
    identify(SCOPE, "a@x.example", None)
    seen = []
    policy = policy_service.read_policy(SCOPE, US)

    apply_policy(SCOPE, policy, on_progress=lambda _: seen.append(client.get("/policy").json()))

    (during,) = seen
    assert (during["version"], during["prepared"]["version"]) == (0, 1)


def test_a_policy_is_simulated(client):
    one = identify(SCOPE, "a@x.example", "(415) 555-2671").person.id
    other = identify(SCOPE, "b@x.example", "+1 415 555 2671").person.id
    identify(SCOPE, "c@x.example", "+1 415 555 2671")

    found = post(
        client,
        "/policy/simulate",
        {**US, "limits": {"emailsPerPerson": 1, "contactsPerPhone": 2}},
    ).json()

    merged = {
        "count": 1,
        "largest": {"personId": one, "contacts": 3},
        "splits": 0,
        "merges": 1,
        "samples": [
            {
                "before": [
                    {"personId": one, "contacts": 1},
                    {"personId": other, "contacts": 2},
                ],
                "after": [{"personId": one, "contacts": 3}],
            }
        ],
    }
    hubs = found.pop("hubs")
    assert found == {
        "contacts": 3,
        "rekeyed": 1,
        "before": {"count": 2, "largest": {"personId": other, "contacts": 2}},
        "after": merged,
        "uncounted": {
            "placeholder": 0,
            "blocked": 0,
            "retired": 0,
            "unreadable": 0,
            "withheld": 0,
        },
        "overLimit": {"emailsPerPerson": 1, "phonesPerPerson": None},
        "keptApart": [],
    }
    assert hubs["count"] == 1
    assert hubs["identifiers"] == [
        {"kind": "phone", "contacts": 3, "contactIds": [one, other, other + 1]}
    ]
    assert hubs["persons"]["count"] == 3
    assert client.get("/policy").json()["version"] == 0


def test_a_simulation_that_changes_nothing_has_no_hubs(client):
    assert post(client, "/policy/simulate", {}).json()["hubs"] is None
    assert problem(post(client, "/policy/simulate", [1])) == (400, "not_an_object")


def test_values_are_normalized(client):
    body = {"email": "D.Brown@gmail.com", "phoneNumber": "(415) 555-2671"}
    assert post(client, "/normalize", body).json() == {
        "email": {"canonical": "d.brown@gmail.com", "ignored": None, "error": None},
        "phoneNumber": {"canonical": "4155552671", "ignored": None, "error": None},
    }
    rules = {"defaultRegion": "US", "foldGmail": True}
    found = post(client, "/normalize", {**body, "policy": {"normalization": rules}}).json()
    assert found["email"]["canonical"] == "dbrown@gmail.com"
    assert found["phoneNumber"]["canonical"] == "+14155552671"


def test_what_does_not_count_and_what_cannot_be_read_is_told(client):
    found = post(client, "/normalize", {"email": "none@none.com", "phoneNumber": "()"}).json()
    assert found["email"] == {"canonical": None, "ignored": "placeholder", "error": None}
    assert found["phoneNumber"]["error"]["code"] == "invalid_phone_number"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "no_identifier"),
        ({"email": 1}, "invalid_type"),
        ({"email": "a@x.example", "policy": {"x": 1}}, "unknown_field"),
        ({"email": "a@x.example", "policy": None}, "null"),
        ({"email": "a@x.example", "policy": []}, "not_an_object"),
    ],
)
def test_what_cannot_be_normalized_is_refused(client, body, code):
    assert problem(post(client, "/normalize", body)) == (400, code)


def test_a_pattern_that_is_too_large_is_refused_before_it_is_compiled(client, capfd):
    huge = {"kind": "email", "pattern": r"(?:\p{L}|\p{N}){1,150}N"}
    rules = {"blocked": {"patterns": [{"kind": "phone", "pattern": "^0900"}, *([huge] * 99)]}}
    answers = [
        put(client, rules),
        post(client, "/policy/simulate", rules),
        post(client, "/normalize", {"email": "a@x.example", "policy": rules}),
    ]
    for answer in answers:
        assert answer.status_code == 400
        (error,) = answer.json()["errors"]
        assert error["field"].endswith("blocked.patterns.1")
        assert error["code"] == "pattern_too_large"
    assert capfd.readouterr() == ("", "")


def test_a_value_that_does_not_count_is_listed_once_however_it_is_written(client):
    put(client, {**US, "blocked": {"phoneNumbers": ["4155552671"]}})
    ids = []
    for email, phone in (("a@x.example", "(415) 555-2671"), ("b@x.example", "+1 415 555 2671")):
        answer = post(client, "/identify", {"email": email, "phoneNumber": phone})
        ids.append(answer.json()["contact"]["primaryContactId"])
    person = post(client, "/links", {"contactIds": ids}).json()["persons"][0]

    assert person["phoneNumbers"] == ["(415) 555-2671"]
    shown = client.get(f"/persons/{person['primaryContactId']}").json()
    assert shown["contact"] == person
