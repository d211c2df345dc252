"""Who may see a page: on a loopback address without keys everybody, else nobody without a key."""

import re

import pytest
from django.test import Client, override_settings
from django.urls import get_resolver, set_script_prefix

from reunite.conf import reunite_settings
from reunite.core.access.callers import KeyScope
from reunite.core.errors import LockTimeout
from reunite.explorer import lists, overview, urls
from reunite.services.access.door import door
from reunite.services.access.keys import create_key, revoke_key
from reunite.services.access.workspaces import create_workspace
from reunite.services.identify.identify import identify
from reunite.services.identify.resolve import resolve
from reunite_service import settings
from tests.builders import make_contact, make_held
from tests.explorer.pages import require_strict, text_of
from tests.scopes import SCOPE

FORM = "application/x-www-form-urlencoded"
SIGN_IN, ENTER, LEAVE = "/explorer/sign-in", "/explorer/sign-in/enter", "/explorer/sign-out"
PATHS = sorted(
    {
        "/explorer/" + str(each.pattern).replace("<id:id>", "1").replace("<slug:state>", "live")
        for each in urls.urlpatterns
    }
    - {SIGN_IN, ENTER, LEAVE}
)


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
    assert client.get("/explorer")["Location"] == "/explorer/"
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


def test_forms_work_behind_a_proxy_that_speaks_tls():
    client = Client(SERVER_NAME="localhost", enforce_csrf_checks=True, HTTP_HOST="shop.localhost")
    token = client.get("/explorer/sign-in", HTTP_HOST="localhost").context["csrf_token"]
    sent = {"q": "x", "csrfmiddlewaretoken": token}
    behind = {"HTTP_HOST": "localhost", "HTTP_ORIGIN": "https://localhost"}
    assert client.post("/explorer/search", sent, **behind).status_code == 403
    proto = {"HTTP_X_FORWARDED_PROTO": "https, http"}
    assert client.post("/explorer/search", sent, **behind, **proto).status_code == 200
    key = create_key(SCOPE, "shop", {KeyScope.READ}).text
    entered = client.post(ENTER, {"key": key, "csrfmiddlewaretoken": token}, **behind, **proto)
    assert entered.cookies["reunite_explorer"]["secure"]


def test_a_page_has_one_method(client):
    assert client.post("/explorer/").status_code == 405
    assert client.get("/explorer/search").status_code == 405
    assert client.head("/explorer/").status_code == 200


def test_no_address_of_the_explorer_is_one_of_the_api():
    assert get_resolver().resolve("/persons/1").func.__module__.startswith("reunite.api")


def make_key(*scopes, name="lorraine"):
    return create_key(SCOPE, name, scopes)


