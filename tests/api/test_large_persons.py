"""Answers about persons of many contacts, over HTTP."""

import pytest

from reunite.api.http import long_answers
from reunite.api.persons import answer
from reunite.models import Contact
from tests.builders import make_contact, make_hub

LISTED = 5


@pytest.fixture(autouse=True)
def few_are_listed(settings):
    settings.REUNITE = {"ANSWER_MAX_CONTACTS": LISTED}


def test_up_to_the_limit_answers_say_nothing_of_it(client):
    make_hub(LISTED, "1")
    answer = client.post("/identify", {"phoneNumber": "1"}, content_type="application/json").json()
    assert "truncated" not in answer["contact"]
    assert len(answer["contact"]["emails"]) == LISTED


@pytest.mark.parametrize("path", ["/identify", "/resolve"])
def test_above_the_limit_answers_list_the_oldest_and_tell(client, path):
    hub = make_hub(LISTED + 2, "1")
    ids = sorted(each.id for each in hub.contact_set.all())

    answer = client.post(path, {"phoneNumber": "1"}, content_type="application/json").json()

    assert answer["contact"] == {
        "primaryContactId": hub.id,
        "primaryContatctId": hub.id,
        "emails": [f"hub{n}@x.example" for n in range(LISTED)],
        "phoneNumbers": ["1"],
        "secondaryContactIds": ids[: LISTED - 1],
        "truncated": {"contacts": LISTED + 2},
    }
    shown = client.get(f"/persons/{hub.id}").json()
    assert shown["contact"] == answer["contact"]
    assert [each["id"] for each in shown["contacts"]] == [hub.id, *ids[: LISTED - 1]]


def test_contacts_come_in_pages(client):
    hub = make_hub(LISTED + 2, "1")
    ids = [hub.id, *sorted(each.id for each in hub.contact_set.all())]

    first = client.get(f"/persons/{ids[2]}/contacts?limit=4")
    last = client.get(f"/persons/{hub.id}/contacts?after={first.json()['next']}")

    assert first.headers["Content-Location"] == f"/persons/{hub.id}/contacts?limit=4"
    assert [each["id"] for each in first.json()["contacts"]] == ids[:4]
    assert first.json()["contacts"][0]["linkPrecedence"] == "primary"
    assert first.json()["contacts"][1]["linkedId"] == hub.id
    assert [each["id"] for each in last.json()["contacts"]] == ids[4:]
    assert last.json()["next"] is None
    assert client.get(f"/persons/{hub.id}/contacts?limit=1001").status_code == 400


def test_an_export_of_any_size_is_one_object(client, monkeypatch):
    hub = make_hub(LISTED + 2, "1")
    short = client.get(f"/persons/{hub.id}/export")
    monkeypatch.setattr(long_answers, "IN_MEMORY_BYTES", 100)

    long = client.get(f"/persons/{hub.id}/export")

    assert long.headers["Content-Type"] == short.headers["Content-Type"] == "application/json"
    assert b"".join(long.streaming_content) == short.content
    assert len(short.json()["contacts"]) == LISTED + 2
    assert int(long.headers["Content-Length"]) == len(short.content)


def test_a_large_graph_is_cut_and_looks_for_no_bridges(client):
    hub = make_hub(LISTED, "1")
    whole = client.get(f"/persons/{hub.id}/graph").json()
    assert whole["bridges"]
    assert "truncated" not in whole

    make_contact("one-more@x.example", "1", primary=hub)
    cut = client.get(f"/persons/{hub.id}/graph").json()

    assert cut["truncated"] == {"contacts": LISTED + 1}
    assert cut["bridges"] == []
    assert cut["nodes"] == whole["nodes"]


def test_a_repair_lists_so_many_persons_at_most(client, monkeypatch):
    hub = make_hub(LISTED, "1")
    monkeypatch.setattr(answer, "PERSONS_MAX_LISTED", 3)

    retired = client.post(
        "/identifiers/retire", {"phoneNumber": "1"}, content_type="application/json"
    ).json()

    assert [each["primaryContactId"] for each in retired["persons"]] == [
        each.id for each in Contact.objects.order_by("id")[:3]
    ]
    assert retired["persons"][0]["primaryContactId"] == hub.id
    assert retired["truncated"] == {"persons": LISTED}


def test_a_repair_lists_contacts_as_there_is_room_for(client):
    hub = make_hub(LISTED + 3, "1")

    left = client.delete(f"/contacts/{hub.id}").json()

    (person,) = left["persons"]
    assert person["truncated"] == {"contacts": LISTED + 2}
    assert len(person["emails"]) == LISTED
    assert "truncated" not in left


def test_a_split_names_so_many_contacts_at_most(client):
    hub = make_hub(LISTED, "1")
    path, ids = f"/persons/{hub.id}/split", [hub.id] * 10_000

    refused = client.post(path, {"contactIds": [*ids, hub.id]}, content_type="application/json")
    parted = client.post(path, {"contactIds": ids}, content_type="application/json")

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "contactIds")
    assert parted.status_code == 200
