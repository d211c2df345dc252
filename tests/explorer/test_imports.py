"""A file is sent from a page, and the page says how far it is."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from reunite.core.access.callers import KeyScope
from reunite.models import Import
from reunite.services.access.keys import create_key
from reunite.services.imports import progress
from reunite.services.imports.uploads import Upload, reading_of
from tests.explorer.pages import require_strict, text_of
from tests.scopes import SCOPE

CONTENT = b"mail,phone\na@x.example,1\n"
SEND = "/explorer/imports/send"


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    folder = tmp_path / "uploads"
    more = {"IMPORT_FOLDER": str(folder), "IMPORT_MAX_BYTES": 1000}
    settings.REUNITE = {**settings.REUNITE, **more}
    return folder


def send(client, name="orders.csv", content=CONTENT, **fields):
    file = SimpleUploadedFile(name, content)
    return client.post(SEND, {"file": file, **fields}, follow=True)


def test_a_file_is_taken_in_with_the_columns_that_are_named(client, folder):
    page = client.get("/explorer/imports")
    assert "Nothing was imported yet." in text_of(page)
    require_strict(page)

    sent = send(client, email="mail", dateFormat="%d/%m/%Y", skipLines="2", noCreatedAt="on")

    found = Import.objects.get()
    assert sent.redirect_chain == [(f"/explorer/imports/{found.id}", 302)]
    assert "Waiting: a worker will take it." in text_of(sent)
    require_strict(sent)
    upload = Upload(folder, found.id)
    assert upload.path.read_bytes() == CONTENT
    reading, _ = reading_of(upload)
    assert (reading.columns.email, reading.form.skip_lines) == (("mail",), 2)
    assert (reading.form.date_format, reading.form.has_times) == ("%d/%m/%Y", False)
    assert "orders.csv" in text_of(client.get("/explorer/imports"))


def test_the_page_asks_again_until_the_import_is_over(client, folder):
    send(client)
    id = Import.objects.get().id
    path = f"/explorer/imports/{id}"
    part = client.get(path, HTTP_HX_REQUEST="true")
    assert "<html" not in part.content.decode()
    assert 'hx-trigger="every 2s"' in part.content.decode()

    progress.finish(id)
    Import.objects.update(reasons='[{"invalid_email": 3}, {}]', refused=3)
    over = client.get(path)

    assert "every 2s" not in over.content.decode()
    assert "Done." in text_of(over)
    assert "3 × invalid_email" in text_of(over)
    assert client.get(f"{path}/refused").status_code == 404
    Upload(folder, id).refused_path.write_bytes(b"file,line,reason,column\r\n")
    listed = client.get(f"{path}/refused")
    assert b"".join(listed.streaming_content) == b"file,line,reason,column\r\n"
    assert listed["Content-Type"] == "text/csv"


def test_an_import_is_cancelled(client, folder):
    send(client)
    id = Import.objects.get().id
    cancelled = client.post(f"/explorer/imports/{id}/cancel", follow=True)
    assert "Cancelled." in text_of(cancelled)
    assert client.post("/explorer/imports/999/cancel").status_code == 404
    assert client.get("/explorer/imports/999").status_code == 404


@pytest.mark.parametrize(
    ("name", "fields", "told"),
    [
        ("orders.xlsx", {}, "It does not end like CSV"),
        ("orders.csv", {"encoding": "klingon"}, "no encoding that is known"),
        ("orders.csv", {"skipLines": "many"}, "skipLines must be a number"),
    ],
)
def test_what_cannot_be_read_is_told(client, folder, name, fields, told):
    refused = send(client, name, **fields)
    assert refused.status_code == 400
    assert told in text_of(refused)
    assert not Import.objects.exists()


def test_no_file_and_a_large_file_are_refused(client, folder):
    assert client.post(SEND).status_code == 400
    refused = send(client, content=b"x" * 2000)
    assert refused.status_code == 413
    require_strict(refused)


def test_who_may_only_look_is_not_asked_for_a_file(client):
    key = create_key(SCOPE, "viewer", {KeyScope.READ})
    client.post("/explorer/sign-in/enter", {"key": key.text})
    assert "it has no scope import" in text_of(client.get("/explorer/imports"))
    assert send(client).status_code == 403