def test_who_signs_in_with_a_key_gets_where_they_were_going(client):
    identify(SCOPE, "lorraine@hillvalley.edu", None)
    key = make_key(KeyScope.READ)
    closed = client.get("/explorer/review")
    assert "Sign in" in text_of(closed)
    require_strict(closed)

    entered = client.post(ENTER, {"key": f" {key.text} ", "next": closed.context["next"]})

    assert (entered.status_code, entered["Location"]) == (302, "/explorer/review")
    cookie = entered.cookies["reunite_explorer"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/explorer/")
    assert key.text not in cookie.value
    page = client.get("/explorer/")
    assert page.status_code == 200
    assert "lorraine Sign out" in text_of(page)
    require_strict(page)


def test_who_signs_out_sees_nothing_any_more(client):
    client.post(ENTER, {"key": make_key(KeyScope.READ).text})
    assert client.get("/explorer/").status_code == 200
    copied = client.cookies["reunite_explorer"].value
    client.post(LEAVE)
    assert client.get("/explorer/").status_code == 401
    assert client.get(SIGN_IN).status_code == 200
    client.cookies["reunite_explorer"] = copied
    assert client.get("/explorer/").status_code == 401
    # Without a sign-in there is nothing to end.
    client.cookies["reunite_explorer"] = "00000000:x:y"
    assert client.post(LEAVE).status_code == 302


def test_a_revoked_key_ends_what_it_signed_in(client):
    key = make_key(KeyScope.READ)
    client.post(ENTER, {"key": key.text})
    revoke_key(SCOPE, key.key.id)
    assert client.get("/explorer/").status_code == 401


@pytest.mark.parametrize("key", ["", "ru_no", "x" * 5000, "\0"])
def test_a_wrong_key_is_refused_and_not_repeated(client, key):
    make_key(KeyScope.READ)
    refused = client.post(ENTER, {"key": key, "next": "/explorer/review"})
    assert refused.status_code == 401
    assert "reunite_explorer" not in refused.cookies
    assert not key or key not in refused.content.decode()
    require_strict(refused)


@pytest.mark.parametrize("cookie", ["", "x", "ab12cd34:1:x", "ab12cd34"])
def test_a_forged_cookie_signs_nobody_in(client, cookie):
    make_key(KeyScope.READ)
    client.cookies["reunite_explorer"] = cookie
    assert client.get("/explorer/").status_code == 401


@pytest.mark.parametrize("next", ["//evil.example/", "https://evil.example/", "javascript:x", ""])
def test_a_sign_in_leads_to_no_other_site(client, next):
    key = make_key(KeyScope.READ)
    assert client.post(ENTER, {"key": key.text, "next": next})["Location"] == "/explorer/"


def test_who_may_only_look_changes_nothing_and_is_offered_nothing(client):
    one = make_contact("anna@x.example", "5550101")
    make_contact("ben@y.example", "5550102")
    link_id = make_held("anna@x.example", "5550102")
    client.post(ENTER, {"key": make_key(KeyScope.READ).text})

    assert "it has no scope repair" in text_of(client.get("/explorer/review"))
    refused = client.post(f"/explorer/review/{link_id}", {"decision": "approve"})
    assert refused.status_code == 403
    assert "You may not do that" in text_of(refused)
    assert resolve(SCOPE, "ben@y.example", None).person.id != one.id


def test_what_somebody_does_is_kept_under_the_name_of_the_key(client):
    one = make_contact("anna@x.example", "5550101")
    make_contact("ben@y.example", "5550102")
    link_id = make_held("anna@x.example", "5550102")
    client.post(ENTER, {"key": make_key(KeyScope.READ, KeyScope.REPAIR).text})

    client.post(f"/explorer/review/{link_id}", {"decision": "approve"})

    assert "by lorraine" in text_of(client.get(f"/explorer/persons/{one.id}"))


def test_pages_count_as_requests_of_the_key(client, settings):
    settings.REUNITE = {**settings.REUNITE, "REQUESTS_PER_SECOND": 0.5}
    client.post(ENTER, {"key": make_key(KeyScope.READ, name="hasty").text})
    statuses = [client.get("/explorer/review").status_code for _ in range(30)]
    assert statuses[0] == 200
    refused = client.get("/explorer/review")
    assert (statuses[-1], refused.status_code) == (429, 429)
    assert "Too many requests" in text_of(refused)
    assert 1 <= int(refused["Retry-After"]) <= 2
    require_strict(refused)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "of tomorrow"])
def test_no_form_is_taken_from_a_page_of_another_site(client, site):
    told = {"HTTP_SEC_FETCH_SITE": site}
    answered = {path: client.post(path, **told) for path in [*PATHS, ENTER, LEAVE]}
    refused = [each for each in answered.values() if each.status_code != 405]
    assert len(refused) > 10
    for each in refused:
        assert each.status_code == 403
        assert "This form has expired" in text_of(each)
        require_strict(each)
    for own in ("same-origin", "none"):
        sent = client.post("/explorer/search", {"q": "x"}, HTTP_SEC_FETCH_SITE=own)
        assert sent.status_code == 200


