"""Who may see a page: on a loopback address without keys everybody, else nobody without a key."""

import pytest
from django.test import Client, override_settings
from django.urls import get_resolver

from reunite.core.access.callers import KeyScope
from reunite.explorer import urls
from reunite.services.access.door import door
from reunite.services.access.keys import create_key
from reunite.services.access.workspaces import create_workspace
from reunite.services.identify.identify import identify
from reunite_service import settings
from tests.explorer.pages import require_strict, text_of
from tests.scopes import SCOPE

PATHS = ["/explorer/" + str(each.pattern).replace("<id:id>", "1") for each in urls.urlpatterns]


@pytest.fixture(autouse=True)
def _forgetful_door():
    door.forget()
    yield
    door.forget()


def send(client, path):
    """A request by the method that the page has."""
    response = client.get(path)
    return client.post(path) if response.status_code == 405 else response


def test_the_root_leads_to_the_explorer(client):
    response = client.get("/", follow=True)
    assert response.redirect_chain == [("/explorer/", 302)]
    assert "Nobody is here yet" in text_of(response)
    require_strict(response)


@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_closed_as_soon_as_there_is_a_key(client, path):
    identify(SCOPE, "lorraine@hillvalley.edu", None)
    assert send(client, path).status_code in {200, 302, 400, 404}
    create_key(SCOPE, "shop", {KeyScope.READ})

    response = send(client, path)

    assert response.status_code == 401
    assert "lorraine" not in response.content.decode()
    require_strict(response)


@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_closed_where_the_settings_do_not_open_it(client, path):
    closed = {**settings.REUNITE, "EXPLORER_OPEN": False}
    with override_settings(REUNITE=closed):
        assert send(client, path).status_code == 401


def test_a_key_opens_the_pages_of_its_workspace_alone():
    identified = identify(SCOPE, "lorraine@hillvalley.edu", None)
    create_key(SCOPE, "operator", {KeyScope.ADMIN})
    other = create_workspace(SCOPE, "other", admin="theirs").key.text
    reader = create_key(SCOPE, "reader", {KeyScope.READ}).text
    importer = create_key(SCOPE, "importer", {KeyScope.IMPORT}).text
    path = f"/explorer/persons/{identified.person.id}"

    def status(key):
        client = Client(SERVER_NAME="localhost", HTTP_AUTHORIZATION=f"Bearer {key}")
        return client.get(path).status_code

    assert [status(key) for key in (reader, other, importer, "ru_no")] == [200, 404, 403, 401]


def test_a_form_of_another_page_is_refused():
    client = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    response = client.post("/explorer/search", {"q": "lorraine"})
    assert response.status_code == 403
    assert "This form has expired" in text_of(response)
    require_strict(response)

    token = client.get("/explorer/").context["csrf_token"]
    assert (
        client.post("/explorer/search", {"q": "x", "csrfmiddlewaretoken": token}).status_code == 200
    )
    foreign = client.post(
        "/explorer/search",
        {"q": "x", "csrfmiddlewaretoken": token},
        HTTP_ORIGIN="https://evil.example",
    )
    assert foreign.status_code == 403


def test_a_page_has_one_method(client):
    assert client.post("/explorer/").status_code == 405
    assert client.get("/explorer/search").status_code == 405
    assert client.head("/explorer/").status_code == 200


def test_no_address_of_the_explorer_is_one_of_the_api():
    assert get_resolver().resolve("/persons/1").func.__module__.startswith("reunite.api")
