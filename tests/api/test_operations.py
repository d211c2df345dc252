"""What operators do, over HTTP."""

import pytest

from reunite.models import Contact, Event, Link, Separation
from reunite.services.identify.identify import identify
from tests.api.answers import post, problem
from tests.builders import NOON
from tests.scopes import SCOPE


@pytest.fixture
def shared():
    """Two strangers who share a phone: the ids of their contacts."""
    one = identify(SCOPE, "george@hillvalley.edu", "919191").person.id
    return one, identify(SCOPE, "biffsucks@hillvalley.edu", "919191").person.secondary_ids[0]


@pytest.fixture
def held():
    """Two persons and the id of a held link between them."""
    one = identify(SCOPE, "george@hillvalley.edu", "919191").person.id
    two = identify(SCOPE, "biffsucks@hillvalley.edu", "717171").person.id
    link = Link.objects.create(
        workspace_id=0,
        left_kind="email",
        left_key="george@hillvalley.edu",
        right_kind="phone",
        right_key="717171",
        origin="request",
        state="held",
        held_for="kept_apart",
        created_at=NOON,
    )
    return one, two, link.pk


def primaries(response):
    assert response.status_code == 200, response.content
    return [person["primaryContactId"] for person in response.json()["persons"]]


def test_a_split_keeps_both_apart_and_every_id_leads_to_one_person(client, shared):
    one, two = shared

    body = {"contactIds": [two], "reason": "a shared phone"}
    assert primaries(post(client, f"/persons/{one}/split", body)) == [one, two]

    for id in shared:
        answer = client.get(f"/persons/{id}")
        assert answer.headers["Content-Location"] == f"/persons/{id}"
        assert answer.json()["contact"]["primaryContactId"] == id
    (separation,) = client.get("/separations").json()["separations"]
    assert separation | {"createdAt": ""} == {
        "id": separation["id"],
        "contactIds": [one, two],
        "personIds": [one, two],
        "reason": "a shared phone",
        "createdAt": "",
        "createdBy": None,
    }
    refused = post(client, "/links", {"contactIds": [one, two]})
    assert problem(refused) == (409, "kept_apart")
    assert refused.json()["separationId"] == separation["id"]
    lifted = client.delete(f"/separations/{separation['id']}", headers={"X-Request-Id": "l1"})
    assert primaries(lifted) == [one, two]
    assert Event.objects.latest("position").request_id == "l1"
    assert primaries(post(client, "/links", {"contactIds": [one, two]})) == [one]


@pytest.mark.parametrize("path", ["/links", "/separations"])
def test_the_same_contact_twice_is_refused(client, shared, path):
    one, _ = shared
    refused = post(client, path, {"contactIds": [one, one]})
    assert problem(refused) == (400, "same_contact_twice")
    assert refused.json()["errors"][0]["field"] == "contactIds"
    assert not Link.objects.filter(origin="operator").exists()


def test_a_split_takes_a_contact_that_is_named_twice_once(client, shared):
    one, two = shared
    assert primaries(post(client, f"/persons/{one}/split", {"contactIds": [two, two]})) == [
        one,
        two,
    ]


def test_the_chain_from_a_contact_to_itself_has_no_steps(client, shared):
    one, _ = shared
    told = client.get(f"/persons/{one}/explain", {"from": one, "to": one}).json()
    assert (told["connected"], told["steps"]) == (True, [])


def test_no_undo_is_offered_after_an_erasure(client, shared):
    one, two = shared
    parted = post(client, f"/persons/{one}/split", {"contactIds": [two]}).json()
    (listed,) = client.get("/repairs").json()["repairs"]
    assert (listed["undo"], listed["noUndo"]) == (parted["undo"], None)

    post(client, f"/persons/{two}/erase", {})

    (listed,) = client.get("/repairs").json()["repairs"]
    assert (listed["undo"], listed["noUndo"]) == (None, "erased")
    refused = post(client, parted["undo"]["path"], {})
    assert problem(refused) == (409, "erased_since")


def test_a_repair_that_was_undone_offers_no_undo(client, shared):
    one, two = shared
    post(client, f"/persons/{one}/split", {"contactIds": [two]})
    (listed,) = client.get("/repairs").json()["repairs"]
    post(client, listed["undo"]["path"], {})
    first, second = client.get("/repairs").json()["repairs"]
    assert (first["undo"], first["noUndo"]) == (None, "undone")
    assert (second["undo"]["path"], second["noUndo"]) == (f"/repairs/{second['id']}/undo", None)


def test_a_split_may_leave_them_free_to_meet(client, shared):
    one, two = shared
    body = {"contactIds": [two], "keepApart": False}

    assert primaries(post(client, f"/persons/{two}/split", body)) == [one, two]
    assert not Separation.objects.exists()


