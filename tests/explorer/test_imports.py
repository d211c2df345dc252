"""Files are looked at, sent, tried and imported from a page."""

import csv
import io
import json

import pytest
from django.test import Client
from django.urls import reverse

from reunite.bulk.attempt import import_upload
from reunite.bulk.worker import work_off
from reunite.core.access.callers import KeyScope
from reunite.explorer.imports import one, sent
from reunite.models import Contact, Import
from reunite.services.access.door import door
from reunite.services.access.keys import create_key
from reunite.services.identify.identify import identify
from reunite.services.imports import progress, uploads
from reunite.services.persons.tables import TABLES
from reunite_service import settings as service_settings
from tests.builders import make_contact, set_policy
from tests.explorer.pages import require_strict, text_of
from tests.scopes import SCOPE

IMPORTS, LOOK, SEND = "/explorer/imports", "/explorer/imports/look", "/explorer/imports/send"
ORDERS = b"mail,phone\na@x.example,5550101\nb@x.example,5550101\nbroken@,\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.REUNITE = {**service_settings.REUNITE, "IMPORT_FOLDER": str(tmp_path / "uploads")}
    door.forget()
    yield tmp_path / "uploads"
    door.forget()


def send(client, content=ORDERS, path=SEND, **how):
    line = json.dumps({"name": "orders.csv", **how}).encode()
    return client.post(
        path,
        line + b"\n" + content,
        content_type="application/octet-stream",
        headers={"HX-Request": "true"},
    )


def look(client, content=ORDERS, **how):
    return send(client, content, LOOK, **how)


def work():
    said = []
    work_off(said.append, import_upload)
    return said


def chosen(page):
    return [each.field for each in page.context["preview"].columns]


def test_a_file_is_looked_at_corrected_and_nothing_is_kept(client, folder):
    page = look(client)
    text = text_of(page)
    assert "Reads mail as email, phone as phone." in text
    assert "a@x.example 5550101" in text
    assert chosen(page) == ["email", "phone_number"]
    require_strict_part(page)

    corrected = look(client, columns={"email": ["phone"]}, recognises=False)
    assert chosen(corrected) == [None, "email"]
    assert not folder.exists()


def test_a_column_is_read_as_a_declared_kind(client, folder):
    set_policy(kinds=[["customerNumber", {}], ["whatsapp:shopA", {}]])
    orders = b"mail,customer number,wa\na@x.example,10023,IN.1\n"

    assert chosen(look(client, orders)) == ["email", "identifiers.customerNumber", None]

    asked = {"email": ["mail"], "identifiers.whatsapp:shopA": ["wa"]}
    corrected = look(client, orders, columns=asked, recognises=False)
    assert chosen(corrected) == ["email", None, "identifiers.whatsapp:shopA"]
    assert '<option value="identifiers.customerNumber">' in corrected.content.decode()
    assert send(client, orders, columns=asked, recognises=False, isDry=False).status_code == 201
    assert work()
    assert '"whatsapp:shopA","IN.1"' in Contact.objects.get().others
    unknown = send(client, orders, columns={"identifiers.card": ["wa"]})
    assert unknown.status_code == 400


def require_strict_part(page):
    require_strict(page)
    assert "<html" not in page.content.decode()


