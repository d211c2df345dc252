"""Each number of the overview leads to what it counts."""

import re

import pytest

from reunite.models import Link
from reunite.services.example_shop import load_example_shop
from reunite.services.repair.retire import retire
from tests.builders import keep_apart, make_contact, make_held
from tests.explorer.pages import require_strict, text_of
from tests.scopes import SCOPE


@pytest.fixture
def shop():
    load_example_shop(SCOPE)
    retire(SCOPE, phone_number="+1 800 555 0199", reason="Our own number.")


def test_each_number_leads_to_its_list(client, shop):
    home = client.get("/explorer/").content.decode()
    paths = re.findall(r'<dd><a href="([^"]+)"', home)
    assert len(paths) == 5
    for path in paths:
        listed = client.get(path)
        assert listed.status_code == 200
        require_strict(listed)


def test_lists_tell_what_is_kept_of_each(client, shop):
    assert "+18005550199 phone number operator Our own number." in text_of(
        client.get("/explorer/retired")
    )
    carriers = client.post("/explorer/search", {"q": "+18005550199"})
    assert "retired +18005550199" in text_of(carriers)
    assert "Two customers who share nothing" in text_of(client.get("/explorer/separations"))
    held = text_of(client.get("/explorer/links/held"))
    assert "strickland@school-office.example and +14155550152" in held
    assert "kept_apart" in held
    assert "There are none." in text_of(client.get("/explorer/links/revoked"))
    assert client.get("/explorer/links/burnt").status_code == 404


def test_lists_come_in_pages(client):
    make_contact("a@x.example", "1")
    for _ in range(51):
        make_held("a@x.example", "1")
    page = client.get("/explorer/links/held")
    assert "More links" in text_of(page)
    rest = client.get(f"/explorer/links/held?after={page.context['next']}")
    assert len(rest.context["links"]) == 1
    assert Link.objects.count() == 51


def test_empty_lists_say_so(client):
    assert "Nobody is kept apart." in text_of(client.get("/explorer/separations"))
    assert "Nothing is retired." in text_of(client.get("/explorer/retired"))
    one, other = make_contact("a@x.example").id, make_contact("b@x.example").id
    keep_apart(one, other)
    assert f"Person {one} and Person {other}" in text_of(client.get("/explorer/separations"))
