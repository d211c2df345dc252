"""Merges that wait are reviewed one at a time, and each decision can be undone."""

import pytest

from reunite.models import Link
from reunite.services.identify.identify import identify
from reunite.services.identify.resolve import resolve
from reunite.services.repair.separate import separate
from tests.builders import make_contact, make_held
from tests.explorer.pages import require_strict, text_of
from tests.scopes import SCOPE


@pytest.fixture
def held():
    """The ids of two persons, and of the link between them that waits."""
    one = make_contact("anna@x.example", "5550101")
    other = make_contact("ben@y.example", "5550102")
    return one.id, other.id, make_held("anna@x.example", "5550102")


def decide(client, link_id, decision, **fields):
    return client.post(f"/explorer/review/{link_id}", {"decision": decision, **fields}, follow=True)


def state_of(link_id):
    return Link.objects.get(pk=link_id).state


def test_both_persons_stand_side_by_side_with_the_reason(client, held):
    one, other, _ = held
    page = client.get("/explorer/review")
    text = text_of(page)
    assert "1 merge waits for review." in text
    assert "The policy joins persons by verified details alone, and these were not." in text
    assert f"Person {one} anna@x.example" in text
    assert f"Person {other} ben@y.example" in text
    assert "gave anna@x.example together with 5550102." in text
    assert "They share no other value." in text
    require_strict(page)


@pytest.mark.parametrize(
    ("decision", "state", "told"),
    [
        ("approve", "live", "The two persons were joined. Undo"),
        ("reject", "rejected", "The merge was rejected. Undo"),
    ],
)
def test_a_decision_is_made_told_and_undone(client, held, decision, state, told):
    link_id = held[2]
    page = decide(client, link_id, decision, reason="They are brothers.")
    assert state_of(link_id) == state
    assert Link.objects.get(pk=link_id).reason == "They are brothers."
    found = [resolve(SCOPE, email, None) for email in ("anna@x.example", "ben@y.example")]
    assert (len({each.person.id for each in found}) == 1) == (state == "live")
    assert "Nothing waits." in text_of(page)
    assert told in text_of(page)

    repair_id = page.context["notice"].repair_id
    undone = client.post(f"/explorer/repairs/{repair_id}/undo", {"back": "review"}, follow=True)

    assert state_of(link_id) == "held"
    assert "1 merge waits for review." in text_of(undone)
    require_strict(undone)


def test_persons_are_kept_apart_from_now_on(client, held):
    link_id = held[2]
    decide(client, link_id, "apart")
    assert state_of(link_id) == "rejected"
    assert identify(SCOPE, "anna@x.example", "5550102").decision.outcome == "held"


def test_what_is_left_for_later_stays_and_comes_again(client, held):
    _, _, link_id = held
    page = client.get(f"/explorer/review?after={link_id}")
    assert "You have seen all of them." in text_of(page)
    assert "1 merge waits" in text_of(page)
    assert state_of(link_id) == "held"


def test_a_merge_that_an_operator_forbids_says_so(client):
    emails = ("a@x.example", "b@x.example")
    one, other = (identify(SCOPE, email, None).person.id for email in emails)
    separate(SCOPE, one, other)
    identify(SCOPE, None, "5550103")
    identify(SCOPE, "a@x.example", "5550103")
    identify(SCOPE, "b@x.example", "5550103")
    page = client.get("/explorer/review")
    assert "An operator keeps these two persons apart." in text_of(page)
    assert "Lift the separation first" in text_of(page)
    refused = decide(client, page.context["hold"].link.id, "approve")
    assert refused.status_code == 409
    assert "lift it first" in text_of(refused)


@pytest.mark.parametrize("decision", ["", "burn"])
def test_other_decisions_are_refused(client, held, decision):
    assert decide(client, held[2], decision).status_code == 400
    assert state_of(held[2]) == "held"


def test_an_undo_leads_to_the_person(client, held):
    one, _, link_id = held
    repair_id = decide(client, link_id, "approve").context["notice"].repair_id
    response = client.post(f"/explorer/repairs/{repair_id}/undo")
    assert response["Location"] == f"/explorer/persons/{one}?did=undone"
    assert client.post(f"/explorer/repairs/{repair_id}/undo").status_code == 409
    assert client.post("/explorer/repairs/999/undo").status_code == 404


def test_who_is_unsure_leaves_a_note_for_the_next_reviewer(client, held):
    link_id = held[2]
    page = decide(client, link_id, "unsure", reason="Called, no answer.")
    text = text_of(page)
    assert "The merge stays held, behind all others." in text
    assert "1 merge waits for review; about 1 of them a reviewer was unsure." in text
    assert "The note: Called, no answer." in text
    assert state_of(link_id) == "held"
    require_strict(page)

    later = client.get(f"/explorer/review?{page.context['seen']}")
    assert "You have seen all of them." in text_of(later)
    again = decide(client, link_id, "unsure", was_deferred="on")
    assert "You have seen all of them." in text_of(again)
    assert "There is no note." in text_of(client.get("/explorer/review"))