@pytest.mark.parametrize(
    ("content", "how", "told"),
    [
        (b"a,b\n1,2\n", {}, "has no column that looks like an email or a phone number"),
        (b"x\n\nmail,phone\n", {}, "say “Lines above the header” 2"),
        (b"PK\x03\x04", {}, "is a workbook"),
        (b"PAR1", {"name": "orders.parquet"}, "Name those with unusual names."),
        (b"mail\n", {}, "The file has no row."),
        (b"mail,email2\na@x.example,\n", {}, "Does not read email2."),
        (b"a,b\n1,2\n", {}, "“Email” and “Phone number”, by their names"),
        (b"mail\na@x.example\n", {"name": "orders"}, "does not tell which kind of file"),
        (b"mail\na@x.example\n", {"name": "orders.xlsx"}, "By its name it is a workbook"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_the_words_of_the_page(client, content, how, told):
    page = look(client, content, **how)
    assert page.status_code == 200
    assert told in text_of(page)
    assert "--" not in text_of(page)


@pytest.mark.parametrize(
    "line",
    [
        *(b"", b"no line", b"{}", b"[]\n", b"no JSON\n", b'{"name": 1}\n', b'{"name": "/etc/x"}\n'),
        b'{"name": "x.csv", "format": "exe"}\n',
        *(b'{"name": "x.csv", "columns": []}\n', b'{"name": "x.csv", "columns": 1}\n'),
        b'{"name": "x.csv", "columns": {"email": "x"}}\n',
        b'{"name": "x.csv", "columns": {"source": ["x", "y"]}}\n',
        b'{"name": "x.csv", "columns": {"email": ["\\u0000"]}}\n',
        b'{"name": "x.csv", "skipLines": -1}\n',
        b'{"name": "x.csv", "encoding": "none"}\n',
        b'{"name": "x.csv", "dateFormat": "%Q"}\n',
        b'{"name": "x.csv"}\n',
        b'{"columns": ' + b"[" * 50_000 + b"\n",
        b'{"name": "' + b"x" * sent.MAX_LINE_BYTES + b'"}\n',
    ],
)
def test_what_is_no_file_of_a_page_is_refused(client, folder, line):
    for path in (LOOK, SEND):
        page = client.post(path, line, content_type="application/octet-stream")
        if path == SEND or page.status_code != 200:
            assert page.status_code == 400
            assert "not understood" in text_of(page)
        else:
            assert "is empty" in text_of(page)
    assert not Import.objects.exists()


def test_only_the_beginning_of_a_file_is_looked_at(client):
    assert look(client, b"x" * 256 * 1024).status_code == 200
    assert look(client, b"x" * (256 * 1024 + 1)).status_code == 400


def test_hostile_values_are_text(client):
    hostile = "<script>alert(1)</script>,'><img src=x onerror=x>\n<b>@x.example,\u202eevil\n"
    page = look(client, f"mail,{hostile}".encode())
    require_strict_part(page)
    assert "<script>alert(1)</script>" in text_of(page)
    assert "<script>alert" not in page.content.decode()
    named = send(client, name="x<img src=x>.csv")
    require_strict(client.get(named["Location"]))
    require_strict(client.get(IMPORTS))
    assert "x<img src=x>.csv" in text_of(client.get(IMPORTS))


def test_a_dry_run_is_told_and_then_imported(client):
    make_contact("a@x.example")
    sending = send(client)
    assert sending.status_code == 201
    address = sending["Location"]
    waiting = client.get(address)
    assert "dry run waiting It waits for its turn." in text_of(waiting)
    assert 'hx-trigger="every 2s"' in waiting.content.decode()
    require_strict(waiting)

    assert len(work()) == 1

    told = client.get(address)
    text = text_of(told)
    assert "dry run done Nothing was written." in text
    assert "Rows 3 New contacts 2 New persons 0 Merges 0 Merges held 0 Rows refused 1" in text
    assert "Refused rows Reason Rows Invalid email 1" in text
    assert "orders.csv: reads mail as email" in text
    assert 'hx-trigger="every' not in told.content.decode()
    assert Contact.objects.count() == 1
    require_strict(told)
    refused = client.get(f"{address}/refused")
    assert b"orders.csv,4,invalid_email,mail" in b"".join(refused.streaming_content)
    assert 'filename="refused-' in refused["Content-Disposition"]

    started = client.post(f"{address}/start", follow=True)
    assert "waiting It waits" in text_of(started)
    work()
    assert "done Rows 3 New contacts 2" in text_of(client.get(address))
    assert Contact.objects.count() == 3
    assert client.post(f"{address}/start").status_code == 409
    listed = client.get(IMPORTS)
    assert "orders.csv done 3 1 2 0 0" in text_of(listed)
    require_strict(listed)


def test_the_file_of_a_dry_run_is_deleted(client):
    address = send(client)["Location"]
    work()
    assert "Import it" in text_of(client.get(address))

    deleted = client.post(f"{address}/cancel", follow=True)

    assert "The file is not kept any more." in text_of(deleted)
    assert "Import it" not in text_of(deleted)
    assert "dry run done" in text_of(deleted)
    assert client.post(f"{address}/start").status_code == 409


def test_an_import_is_shown_while_it_runs_and_cancelled(client):
    address = send(client, isDry=False)["Location"]
    id = Import.objects.get().pk
    progress.begin_attempt(id)
    progress.tell_stage(id, "importing", 40)
    part = client.get(address, headers={"HX-Request": "true"})
    assert "running Importing, 40%" in text_of(part)
    require_strict_part(part)

    ended = client.post(f"{address}/cancel", follow=True)
    assert "cancelled What was imported by then stays." in text_of(ended)
    assert work() == []
    assert client.get(f"{address}/refused").status_code == 404


def test_an_import_that_failed_says_why(client):
    address = send(client, b"a,b\n1,2\n", isDry=False)["Location"]
    work()
    page = client.get(address)
    assert "failed orders.csv has no column that looks like an email" in text_of(page)
    assert client.post(f"{address}/cancel").status_code == 409


def test_imports_are_listed_from_the_latest_on(client, monkeypatch):
    monkeypatch.setattr(one, "PAGE_LENGTH", 2)
    for number in range(3):
        send(client, ORDERS, name=f"orders{number}.csv", skipLines=number)
    page = client.get(IMPORTS)
    assert [each.name for each in page.context["imports"]] == ["orders2.csv", "orders1.csv"]
    earlier = client.get(f"{IMPORTS}?before={page.context['before']}")
    assert [each.name for each in earlier.context["imports"]] == ["orders0.csv"]
    assert earlier.context["before"] is None


FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(1)", " =1+1", "\t=1+1", "\r=1+1", "\n=1+1", "\uff1d1+1"]
HARMLESS = ["a=1", "1-1", "'=1", "n. 1"]


def test_no_cell_of_an_exported_table_is_a_formula(client):
    kinds = {"kinds": {"note": {"normalize": "none"}, "-cmd": {}}}
    assert client.put("/policy", kinds, content_type="application/json").status_code == 200
    for number, text in enumerate([*FORMULAS, *HARMLESS]):
        others = {"note": [text]}
        identify(SCOPE, f"=cmd{number}@x.example", "+1 (212) 555-0100", identifiers=others)
        Contact.objects.filter(email__startswith=f"=cmd{number}@").update(external_id=text)
    identify(SCOPE, None, None, identifiers={"-cmd": ["1"]})

    cells = {}
    for table in TABLES:
        exported = client.get(reverse(f"explorer:export-{table}"))
        text = b"".join(exported.streaming_content).decode()
        rows = csv.reader(io.StringIO(text, newline=""))
        cells[table] = [cell for row in rows for cell in row]
    found = {cell for each in cells.values() for cell in each}
    begins = {
        cell for cell in found if cell.strip()[:1] in {*"=+-@", "\uff1d"} or cell[:1].isspace()
    }
    assert begins == {"+1 (212) 555-0100", "+12125550100"}
    # The values are there, each after an apostrophe.
    for table in ("contacts", "identifiers"):
        assert {f"'{text}" for text in FORMULAS} <= set(cells[table])
        assert set(HARMLESS) <= set(cells[table])
        assert "'=cmd0@x.example" in cells[table]
    assert "'-cmd" in cells["identifiers"]


def test_a_table_is_exported(client, monkeypatch):
    monkeypatch.setattr("reunite.explorer.imports.exports._PART_BYTES", 10)
    for number in range(3):
        make_contact(f"'{number}@x.example", external_id='one, "two"')
    exported = client.get(reverse("explorer:export-contacts"))
    lines = b"".join(exported.streaming_content).decode().splitlines()
    assert exported["Content-Disposition"] == 'attachment; filename="contacts.csv"'
    assert lines[0].startswith("id,person_id,email")
    assert len(lines) == 4
    assert '"one, ""two"""' in lines[1]


def test_a_file_is_imported_only_where_that_is_installed(client, monkeypatch):
    monkeypatch.setattr(one, "has_extra", lambda: False)
    monkeypatch.setattr(uploads, "has_extra", lambda: False)
    page = client.get(IMPORTS)
    assert "so it imports none" in text_of(page)
    assert 'type="file"' not in page.content.decode()
    assert send(client).status_code == 501


def test_a_file_that_is_too_large_is_refused(client, settings):
    settings.REUNITE = {**settings.REUNITE, "IMPORT_MAX_BYTES": 10}
    refused = send(client)
    assert refused.status_code == 413
    assert "The file is too large" in text_of(refused)


def client_with(*scopes):
    client = Client(SERVER_NAME="localhost")
    client.post("/explorer/sign-in/enter", {"key": create_key(SCOPE, "biff", scopes).text})
    return client


def test_who_may_only_look_is_offered_nothing_and_imports_nothing(client):
    address = send(client)["Location"]
    viewer = client_with(KeyScope.READ)
    listed = viewer.get(IMPORTS)
    assert "it has no scope import" in text_of(listed)
    assert 'type="file"' not in listed.content.decode()
    assert "<button" not in viewer.get(address).content.decode().partition("<main")[2]
    for refused in (
        look(viewer),
        send(viewer),
        viewer.post(f"{address}/start"),
        viewer.post(f"{address}/cancel"),
    ):
        assert refused.status_code == 403

    importer = client_with(KeyScope.IMPORT)
    assert look(importer).status_code == 200
    assert importer.get(reverse("explorer:export-contacts")).status_code == 403
    assert "Export" not in text_of(importer.get(IMPORTS))
    assert importer.post(f"{address}/cancel").status_code == 302


def test_a_file_that_another_site_sends_is_refused():
    client = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    assert send(client).status_code == 403
    token = client.get(IMPORTS).context["csrf_token"]
    headers = {"X-CSRFToken": str(token)}
    body = b'{"name": "orders.csv"}\n' + ORDERS
    kept = client.post(SEND, body, content_type="application/octet-stream", headers=headers)
    assert kept.status_code == 201


def test_a_request_that_did_not_arrive_is_a_page(client):
    from rest_framework.exceptions import APIException

    for failed, status in ((APIException(), 408), (uploads.UploadTooLarge(), 413)):
        page = client.post(LOOK, **{"reunite.failed": failed})
        assert page.status_code == status
        require_strict(page)


@pytest.mark.parametrize(
    ("dates", "how", "is_told"),
    [
        (["03.02.2024", "04.02.2024"], {}, True),
        (["03.02.2024", "04.02.2024"], {"dateFormat": "%d.%m.%Y"}, False),
        (["03.02.2024", "2024-02-04"], {}, False),
        (["", "NaT"], {}, False),
    ],
)
def test_a_column_without_a_time_that_can_be_read_is_told_before_the_import(
    client, dates, how, is_told
):
    rows = "".join(f"a{number}@x.example,{date}\n" for number, date in enumerate(dates))
    page = look(client, f"mail,created_at\n{rows}".encode(), **how)
    assert ("can be read as a time" in text_of(page)) == is_told
    assert ("<details open>" in page.content.decode()) == is_told