def test_two_persons_are_kept_apart_once(client, held):
    one, two, _ = held
    body = {"contactIds": [one, two], "reason": "twins"}
    once = post(client, "/separations", body)

    assert primaries(once) == [one, two]
    assert post(client, "/separations", body).json() == once.json() | {"undo": None}


def test_a_held_merge_is_listed_and_approved(client, held):
    one, two, link = held
    (listed,) = client.get("/links?state=held").json()["links"]
    assert (listed["heldFor"], listed["personIds"], listed["decidedAt"]) == (
        "kept_apart",
        [one, two],
        None,
    )

    assert primaries(post(client, f"/links/{link}/approve", {"reason": "the same"})) == [one]

    (listed,) = client.get("/links").json()["links"]
    assert listed["decidedAt"] is not None
    assert problem(post(client, f"/links/{link}/reject", {})) == (409, "already_decided")


def test_a_reviewer_is_unsure_about_a_held_merge(client, held):
    one, two, link = held
    body = {"reason": "Called, no answer."}
    assert primaries(post(client, f"/links/{link}/defer", body)) == [one, two]
    (listed,) = client.get("/links?state=held").json()["links"]
    assert (listed["reason"], listed["deferredBy"]) == ("Called, no answer.", None)
    assert listed["deferredAt"] is not None
    assert listed["undo"] is None
    exported = client.get(f"/persons/{one}/export").json()["links"]
    assert [each["deferredAt"] is None for each in exported] == [False]


def test_a_held_merge_is_rejected_for_good(client, held):
    one, two, link = held

    body = {"reason": "neighbours", "keepApart": True}
    assert primaries(post(client, f"/links/{link}/reject", body)) == [one, two]

    assert problem(post(client, f"/links/{link}/approve", {})) == (409, "already_decided")
    assert problem(post(client, "/links", {"contactIds": [one, two]})) == (409, "kept_apart")


def test_a_call_centre_number_is_retired_listed_and_restored(client, shared):
    one, two = shared

    body = {"phoneNumber": 919191, "reason": "call centre"}
    assert primaries(post(client, "/identifiers/retire", body)) == [one, two]

    (retired,) = client.get("/identifiers/retired").json()["identifiers"]
    assert retired | {"id": 0, "createdAt": ""} == {
        "id": 0,
        "kind": "phone",
        "value": "919191",
        "origin": "operator",
        "reason": "call centre",
        "createdAt": "",
        "createdBy": None,
    }
    assert primaries(post(client, "/identifiers/restore", body)) == [one]
    assert problem(post(client, "/identifiers/restore", body)) == (404, "identifier_not_retired")


def test_lists_come_in_pages(client, shared, monkeypatch):
    monkeypatch.setattr("reunite.api.http.pages.PAGE_LENGTH", 1)
    one, two = shared
    post(client, f"/persons/{one}/split", {"contactIds": [two]})
    post(client, "/identifiers/retire", {"phoneNumber": "919191"})

    for path, name in (("/identifiers/retired", "identifiers"), ("/separations", "separations")):
        page = client.get(path).json()
        assert page["next"] == page[name][0]["id"]
        assert client.get(f"{path}?after={page['next']}").json() == {name: [], "next": None}
        assert client.get(f"{path}?after=x").status_code == 400


def test_what_still_joins_the_ends_is_told_in_the_steps_of_explain(client, held):
    one, two, link = held
    post(client, "/links", {"contactIds": [one, two]})
    post(client, f"/links/{link}/approve", {})

    answer = post(client, f"/links/{link}/revoke", {}).json()

    assert [person["primaryContactId"] for person in answer["persons"]] == [one]
    ends = {"from": {"email": "george@hillvalley.edu"}, "to": {"phoneNumber": "717171"}}
    explained = post(client, "/persons/explain", ends).json()
    assert answer["connectedBy"] == explained["steps"]
    assert [step["to"]["kind"] for step in answer["connectedBy"]][-2:] == ["contact", "phone"]
    assert answer["connectedBy"][-1]["contactId"] == two


@pytest.mark.parametrize("said", [{"dry_run": True}, {"reason": "x"}])
def test_an_erasure_with_a_field_erases_nobody(client, shared, said):
    contact = Contact.objects.earliest("id")

    refused = post(client, f"/persons/{contact.id}/erase", said)

    assert (refused.status_code, refused.json()["code"]) == (400, "unknown_field")
    assert Contact.objects.get(id=contact.id).email == contact.email


