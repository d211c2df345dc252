"""Imports over HTTP: what may be sent, and what is answered."""

import pytest

from reunite.models import Import
from reunite.services.imports import progress
from reunite.services.imports.uploads import Upload, reading_of
from tests.api.answers import problem
from tests.builders import set_policy

CONTENT = b"mail,phone\na@x.example,1\n"


@pytest.fixture
def folder(tmp_path, settings):
    settings.REUNITE = {"IMPORT_FOLDER": str(tmp_path / "uploads"), "IMPORT_MAX_BYTES": 1000}
    return tmp_path / "uploads"


def send(client, query="?name=orders.csv&email=mail", content=CONTENT, **how):
    return client.generic("POST", f"/imports{query}", content, **how)


def test_columns_of_a_kind_may_be_given_several_times(client, folder):
    set_policy(kinds=[["customerNumber", {}]])
    query = "?name=a.csv&email=a&email=b&identifier=customerNumber=c&identifier=customerNumber=d"

    id = send(client, query).json()["id"]

    reading, _ = reading_of(Upload(folder, id))
    assert reading.columns.email == ("a", "b")
    assert reading.columns.identifiers == (("customerNumber", "c"), ("customerNumber", "d"))
    again = send(client, query.replace("=d", "=e")).json()["id"]
    assert again != id
    assert send(client, query).json()["id"] == id


def test_a_kind_without_a_column_is_refused(client, folder):
    for wrong in ("customerNumber", "=c", "customerNumber="):
        refused = send(client, f"?name=a.csv&identifier={wrong}")
        assert problem(refused) == (400, "invalid_type")
        assert "customerNumber=COLUMN" in refused.json()["errors"][0]["detail"]


def test_a_dry_run_is_taken_in_and_started(client, folder):
    id = send(client, query="?name=orders.csv&dryRun=true").json()["id"]
    assert problem(client.post(f"/imports/{id}/start", content_type="application/json")) == (
        *(409, "nothing_to_start"),
    )
    progress.begin_attempt(id)
    progress.finish(id)
    assert client.get(f"/imports/{id}").json()["dryRun"]

    started = client.post(f"/imports/{id}/start", content_type="application/json")

    assert (started.status_code, started.json()["state"]) == (200, "waiting")
    assert not started.json()["dryRun"]


@pytest.mark.parametrize(
    "content_type",
    ["application/octet-stream", "text/csv; charset=utf-8", "Application/GZip"],
)
def test_a_file_is_taken_in_and_waits(client, folder, content_type):
    response = send(client, content_type=content_type)

    assert response.status_code == 202
    found = response.json()
    assert response.headers["Location"] == f"/imports/{found['id']}"
    assert list(found) == [
        "id", "name", "dryRun", "state", "rows", "refused", "attempts", "stage", "percent",
        "position", "contacts", "persons", "merges", "held", "reason", "notes", "refusedByReason",
        "leftOutByReason", "createdAt", "createdBy", "updatedAt",
    ]  # fmt: skip
    assert (found["name"], found["state"]) == ("orders.csv", "waiting")
    assert client.get(response.headers["Location"]).json() == found
    assert client.get("/imports").json() == {"imports": [found], "next": None}
    assert client.get(f"/imports?after={found['id']}").json() == {"imports": [], "next": None}
    assert Upload(folder, found["id"]).path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("", "name", "required"),
        ("?name=", "name", "blank"),
        ("?name=a.csv&name=b.csv", "name", "repeated_parameter"),
        ("?name=..%2Fa.csv", "name", "invalid_name"),
        ("?name=a%00.csv", "name", "null_characters_not_allowed"),
        ("?name=a.xlsx", "name", "unknown_format"),
        ("?name=" + "a" * 300, "name", "max_length"),
        ("?name=a.csv&format=xlsx", "format", "invalid_choice"),
        ("?name=a.csv&colour=red", "colour", "unknown_field"),
        ("?name=a.csv&createdAt=a&createdAt=b", "createdAt", "repeated_parameter"),
        ("?name=a.csv&identifier=card=x", "identifier", "undeclared_kind"),
    ],
)
def test_a_parameter_that_cannot_be_is_named(client, folder, query, field, code):
    response = send(client, query)

    assert problem(response) == (400, code)
    assert [each["field"] for each in response.json()["errors"]] == [field]
    assert not folder.exists()


def test_what_is_no_file_is_refused(client, folder):
    assert problem(send(client, CONTENT_LENGTH="0")) == (400, "empty")
    assert problem(send(client, content=b"a" * 1001)) == (413, "upload_too_large")
    assert problem(send(client, content_type="application/json")) == (415, "unsupported_file_type")
    form = send(client, content_type="multipart/form-data; boundary=x")
    assert problem(form) == (415, "unsupported_file_type")
    assert "Send the file itself as the body, and no form around it" in form.json()["detail"]
    assert problem(send(client, headers={"Transfer-Encoding": "chunked"})) == (
        411,
        "length_required",
    )
    assert problem(send(client, CONTENT_LENGTH="")) == (411, "length_required")
    assert not Import.objects.exists()


def test_a_larger_body_than_others_may_have_is_taken_in(client, folder, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    assert send(client).status_code == 202


def test_refused_rows_are_listed_once_the_import_is_done(client, folder):
    id = send(client).json()["id"]
    assert problem(client.get(f"/imports/{id}/refused")) == (404, "refused_not_found")
    progress.finish(id)
    Upload(folder, id).refused_path.write_bytes(b"file,line,reason,column\r\n")

    response = client.get(f"/imports/{id}/refused")

    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/csv")
    assert b"".join(response.streaming_content) == b"file,line,reason,column\r\n"


def test_an_import_that_never_was_is_not_found(client, folder):
    for path in ("/imports/1", "/imports/1/refused"):
        assert problem(client.get(path)) == (404, "import_not_found")