def test_a_form_with_a_field_for_each_contact_of_a_page_is_read(client):
    person = make_contact("lorraine@hillvalley.edu")
    listed = reunite_settings().ANSWER_MAX_CONTACTS
    sides = {"do": "split", "side": [str(99_000_000 + number) for number in range(listed)]}
    response = client.post(f"/explorer/persons/{person.id}/repair/preview", sides)
    assert response.status_code == 404
    require_strict(response)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"&".join(b"side=%d" % number for number in range(2_001)), FORM),
        (b"q=" + b"a" * 2**20, FORM),
        (b"--x\r\nbroken", "multipart/form-data"),
    ],
    ids=["fields", "bytes", "parts"],
)
@pytest.mark.parametrize("path", ["/explorer/search", ENTER])
def test_a_form_that_is_not_read_is_answered_with_a_page(path, body, content_type):
    client = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    client.get(SIGN_IN)
    response = client.post(path, body, content_type=content_type)
    assert response.status_code == 413
    assert "The form is too large" in text_of(response)
    require_strict(response)


def test_a_page_that_must_wait_says_how_long_and_is_logged_without_its_address(
    client, monkeypatch, caplog
):
    def busy(*_, **__):
        raise LockTimeout from OSError(28, "value@x.example")

    monkeypatch.setattr(lists, "list_separations", busy)
    response = client.get("/explorer/separations")
    assert (response.status_code, response["Retry-After"]) == (503, "1")
    (logged,) = [each for each in caplog.records if "503" in each.getMessage()]
    assert logged.getMessage().startswith("503 at /explorer/separations: reunite.core.errors.Lock")
    assert "x.example" not in caplog.text


ADDRESS = re.compile(r'(?:href|src|action|formaction|hx-get|hx-post)="(/[^"]*)"')


def test_all_addresses_of_pages_begin_with_the_prefix_of_the_server(client):
    one = identify(SCOPE, "one@x.example", "5550101").person
    make_held("one@x.example", "5550102")
    set_script_prefix("/reunite/")  # As the handler of WSGI does; the client does not call it.
    try:
        pages = [client.get(path) for path in [*PATHS, SIGN_IN, f"/explorer/persons/{one.id}"]]
    finally:
        set_script_prefix("/")
    addresses = {
        each
        for page in pages
        if not page.streaming
        for each in ADDRESS.findall(page.content.decode())
    }
    assert {"/reunite/docs", "/reunite/explorer/review"} <= addresses
    assert {each for each in addresses if not each.startswith(("/reunite/", "/static/"))} == set()


def test_the_cookie_of_forms_has_a_name_and_a_path_of_its_own():
    assert settings.CSRF_COOKIE_NAME == "reunite_csrf"
    assert f"{settings.PATH_PREFIX}/" == settings.CSRF_COOKIE_PATH


@pytest.mark.parametrize(
    "path", ["/explorer/nothing", "/explorer/persons/abc", "/explorer/links/x"]
)
def test_an_address_with_nothing_at_it_answers_with_a_page(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert "There is nothing at this address" in text_of(response)
    require_strict(response)


def test_a_page_that_fails_says_so_as_a_page_and_the_log_says_why(client, monkeypatch, caplog):
    def fail(scope):
        raise RuntimeError("lorraine@hillvalley.edu")

    monkeypatch.setattr(overview, "guard_statistics", fail)
    client.raise_request_exception = False
    response = client.get("/explorer/", headers={"X-Request-ID": "r-17"})
    assert response.status_code == 500
    assert "This page failed" in text_of(response)
    assert "under the request r-17" in text_of(response)
    assert "lorraine" not in response.content.decode()
    require_strict(response)
    (record,) = [each for each in caplog.records if each.levelname == "ERROR"]
    assert record.getMessage() == "500 at /explorer/"
    assert record.exc_info[0] is RuntimeError


def test_the_page_of_an_unknown_person_speaks_of_no_api(client):
    response = client.get("/explorer/persons/999")
    assert response.status_code == 404
    assert "No contact has this id. Search for an email or a phone number." in text_of(response)
