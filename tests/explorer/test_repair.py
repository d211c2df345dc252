"""Each repair shows its consequences first, is done once, and can be undone where services can."""

import pytest

from reunite.models import Contact, Event, Link, Separation
from reunite.services.identify.identify import identify
from reunite.services.identify.resolve import resolve
from reunite.services.repair.links import list_links
from reunite.services.repair.separate import separate
from tests.explorer.pages import require_strict, text_of
from tests.scopes import SCOPE


@pytest.fixture
def family():
    """The ids of Anna's two contacts and Ben's two, which a request joined by a link."""
    anna = identify(SCOPE, "anna@home.example", "2025550111").person.id
    identify(SCOPE, "anna.work@corp.example", "2025550111")
    identify(SCOPE, "ben@home.example", "2025550133")
    identify(SCOPE, "ben.b@mail.example", "2025550133")
    ids = identify(SCOPE, "anna.work@corp.example", "2025550133").person.secondary_ids
    return [anna, *ids]


def rows():
    return [list(t.objects.order_by("pk").values()) for t in (Contact, Event, Link, Separation)]


def preview(client, id, do, **fields):
    return client.post(f"/explorer/persons/{id}/repair/preview", {"do": do, **fields})


def do(client, id, action, **fields):
    path = f"/explorer/persons/{id}/repair/do"
    return client.post(path, {"do": action, **fields}, follow=True)


def persons():
    emails = ("anna@home.example", "ben@home.example")
    return {resolve(SCOPE, email, None).person.id for email in emails}


def test_a_page_offers_all_repairs_of_a_person(client, family):
    separate(SCOPE, family[0], identify(SCOPE, "carl@x.example", None).person.id, reason="no kin")
    page = client.get(f"/explorer/persons/{family[0]}/repair")
    text = text_of(page)
    for offered in ("Delete contact", "Split off", "Retire ben@home.example", "Revoke link"):
        assert offered in text
    for offered in ("Join…", "Keep apart…", "Lift separation", "no kin", "Erase this person…"):
        assert offered in text
    require_strict(page)
    other = client.get(f"/explorer/persons/{family[1]}/repair")
    assert other["Location"] == f"/explorer/persons/{family[0]}/repair"


def test_a_bridge_proposes_the_side_to_split(client, family):
    one, _, three, four = family
    page = client.get(f"/explorer/persons/{one}").content.decode()
    assert "Split here…" in page
    sides = [f'<input type="hidden" name="side" value="{id}">' for id in (three, four)]
    assert all(side in page for side in sides)


def test_a_split_is_shown_done_and_undone(client, family):
    one, _, three, four = family
    before = rows()

    shown = preview(client, one, "split", side=[three, four])

    assert rows() == before
    text = text_of(shown)
    assert "Split this person?" in text
    assert "1 person would become 2: 2 contacts leave." in text
    assert "kept apart until an operator lifts the separation" in text
    assert f"Person {three} · 2 contacts ({three}, {four})" in text
    require_strict(shown)

    done = do(client, one, "split ", side=[three, four], reason="They are married.")

    assert done.redirect_chain[0][0].startswith(f"/explorer/persons/{one}?did=split&done=")
    assert "The person was split. Undo" in text_of(done)
    assert persons() == {one, three}
    assert Separation.objects.get().reason == "They are married."
    repair = f"/explorer/repairs/{done.context['notice'].repair_id}/undo"
    undone = client.post(repair, follow=True)
    assert "It was undone." in text_of(undone)
    assert persons() == {one}
    # The same address again: there is nothing to undo any more.
    again = client.get(done.redirect_chain[0][0])
    assert "The person was split." in text_of(again)
    assert repair not in again.content.decode()


@pytest.mark.parametrize("keep_apart", [{}, {"keep_apart": "on"}])
def test_a_link_is_revoked_with_or_without_keeping_apart(client, family, keep_apart):
    (link,) = list_links(SCOPE, state="live", after=0, limit=9)
    shown = preview(client, family[0], f"revoke {link.id}", **keep_apart)
    assert f"Revoke a link? Link {link.id} 1 person would become 2" in text_of(shown)
    assert ("kept apart until" in text_of(shown)) == bool(keep_apart)
    do(client, family[0], f"revoke {link.id}", **keep_apart)
    assert len(persons()) == 2
    assert Separation.objects.count() == len(keep_apart)
    assert (
        "2 persons would become 1" in text_of(preview(client, family[0], f"restore-link {link.id}"))
        or keep_apart
    )


