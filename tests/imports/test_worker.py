"""What the worker does with each upload."""

import duckdb
import pytest

from reunite.bulk import imports as bulk_imports
from reunite.bulk import job
from reunite.bulk.worker import work_off
from reunite.core.errors import DatabaseUnavailable, LockTimeout
from reunite.core.files import Columns
from reunite.services import imports
from reunite.services.check import check
from reunite.services.identify import identify
from reunite.services.import_rows import import_rows
from reunite.services.uploads import how_to_read, receive
from reunite.store import policies
from reunite.store.dialects import dialect
from reunite.store.workspaces import DEFAULT_WORKSPACE_ID
from tests.builders import NOON
from tests.imports.files import stored_contacts

CONTENT = b"email,phone\na@x.example,1\nb@x.example,2\na@x.example,2\n"


@pytest.fixture
def folder(tmp_path, settings):
    settings.REUNITE = {"IMPORT_FOLDER": str(tmp_path / "uploads")}
    return tmp_path / "uploads"


def send(content=CONTENT, name="orders.csv"):
    reading = how_to_read(name, columns=Columns())
    return receive(name, reading, [content], size_bytes=len(content)).id


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def work():
    said = []
    work_off(said.append)
    return said


def test_uploads_are_imported_in_order_and_deleted(folder):
    one, two = send(), send(b'{"email": "c@x.example"}\n', "more.jsonl")

    assert work() == [f"import {one}: done, 3 rows", f"import {two}: done, 1 rows"]

    assert [imports.show(id).state for id in (one, two)] == ["done", "done"]
    assert names(folder) == sorted([f"{one}.refused.csv", f"{two}.refused.csv"])
    assert (folder / names(folder)[0]).stat().st_mode & 0o777 == 0o600
    assert len(stored_contacts()) == 3
    assert list(check()) == []
    assert work() == []


def test_what_may_pass_by_itself_is_tried_again(folder, monkeypatch):
    identify("z@x.example", None)
    monkeypatch.setattr(job, "_PATIENCE_SECONDS", -1)
    troubles = [DatabaseUnavailable(), LockTimeout(), "rules"]

    def troubled(rows, **how):
        trouble = troubles.pop() if troubles else None
        if trouble == "rules":
            dialect().run([policies.change(workspace_id=DEFAULT_WORKSPACE_ID, at=NOON)])
        elif trouble is not None:
            raise trouble
        return import_rows(rows, **how)

    monkeypatch.setattr(job, "import_rows", troubled)
    id = send()

    said = [work() for _ in range(3)]

    assert said[0] == [f"import {id}: the rules changed; it begins anew"]
    assert said[1] == [f"import {id}: to be tried again: {LockTimeout()}"]
    assert said[2] == [f"import {id}: to be tried again: {DatabaseUnavailable()}"]
    assert imports.show(id).state == "running"
    assert work() == [f"import {id}: done, 3 rows"]
    assert len(stored_contacts()) == 3
    assert list(check()) == []


def test_what_will_not_pass_has_failed_and_says_what_to_do(folder, monkeypatch):
    unreadable = send(b"no,columns\n1,2\n")
    assert work() == [f"import {unreadable}: failed"]
    assert "name them with" in imports.show(unreadable).reason

    def full(*_, **__):
        raise duckdb.IOException("a@x.example does not fit")

    monkeypatch.setattr(bulk_imports, "read", full)
    stopped = send()
    assert work() == [f"import {stopped}: failed: IOException"]
    found = imports.show(stopped)
    assert found.state == "failed"
    assert "room" in found.reason
    assert "a@x.example" not in found.reason
    assert not any(name.endswith((".upload", ".scratch")) for name in names(folder))
