"""The change feed over HTTP: JSON, lines, pages and refusals."""

import json

import pytest

from reunite.models import Numbered
from tests.api.answers import post, problem

LINES = "application/x-ndjson"


def identify(client, email, phone=None):
    answer = post(client, "/identify", {"email": email, "phoneNumber": phone})
    return answer.json()["contact"]["primaryContactId"]


def lines(response):
    assert response.headers["Content-Type"] == LINES
    return list(map(json.loads, response.content.splitlines()))


def test_events_are_answered_in_pages_with_their_numbers(client):
    one, other = identify(client, "a@x.example", "1"), identify(client, "b@x.example", "2")
    identify(client, "a@x.example", "2")

    first = client.get("/events?limit=2").json()
    rest = client.get(f"/events?after={first['next']}").json()
    nothing = client.get(f"/events?after={rest['next']}").json()

    assert [(e["number"], e["type"], e["personId"]) for e in first["events"] + rest["events"]] == [
        (1, "contact.created", one),
        (2, "contact.created", other),
        (3, "person.merged", one),
    ]
    assert rest["events"][0]["payload"]["contactIds"] == [other]
    assert (first["next"], first["last"]) == (2, 3)
    assert nothing == {"events": [], "next": 3, "last": 3, "feedId": first["feedId"]}


def test_events_are_answered_in_lines_to_who_accepts_lines(client):
    for email in ("a@x.example", "b@x.example"):
        identify(client, email)
    events = client.get("/events").json()["events"]

    assert lines(client.get("/events", HTTP_ACCEPT=f"{LINES}, application/json")) == events
    assert lines(client.get("/events?after=2", HTTP_ACCEPT=LINES)) == []


def test_a_snapshot_is_answered_in_pages_and_lines(client):
    person = identify(client, "a@x.example", "1")
    identify(client, None, "1")
    identify(client, "b@x.example", "1")

    first = client.get(f"/snapshot?after={person - 1}&limit=1").json()
    rest = client.get(f"/snapshot?after={first['next']}").json()

    (one,), (two,) = first["contacts"], rest["contacts"]
    assert one | {"createdAt": None} == {
        "contactId": person,
        "personId": person,
        "email": "a@x.example",
        "phoneNumber": "1",
        "createdAt": None,
    }
    assert (two["personId"], two["email"]) == (person, "b@x.example")
    assert (first["number"], rest["number"], rest["next"]) == (2, 2, None)
    assert lines(client.get(f"/snapshot?after={first['next']}", HTTP_ACCEPT=LINES)) == [
        {"number": 2, "next": None, "feedId": first["feedId"]},
        two,
    ]


def test_a_number_from_which_the_feed_does_not_go_on_is_410_and_says_what_to_do(client):
    ahead = client.get("/events?after=1")
    far_ahead = client.get(f"/events?after={2**63 - 1}")
    for email in ("a@x.example", "b@x.example"):
        identify(client, email)
    client.get("/events")
    Numbered.objects.filter(number=1).delete()
    pruned = client.get("/events")

    assert problem(ahead) == problem(far_ahead) == (410, "number_ahead")
    assert problem(pruned) == (410, "events_pruned")
    for each in (ahead, pruned):
        assert "GET /snapshot" in each.json()["detail"]


def test_the_id_of_the_feed_comes_with_each_answer_and_may_be_sent_back(client):
    identify(client, "a@x.example")
    told = client.get("/events")
    id = told.json()["feedId"]
    assert client.get("/snapshot").json()["feedId"] == id
    for path in ("/events", "/snapshot"):
        for accepted in ("application/json", LINES):
            answered = client.get(f"{path}?feedId={id}", HTTP_ACCEPT=accepted)
            assert (answered.status_code, answered.headers["Reunite-Feed-Id"]) == (200, id)
        refused = client.get(f"{path}?feedId=another")
        assert problem(refused) == (410, "feed_restarted")
        assert "GET /snapshot" in refused.json()["detail"]


@pytest.mark.parametrize(
    "address",
    [
        "/events?after=-1",
        "/events?after=x",
        f"/events?after={2**63}",
        "/events?limit=0",
        "/events?limit=1001",
        "/events?wait=-1",
        "/events?wait=31",
        "/events?since=1",
        "/snapshot?limit=10001",
        "/snapshot?after=-1",
    ],
)
def test_what_is_out_of_bounds_is_refused(client, address):
    assert client.get(address).status_code == 400


def test_a_server_that_cannot_wait_answers_at_once(client):
    assert client.get("/events?wait=30").json()["events"] == []
