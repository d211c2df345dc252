"""Values of declared kinds over HTTP: wherever a request may name identifiers."""

import json

import pytest

from tests.services.test_declared_kinds import CUSTOMER

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def post(client):
    def send(path, body, method="POST"):
        response = client.generic(method, path, json.dumps(body), "application/json")
        return response.status_code, response.json()

    return send


@pytest.fixture
def declare(post):
    def put(kinds=CUSTOMER, **rules):
        status, answer = post("/policy", {"kinds": kinds, **rules}, "PUT")
        assert status == 200, answer
        return answer

    return put


def errors(answer):
    status, document = answer
    assert status == 400
    return [(each["field"], each["code"]) for each in document["errors"]]


def test_the_policy_shows_kinds_in_the_order_in_which_they_were_declared(declare, client):
    shown = declare({"whatsapp:shopA": {"normalize": "none"}, "phone": {}, "a": {"links": False}})
    kinds = shown["policy"]["kinds"]
    assert list(kinds) == ["whatsapp:shopA", "phone", "a"]
    assert kinds["a"] == {
        "perPerson": None,
        "contactsPerValue": None,
        "normalize": "trim",
        "pattern": None,
        "blocked": [],
        "links": False,
    }
    assert kinds["phone"] == {}
    assert list(client.get("/policy").json()["policy"]["kinds"]) == list(kinds)


def test_a_policy_without_kinds_shows_none(client):
    assert "kinds" not in client.get("/policy").json()["policy"]


def test_what_is_wrong_with_kinds_is_told_by_field(post):
    wrong = {
        "a b": {},
        "contact": {},
        "x": 1,
        "email": {"links": True},
        "y": {"normalize": "upper", "perPerson": 0, "pattern": "(", "linkz": 1},
        "z": {"pattern": 5, "normalize": "digits", "blocked": ["abc"]},
        "long": {"pattern": "x" * 201},
        "nul": {"pattern": "\0"},
    }
    assert sorted(errors(post("/policy", {"kinds": wrong}, "PUT"))) == [
        ("kinds.a b", "invalid_name"),
        ("kinds.contact", "invalid_name"),
        ("kinds.email", "invalid_value"),
        ("kinds.long.pattern", "pattern_too_long"),
        ("kinds.nul.pattern", "invalid_pattern"),
        ("kinds.x", "invalid_type"),
        ("kinds.y.linkz", "unknown_field"),
        ("kinds.y.normalize", "invalid_choice"),
        ("kinds.y.pattern", "invalid_pattern"),
        ("kinds.y.perPerson", "invalid_limit"),
        ("kinds.z.blocked.0", "invalid_value"),
        ("kinds.z.pattern", "invalid_type"),
    ]
    assert errors(post("/policy", {"kinds": []}, "PUT")) == [("kinds", "invalid_type")]
    many = {f"k{n}": {} for n in range(17)}
    assert errors(post("/policy", {"kinds": many}, "PUT")) == [("kinds", "too_many_kinds")]
    large = {"k": {"pattern": r"(?:\p{L}|\p{N}){1,150}"}}
    assert errors(post("/policy", {"kinds": large}, "PUT")) == [
        ("kinds.k.pattern", "pattern_too_large")
    ]


def test_an_answer_has_identifiers_if_the_request_named_some(declare, post):
    declare()
    status, named = post(
        "/identify",
        {"email": "a@x.example", "identifiers": {"customerNumber": 10023, "whatsapp": ["I", "J"]}},
    )
    assert status == 200
    person = named["contact"]["primaryContactId"]
    assert named["contact"] == {
        "primaryContactId": person,
        "primaryContatctId": person,
        "emails": ["a@x.example"],
        "phoneNumbers": [],
        "secondaryContactIds": [],
        "identifiers": {"customerNumber": ["10023"], "whatsapp": ["I", "J"]},
    }
    _, silent = post("/identify", {"email": "a@x.example"})
    assert "identifiers" not in silent["contact"]
    _, asked = post("/identify?include=decision,identifiers", {"email": "a@x.example"})
    assert asked["contact"]["identifiers"] == named["contact"]["identifiers"]
    assert asked["decision"]["outcome"] == "unchanged"
    _, resolved = post("/resolve", {"identifiers": {"whatsapp": "J"}})
    assert resolved["contact"]["identifiers"] == named["contact"]["identifiers"]


