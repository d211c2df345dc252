"""No page of another site can make a browser change anything; over all operations there are."""

import json

import pytest
from django.test import Client

from reunite.models import Contact
from reunite.services.identify.identify import identify
from tests.api.answers import problem
from tests.api.operations import JSON, WRITING
from tests.scopes import SCOPE

OWN = "http://localhost"
FOREIGN = {
    "a page of another site": {"Sec-Fetch-Site": "cross-site"},
    "a page of another name of the same site": {"Sec-Fetch-Site": "same-site"},
    "a site that nobody knows": {"Sec-Fetch-Site": "?"},
    "another origin": {"Origin": "https://evil.example"},
    "another port": {"Origin": "http://localhost:3000"},
    "another scheme": {"Origin": "https://localhost"},
    "a longer name": {"Origin": "http://localhost.evil.example"},
    "a name within": {"Origin": "http://evil.example/http://localhost"},
    "a user within": {"Origin": "http://localhost@evil.example"},
    "an opaque origin": {"Origin": "null"},
    "an empty origin": {"Origin": ""},
    "no scheme": {"Origin": "localhost"},
    "another origin that is vouched for": {
        "Origin": "https://evil.example",
        "Sec-Fetch-Site": "same-origin",
    },
    "the own origin, from another site": {"Origin": OWN, "Sec-Fetch-Site": "cross-site"},
    "no scheme as the proxy's": {"Origin": OWN, "X-Forwarded-Proto": "https"},
}
OWN_PAGES = {
    "no browser": {},
    "the own page": {"Origin": OWN, "Sec-Fetch-Site": "same-origin"},
    "the address bar": {"Sec-Fetch-Site": "none"},
    "an old browser": {"Origin": OWN},
    "the own port, named": {"Origin": "http://localhost:80"},
    "behind TLS": {"Origin": "https://localhost", "X-Forwarded-Proto": "https"},
    "behind TLS that the proxy does not tell": {
        "Origin": "https://localhost",
        "Sec-Fetch-Site": "same-origin",
    },
    "behind a proxy that sets another Host": {
        "Origin": "https://reunite.example",
        "X-Forwarded-Host": "reunite.example, inner.example",
        "X-Forwarded-Proto": "https, http",
    },
}
# What forms and pages can send to another site without asking it first, and what is none of it.
OTHER_TYPES = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain; application/json",
    "application/jsonp",
    "text/json",
    "application/xml",
]


def cases(table):
    return pytest.mark.parametrize("headers", table.values(), ids=table)


def answers(client, body=b"{}", **more):
    """What each operation that writes answers, by its name."""
    found = {}
    for operation in WRITING:
        sent = {"content_type": operation.media_type or "", **more}
        given = body if operation.media_type or "content_type" in more else b""
        found[str(operation)] = client.generic(operation.method, operation.address, given, **sent)
    return found


def are_refused(found, status, *codes):
    """All answers are problems of this status and one of these codes."""
    assert found
    assert {name: problem(answer) for name, answer in found.items()} == {
        name: (status, code)
        for name, answer in found.items()
        for code in codes
        if code == answer.json()["code"]
    }


def test_there_are_operations_that_write():
    assert {"POST /identify", "POST /persons/{id}/erase", "DELETE /contacts/{id}"} <= {
        str(each) for each in WRITING
    }


@cases(FOREIGN)
def test_nothing_is_written_for_other_pages(client, headers):
    are_refused(answers(client, headers=headers), 403, "cross_site")


@cases(OWN_PAGES)
def test_own_pages_and_other_clients_may_write(client, headers):
    statuses = {name: each.status_code for name, each in answers(client, headers=headers).items()}
    assert not {name: each for name, each in statuses.items() if each in (403, 415)}


@pytest.mark.parametrize("content_type", OTHER_TYPES)
def test_a_body_of_another_type_is_refused(client, content_type):
    found = answers(client, content_type=content_type)
    are_refused(found, 415, "unsupported_media_type", "unsupported_file_type")


@pytest.mark.parametrize("content_type", ["", *OTHER_TYPES])
def test_no_body_is_refused_where_its_type_is_not_that_of_the_operation(client, content_type):
    # Django's client leaves the type out where there is no body.
    found = answers(client, b"", CONTENT_TYPE=content_type, CONTENT_LENGTH="0")
    deleting = [each for each in found if each.startswith("DELETE") and not content_type]
    for each in deleting:  # Browsers ask before they delete for another site.
        assert found.pop(each).status_code == 404
    are_refused(found, 415, "unsupported_media_type", "unsupported_file_type")


def test_a_body_without_a_type_is_refused(client):
    found = answers(client, content_type="")
    are_refused(found, 415, "unsupported_media_type", "unsupported_file_type")


@pytest.mark.parametrize("charset", ["iso-8859-1", "utf-16", "UTF-7", "none", '"latin1"'])
def test_text_in_another_encoding_than_utf_8_is_refused(client, charset):
    for operation in WRITING:
        content_type = f"{operation.media_type or JSON}; charset={charset}"
        response = client.generic(
            operation.method, operation.address, b"{}", content_type=content_type
        )
        assert problem(response) == (415, "unsupported_charset"), operation


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"'])
def test_utf_8_may_be_named(client, charset):
    body = json.dumps({"email": "a@x.example"})
    content_type = f"{JSON};charset={charset}"
    assert client.post("/identify", body, content_type=content_type).status_code == 200


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "identity, gzip"])
def test_a_body_that_is_compressed_for_the_way_is_refused(client, encoding):
    found = answers(client, headers={"Content-Encoding": encoding})
    are_refused(found, 415, "unsupported_encoding")


def test_pages_of_trusted_origins_may_write(client, settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://app.example", "https://*.shop.example"]

    def status(origin):
        headers = {"Origin": origin, "Sec-Fetch-Site": "cross-site"}
        body = json.dumps({"email": "a@x.example"})
        return client.post("/identify", body, content_type=JSON, headers=headers).status_code

    assert status("https://app.example") == status("https://eu.shop.example") == 200
    assert status("http://app.example") == status("https://evilshop.example") == 403


def test_a_person_is_still_there_after_a_form_of_another_site_was_sent():
    id = identify(SCOPE, "george@hillvalley.edu", None).person.id
    browser = Client(SERVER_NAME="localhost", headers={"Origin": "https://evil.example"})

    for body, content_type in ((b"", ""), (b"a=b", "text/plain"), (b"{}", JSON)):
        path = f"/persons/{id}/erase"
        assert browser.generic("POST", path, body, content_type=content_type).status_code == 403

    assert Contact.objects.get(pk=id).email == "george@hillvalley.edu"


def test_reading_is_left_to_the_same_origin_policy_of_browsers(client):
    response = client.get("/persons/1", headers=FOREIGN["a page of another site"])
    assert problem(response) == (404, "person_not_found")
    assert "Access-Control-Allow-Origin" not in response