def test_an_identifier_is_retired_and_restored(client, family):
    shared = "phone:2025550133"
    shown = text_of(preview(client, family[0], f"retire {shared}"))
    assert "Retire an identifier? 2025550133 1 person would become" in shown
    done = do(client, family[0], f"retire {shared}")
    assert "The identifier was retired." in text_of(done)
    page = client.get(f"/explorer/persons/{family[2]}/repair")
    assert "Restore 2025550133" in text_of(page)
    do(client, family[2], f"restore {shared}")
    assert len(persons()) == 1


def test_a_contact_is_deleted(client, family):
    shown = preview(client, family[0], f"delete {family[0]}")
    assert f"Delete a contact? Contact {family[0]} " in text_of(shown)
    assert Contact.objects.filter(deleted_at=None).count() == 4
    done = do(client, family[0], f"delete {family[0]}")
    assert done.status_code == 200
    assert Contact.objects.filter(deleted_at=None).count() == 3


def test_strangers_are_joined_and_kept_apart(client, family):
    carl = identify(SCOPE, "carl@x.example", None).person.id
    before = rows()
    assert "2 persons would become 1." in text_of(preview(client, family[0], "join", other=carl))
    apart = preview(client, family[0], "apart", other=carl)
    assert "The persons would stay as they are." in text_of(apart)
    assert rows() == before

    do(client, family[0], "apart ", other=carl)
    refused = preview(client, family[0], "join", other=carl)
    assert refused.status_code == 409
    separation = Separation.objects.get()
    before = rows()
    assert preview(client, family[0], f"lift {separation.id}").status_code == 200
    assert rows() == before
    do(client, family[0], f"lift {separation.id}")
    do(client, family[0], "join ", other=carl)
    assert resolve(SCOPE, "carl@x.example", None).person.id == family[0]


def test_a_person_is_erased_after_it_was_shown(client, family):
    shown = preview(client, family[0], "erase")
    assert "4 contacts would be erased, also deleted ones." in text_of(shown)
    assert Contact.objects.exclude(email=None).count() == 4
    done = do(client, family[0], "erase ")
    assert done.redirect_chain == [("/explorer/?did=erase", 302)]
    assert Contact.objects.exclude(email=None).count() == 0


@pytest.mark.parametrize(
    ("action", "fields", "status"),
    [
        ("", {}, 400),
        ("burn", {}, 400),
        ("split", {}, 400),
        ("split", {"side": "x"}, 400),
        ("split", {"side": "999999"}, 404),
        ("delete x", {}, 400),
        ("delete 999999", {}, 404),
        ("retire 17", {}, 400),
        ("retire color:red", {}, 400),
        ("join", {}, 400),
        ("join", {"other": "999999"}, 404),
        ("revoke 999999", {}, 404),
        ("lift 999999", {}, 404),
        ("lift x", {}, 400),
        ("apart", {}, 400),
        ("apart", {"other": "999999"}, 404),
        ("apart", {"other": "itself"}, 409),
    ],
)
def test_what_cannot_be_done_is_told(client, family, action, fields, status):
    before = rows()
    if fields.get("other") == "itself":
        fields = {"other": str(family[0])}
    response = preview(client, family[0], action, **fields)
    assert response.status_code == status
    require_strict(response)
    assert do(client, family[0], action, **fields).status_code == status
    assert rows() == before


def test_a_card_says_how_many_values_it_leaves_out(client):
    for number in range(25):
        person = identify(SCOPE, f"caller{number}@x.example", "2025550144").person
    shown = preview(client, person.id, "retire phone:2025550144")
    assert "and 6 more values" in text_of(shown)
    assert "and 5 more persons" in text_of(shown)


@pytest.mark.parametrize("address", ["?did=burnt", "?did=split&done=999", "?done=999"])
def test_an_address_that_claims_too_much_offers_no_undo(client, family, address):
    page = client.get(f"/explorer/persons/{family[0]}{address}")
    assert "/explorer/repairs/" not in page.content.decode()