def test_a_batch_answers_each_request_as_it_was_asked(declare, post):
    declare()
    requests = [
        {"email": "a@x.example", "identifiers": {"customerNumber": "1"}, "verified": ["email"]},
        {"email": "a@x.example"},
        {"identifiers": {"card": "1"}},
        {"identifiers": 5},
    ]
    _, answer = post("/identify/batch", {"requests": requests})
    one, two, three, four = answer["results"]
    assert one["contact"]["identifiers"] == {"customerNumber": ["1"]}
    assert "identifiers" not in two["contact"]
    assert three["problem"]["code"] == "undeclared_kind"
    assert four["problem"]["code"] == "invalid_type"
    _, answer = post("/identify/batch?include=identifiers", {"requests": requests[1:2]})
    assert answer["results"][0]["contact"]["identifiers"] == {"customerNumber": ["1"]}


def test_without_declared_kinds_identifiers_are_a_field_that_nobody_knows(post):
    _, plain = post("/identify", {"email": "a@x.example"})
    for identifiers in ({"card": "1"}, 5, {"card": {}}, [], None):
        body = {"email": "a@x.example", "identifiers": identifiers}
        assert post("/identify", body) == (200, plain)
        assert post("/persons/search", body)[0] == 200
    assert post("/identify", {"email": "a@x.example", "identifier": {}}) == (200, plain)
    assert errors(post("/identify", {"identifiers": {"card": "1"}})) == [("email", "no_identifier")]


def test_identifiers_that_cannot_be_read_are_refused(declare, post):
    declare()
    for wrong in (5, [], "a", {f"k{n}": "1" for n in range(17)}):
        assert errors(post("/identify", {"email": "a@x.example", "identifiers": wrong})) == [
            ("identifiers", "invalid_type")
        ]
    for wrong in (True, 1.5, -1, {}, [[]], [str(n) for n in range(9)]):
        assert errors(post("/identify", {"identifiers": {"whatsapp": wrong}})) == [
            ("identifiers.whatsapp", "invalid_type")
        ]
    assert errors(post("/identify", {"identifiers": {"whatsapp": "\0"}})) == [
        ("identifiers.whatsapp", "invalid_identifier")
    ]
    assert errors(post("/identify", {"email": "a@x.example", "identifier": {}})) == [
        ("identifier", "unknown_field")
    ]
    assert errors(post("/identify", {"identifiers": {"\ud7ff x": "1"}})) == [
        ("identifiers", "undeclared_kind")
    ]
    assert errors(post("/identify", {"identifiers": {"email": "a@x.example"}})) == [
        ("identifiers.email", "undeclared_kind")
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("customerNumber", "customerNumber"),
        ("customer_number", "customerNumber"),
        ("CustomerNumber", "customerNumber"),
        ("whatsapp", "whatsapp"),
    ],
)
def test_a_declared_kind_beside_identifiers_is_refused(declare, post, name, kind):
    declare()
    told = f"{name}: Not known: did you mean identifiers.{kind}?"
    body = {"email": "a@x.example", name: "1"}
    status, refused = post("/identify", body)
    assert (status, refused["detail"]) == (400, told)
    _, batch = post("/identify/batch", {"requests": [body]})
    assert batch["results"][0]["problem"]["detail"] == told
    assert post("/resolve", body)[1]["detail"] == told


def test_every_operation_that_takes_identifiers_refuses_a_declared_kind_beside_them(declare, post):
    declare()
    end, stray = {"email": "a@x.example"}, {"email": "a@x.example", "customer_number": "1"}
    for path in ("/normalize", "/persons/search", "/identifiers/retire", "/identifiers/restore"):
        assert errors(post(path, stray)) == [("customer_number", "unknown_field")]
    assert errors(post("/persons/explain", {"from": end, "to": stray})) == [
        ("to.customer_number", "unknown_field")
    ]


