"""`dryRun` in the body of a repair: the answer says what would result, and nothing is written."""

import pytest

from reunite.models import Contact, Event, Link
from reunite.services.identify.identify import identify
from reunite.services.repair.links import list_links
from tests.api.answers import post, problem
from tests.builders import make_contact, make_held
from tests.scopes import SCOPE


def state():
    return [list(table.objects.order_by("pk").values()) for table in (Contact, Event, Link)]


def ids(persons):
    return [[each["primaryContactId"], *each["secondaryContactIds"]] for each in persons]


@pytest.fixture
def merged():
    """Two persons that a third request merged: their ids, and that of the link."""
    one = identify(SCOPE, "george@hillvalley.edu", "919191").person.id
    two = identify(SCOPE, "biffsucks@hillvalley.edu", "717171").person.id
    identify(SCOPE, "george@hillvalley.edu", "717171")
    (link,) = list_links(SCOPE, state="live", after=0, limit=9)
    return one, two, link.id


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/persons/{one}/split", {"contactIds": ["{two}"]}),
        ("/links/{link}/revoke", {}),
        ("/identifiers/retire", {"phoneNumber": "717171"}),
    ],
)
def test_persons_that_would_part_are_shown_before_and_after(client, merged, path, body):
    one, two, link_id = merged
    path = path.format(one=one, link=link_id)
    body = {name: [two] if value == ["{two}"] else value for name, value in body.items()}
    before = state()

    tried = post(client, path, {**body, "dryRun": True}).json()

    assert state() == before
    assert ids(tried["before"]) == [[one, two]]
    assert ids(tried["persons"]) == [[one], [two]]
    assert tried["undo"] is None
    done = post(client, path, body).json()
    assert done["persons"] == tried["persons"]
    assert "before" not in done


def test_persons_that_would_be_one_are_shown_before_and_after(client):
    one, two = make_contact("a@x.example", "5550101").id, make_contact("b@x.example", "5550102").id
    link_id = make_held("a@x.example", "5550102")
    before = state()
    for path, body in (
        ("/links", {"contactIds": [one, two]}),
        (f"/links/{link_id}/approve", {}),
    ):
        tried = post(client, path, {**body, "dryRun": True}).json()
        assert (ids(tried["before"]), ids(tried["persons"])) == ([[one], [two]], [[one, two]])
    assert state() == before


def test_erasing_can_be_tried(client, merged):
    one, two, _ = merged
    before = state()
    tried = post(client, f"/persons/{one}/erase", {"dryRun": True}).json()
    assert tried == {"erasedContactIds": [one, two], "remaining": [], "undo": None}
    assert state() == before
    refused = post(client, f"/persons/{one}/erase", {"dryrun": True})
    assert problem(refused) == (400, "unknown_field")
    assert state() == before


def test_what_cannot_be_tried_is_refused_rather_than_done(client, merged):
    one, two, link_id = merged
    assert problem(post(client, f"/links/{link_id}/revoke", {"dryRun": "yes"}))[0] == 400
    assert (
        problem(post(client, f"/persons/{one}/split", {"contactIds": [one, two], "dryRun": True}))[
            0
        ]
        == 409
    )
    assert Link.objects.get(pk=link_id).state == "live"
