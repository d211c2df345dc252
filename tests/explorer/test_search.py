"""One box finds a person; what is typed is never in an address."""

import pytest

from reunite.models import Contact
from reunite.services.identify.identify import identify
from reunite.services.repair.retire import retire
from tests.explorer.pages import require_strict, text_of
from tests.scopes import SCOPE

TYPING = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def lorraine():
    person = identify(SCOPE, "lorraine@hillvalley.edu", "+1 415 555 2671").person
    identify(SCOPE, "mcfly@hillvalley.edu", "+14155552671")
    return person.id


@pytest.mark.parametrize("text", ["lorr", "LORRAINE@hillvalley.edu", "1415555", "mcfly", "{id}"])
def test_a_person_is_found_while_somebody_types(client, lorraine, text):
    response = client.post("/explorer/search", {"q": text.format(id=lorraine)}, **TYPING)

    assert f'href="/explorer/persons/{lorraine}"' in response.content.decode()
    assert "<html" not in response.content.decode()
    assert "2 contacts" in text_of(response)
    require_strict(response)


@pytest.mark.parametrize("text", ["Lorraine@HillValley.edu", "+1 (415) 555-2671", "{id}"])
def test_enter_leads_to_the_only_person_with_a_value(client, lorraine, text):
    response = client.post("/explorer/search", {"q": text.format(id=lorraine)})
    assert response.status_code == 302
    assert response["Location"] == f"/explorer/persons/{lorraine}"


def test_enter_lists_several_persons(client, lorraine):
    lou = identify(SCOPE, "lou@cafe.example", None).person.id
    response = client.post("/explorer/search", {"q": "lo"})
    assert "2 persons" in text_of(response)
    assert f"/explorer/persons/{lou}" in response.content.decode()
    require_strict(response)


def test_enter_finds_values_that_do_not_count_and_says_so(client, lorraine):
    retire(SCOPE, phone_number="+14155552671")
    assert "Nobody so far" in text_of(client.post("/explorer/search", {"q": "+1415"}, **TYPING))
    response = client.post("/explorer/search", {"q": "+1 (415) 555-2671"})
    assert "phone number, retired +1 (415) 555-2671" in text_of(response)
    assert "2 persons" in text_of(response)


def test_a_value_that_nobody_has_is_repeated_as_text(client):
    response = client.post("/explorer/search", {"q": "<script>alert(1)</script>"})
    assert "<script>alert" not in response.content.decode()
    assert "No contact holds <script>alert(1)</script>." in text_of(response)
    blocked = client.post("/explorer/search", {"q": "n/a"})
    assert "does not count as evidence (placeholder)" in text_of(blocked)
    assert "Nobody found" in text_of(client.post("/explorer/search", {"q": " "}))


def test_nothing_typed_finds_nobody(client, lorraine):
    assert text_of(client.post("/explorer/search", {"q": ""}, **TYPING)) == ""


@pytest.mark.parametrize(
    "text", ["\0", "\ud800".encode("utf-16", "surrogatepass").hex(), "x" * 5000]
)
def test_odd_texts_find_nobody(client, text):
    assert client.post("/explorer/search", {"q": text}).status_code == 200
    assert client.post("/explorer/search", {"q": text}, **TYPING).status_code == 200


def test_enter_finds_an_order_and_a_part_of_a_value(client, lorraine):
    Contact.objects.filter(pk=lorraine).update(external_id="R-77")
    for text in ("R-77", "hillvalley", "555-26"):
        response = client.post("/explorer/search", {"q": text})
        assert response["Location"] == f"/explorer/persons/{lorraine}"
    typed = client.post("/explorer/search", {"q": "R-77"}, **TYPING)
    assert "order · 2 contacts" in text_of(typed)


def test_the_page_says_what_search_finds_and_when_it_is_cut(client):
    nothing = text_of(client.post("/explorer/search", {"q": "nobody"}))
    assert "within the values of the latest 20,000 contacts" in nothing
    for number in range(21):
        identify(SCOPE, f"lou{number}@cafe.example", None)
    many = client.post("/explorer/search", {"q": "lou"})
    assert "The first 20 persons" in text_of(many)
    assert "email lou0@cafe.example" in text_of(many)
    require_strict(many)