def test_a_refusal_of_many_members_beside_identifiers_is_short(declare, post):
    declare({"card": {}})
    status, refused = post("/identify", {f"card{number}": "1" for number in range(5_000)})
    assert status == 400
    assert len(refused["errors"]) <= 100


def test_other_members_beside_identifiers_are_ignored(declare, post):
    declare({"card": {}, "verified": {}, "reason": {}})
    body = {"email": "a@x.example", "cart": "1", "customerNumber": "1", "verified": []}
    assert post("/identify", body)[0] == 200
    value = {"identifiers": {"card": "1"}, "reason": "It is a test card."}
    assert post("/identifiers/retire", value)[0] == 200


def test_a_request_of_identifiers_alone_is_told_that_no_kinds_are_declared(post):
    for path in ("/identify", "/resolve", "/normalize"):
        _, refused = post(path, {"identifiers": {"customerNumber": "1"}})
        assert "declares no kinds" in refused["detail"]


def test_verified_kinds_that_there_are_not_are_answered_with_those_that_there_are(declare, post):
    declare()
    _, refused = post("/identify", {"email": "a@x.example", "verified": ["Email"]})
    assert (
        refused["detail"]
        == "verified: Send a list of some of email, phoneNumber, customerNumber, whatsapp, note."
    )


def test_a_held_merge_names_the_kinds_that_stopped_it(declare, post):
    declare()
    post("/identify", {"phoneNumber": "1", "identifiers": {"customerNumber": "1"}})
    post("/identify", {"email": "b@x.example", "identifiers": {"customerNumber": "2"}})
    post("/identify", {"identifiers": {"customerNumber": "3", "whatsapp": "W"}})
    _, answer = post(
        "/identify?include=decision",
        {"email": "b@x.example", "phoneNumber": "1", "identifiers": {"whatsapp": "W"}},
    )
    held = answer["decision"]["held"]
    assert (held["reason"], held["kinds"]) == ("too_many_identifiers", ["customerNumber"])
    assert [each["kinds"] for each in answer["decision"]["alsoHeld"]] == [["customerNumber"]]


def test_verified_kinds_may_be_declared_ones(declare, post):
    declare(joinOnlyVerified=True)
    post("/identify", {"email": "a@x.example"})
    post("/identify", {"identifiers": {"whatsapp": "W"}})
    both = {"email": "a@x.example", "identifiers": {"whatsapp": "W"}}
    _, held = post("/identify?include=decision", {**both, "verified": ["email"]})
    assert held["decision"]["held"]["reason"] == "not_verified"
    assert errors(post("/identify", {**both, "verified": ["card"]})) == [
        ("verified", "invalid_verified")
    ]
    post("/identify", {"phoneNumber": "1"})
    body = {"phoneNumber": "1", "identifiers": {"whatsapp": "W"}}
    verified = ["phoneNumber", "whatsapp"]
    _, merged = post("/identify?include=decision", {**body, "verified": verified})
    assert merged["decision"]["outcome"] == "merged"