def test_a_person_is_exported_and_erased(client, shared):
    one, two = shared
    post(client, f"/persons/{one}/split", {"contactIds": [two]})
    post(client, "/identifiers/retire", {"phoneNumber": "919191"})
    other = identify(SCOPE, "lorraine@hillvalley.edu", "1").person.id
    post(client, "/links", {"contactIds": [two, other]})

    exported = client.get(f"/persons/{two}/export").json()

    assert exported["personId"] == two
    first, _ = exported["contacts"]
    assert first | dict.fromkeys(("createdAt", "updatedAt"), "") == {
        "id": two,
        "email": "biffsucks@hillvalley.edu",
        "phoneNumber": "919191",
        "emailKey": "biffsucks@hillvalley.edu",
        "phoneKey": None,
        "linkedId": None,
        "linkPrecedence": "primary",
        "createdAt": "",
        "updatedAt": "",
        "deletedAt": None,
        "externalId": None,
        "source": None,
    }
    (link,) = exported["links"]
    assert link["left"] == {"kind": "contact", "value": str(two)}
    assert [each["contactIds"] for each in exported["separations"]] == [[one, two]]
    assert [each["contactId"] for each in exported["withheld"]] == [two]
    assert [each["value"] for each in exported["retired"]] == ["919191"]
    assert {each["type"] for each in exported["events"]} >= {"person.split", "contact.created"}

    erased = post(client, f"/persons/{two}/erase", {}, headers={"X-Request-Id": "gdpr-1"})

    assert erased.json()["erasedContactIds"] == [two, other]
    assert Event.objects.latest("position").request_id == "gdpr-1"
    for path in (f"/persons/{two}", f"/persons/{other}/graph", f"/persons/{two}/export"):
        assert problem(client.get(path)) == (410, "person_erased")
    assert problem(post(client, f"/persons/{two}/erase", {})) == (410, "person_erased")
    assert problem(client.delete(f"/contacts/{two}")) == (410, "person_erased")


def test_an_export_leaves_out_who_others_are(client, held):
    one, two, _ = held

    exported = client.get(f"/persons/{one}/export")

    (link,) = exported.json()["links"]
    assert (link["right"], link["heldFor"]) == (None, "kept_apart")
    assert b"717171" not in exported.content
    assert client.get(f"/persons/{two}/export").json()["links"][0]["left"] is None


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/persons/99999999/split", {"contactIds": [1]}, (404, "contact_not_found")),
        ("/persons/1/split", {"contactIds": []}, (400, "min_length")),
        ("/persons/1/split", {"contactIds": ["1"]}, (400, "invalid")),
        ("/persons/1/split", {"contactIds": [1], "keepApart": "no"}, (400, "invalid")),
        ("/persons/99999999/erase", {}, (404, "person_not_found")),
        ("/separations", {"contactIds": [1]}, (400, "min_length")),
        ("/separations", {"contactIds": [98, 99]}, (404, "contact_not_found")),
        ("/links/99999999/approve", {}, (404, "link_not_found")),
        ("/links/99999999/reject", {}, (404, "link_not_found")),
        ("/links/1/reject", {"keepApart": 1}, (400, "invalid")),
        ("/identifiers/retire", {}, (400, "not_one_identifier")),
        ("/identifiers/retire", {"email": "no"}, (400, "invalid_email")),
        ("/identifiers/retire", {"email": 1}, (400, "invalid_type")),
        ("/identifiers/restore", {"phoneNumber": "x"}, (400, "invalid_phone_number")),
    ],
)
def test_what_cannot_be_done_is_told(client, path, body, expected):
    assert problem(post(client, path, body)) == expected


def test_what_is_not_there_cannot_be_lifted_or_exported(client):
    assert problem(client.delete("/separations/99999999")) == (404, "separation_not_found")
    assert problem(client.get("/persons/99999999/export")) == (404, "person_not_found")


def test_both_sides_of_a_split_need_contacts(client, shared):
    one, two = shared
    other = identify(SCOPE, "lorraine@hillvalley.edu", None).person.id

    def split(*ids):
        return problem(post(client, f"/persons/{one}/split", {"contactIds": list(ids)}))

    assert split(one, two) == (409, "nothing_to_split")
    assert split(other) == (409, "of_another_person")
    body = {"contactIds": [one, two]}
    assert problem(post(client, "/separations", body)) == (409, "still_one_person")


def test_links_and_separations_of_one_person_are_listed(client, held):
    one, two, link = held
    stranger = identify(SCOPE, "lorraine@hillvalley.edu", "1").person.id
    post(client, "/separations", {"contactIds": [one, stranger]})

    for id, links, separated in ((one, [link], 1), (two, [link], 0), (stranger, [], 1)):
        found = client.get(f"/links?state=held&personId={id}").json()["links"]
        assert [each["id"] for each in found] == links
        assert len(client.get(f"/separations?personId={id}").json()["separations"]) == separated
    assert client.get(f"/links?personId={one}").json()["links"] == []
    for path in ("/links", "/separations"):
        assert problem(client.get(f"{path}?personId=99999999")) == (404, "person_not_found")
        assert client.get(f"{path}?personId=x").status_code == 400
        assert client.get(f"{path}?personId=0").status_code == 400