def test_values_are_retired_restored_and_found(declare, post, client):
    declare()
    _, first = post(
        "/identify", {"email": "a@x.example", "identifiers": {"whatsapp": "W", "note": "n"}}
    )
    person = first["contact"]["primaryContactId"]
    whatsapp = {"identifiers": {"whatsapp": "W"}}
    _, retired = post("/identifiers/retire", {**whatsapp, "reason": "shared"})
    assert retired["undo"]["body"] == whatsapp
    assert client.get("/identifiers/retired").json()["identifiers"][0]["kind"] == "whatsapp"
    _, found = post("/persons/search", whatsapp)
    assert (found["standing"], found["persons"][0]["identifiers"]["whatsapp"]) == ("retired", ["W"])
    assert post("/identify", whatsapp)[0] == 422
    _, restored = post("/identifiers/restore", retired["undo"]["body"])
    assert restored["undo"]["body"] == whatsapp
    shown = client.get(f"/persons/{person}?include=identifiers").json()
    assert shown["contact"]["identifiers"] == {"whatsapp": ["W"], "note": ["n"]}
    assert shown["contacts"][0]["identifiers"] == [
        {"kind": "whatsapp", "value": "W", "standing": "counts"},
        {"kind": "note", "value": "n", "standing": "carried"},
    ]
    assert client.get(f"/persons/{person}?include=all").status_code == 400
    exported = client.get(f"/persons/{person}/export").json()
    assert exported["contacts"][0]["identifiers"] == [
        {"kind": "whatsapp", "value": "W", "key": "W"},
        {"kind": "note", "value": "n", "key": None},
    ]
    (member,) = client.get("/snapshot").json()["contacts"]
    assert member["identifiers"] == {"whatsapp": ["W"], "note": ["n"]}


def test_what_is_withheld_is_exported_with_its_value(declare, post, client):
    declare()
    _, first = post("/identify", {"identifiers": {"whatsapp": ["W", "X"]}})
    one = first["contact"]["primaryContactId"]
    _, second = post("/identify", {"email": "b@x.example", "identifiers": {"whatsapp": "W"}})
    (other,) = second["contact"]["secondaryContactIds"]
    post(f"/persons/{one}/split", {"contactIds": [one]})
    (withheld,) = client.get(f"/persons/{other}/export").json()["withheld"]
    assert (withheld["kind"], withheld["value"]) == ("whatsapp", "W")


def test_a_chain_may_begin_or_end_at_a_value_of_a_declared_kind(declare, post):
    declare()
    post("/identify", {"email": "a@x.example", "identifiers": {"whatsapp": "W"}})
    ends = {"from": {"identifiers": {"whatsapp": "W"}}, "to": {"email": "a@x.example"}}
    _, explained = post("/persons/explain", ends)
    assert explained["connected"]
    assert {explained["steps"][0]["from"]["kind"], explained["steps"][-1]["to"]["kind"]} == {
        "whatsapp",
        "email",
    }
    for wrong in ({"identifiers": {}}, {"identifiers": {"whatsapp": "W"}, "contactId": 1}):
        assert errors(post("/persons/explain", {**ends, "from": wrong})) == [
            ("from", "invalid_end")
        ]
    assert errors(post("/persons/explain", {**ends, "from": {"identifiers": 5}})) == [
        ("from.identifiers", "invalid_type")
    ]
    assert errors(post("/persons/explain", {**ends, "from": {"identifiers": {"card": "1"}}})) == [
        ("from.identifiers.card", "undeclared_kind")
    ]


def test_values_are_normalized_by_the_policy_in_force_or_in_the_body(declare, post):
    declare()
    _, found = post("/normalize", {"email": "A@x.example", "identifiers": {"whatsapp": [" W "]}})
    assert found["email"]["canonical"] == "a@x.example"
    assert found["identifiers"]["whatsapp"][0]["canonical"] == "W"
    policy = {"kinds": {"card": {"normalize": "digits"}}}
    _, found = post("/normalize", {"identifiers": {"card": ["1-2", "x"]}, "policy": policy})
    canonical, wrong = found["identifiers"]["card"]
    assert canonical["canonical"] == "12"
    assert wrong["error"]["field"] == "identifiers.card"


def test_simulating_tells_of_kinds_where_some_are_declared(declare, post):
    _, plain = post("/policy/simulate", {})
    assert plain["overLimit"].keys() == {"emailsPerPerson", "phonesPerPerson"}
    assert "undeclared" not in plain["uncounted"]
    declare()
    post("/identify", {"identifiers": {"whatsapp": ["W", "X"]}})
    _, found = post("/policy/simulate", {"kinds": {"whatsapp": {"perPerson": 1}}})
    assert found["overLimit"]["identifiers"] == {"whatsapp": 1}
    _, gone = post("/policy/simulate", {})
    assert gone["uncounted"]["undeclared"] == 2
