"""What the worker does with each upload."""

import errno
import time

import duckdb
import pyarrow as pa
import pytest
from adbc_driver_manager import AdbcStatusCode
from adbc_driver_manager import OperationalError as AdbcError
from django.db import IntegrityError

from reunite.bulk import imports as bulk_imports
from reunite.bulk import job, meanwhile
from reunite.bulk.attempt import import_upload
from reunite.bulk.worker import work_off
from reunite.core.errors import (
    DatabaseUnavailable,
    ImportEnded,
    ImportNotFound,
    LockTimeout,
)
from reunite.core.imports.files import Columns
from reunite.core.scope import Scope
from reunite.models import Contact
from reunite.outputs import Unusable
from reunite.services.access.workspaces import create_workspace
from reunite.services.audit.check import check
from reunite.services.identify.identify import identify
from reunite.services.imports import progress, uploads
from reunite.services.imports.dry_runs import start
from reunite.services.imports.import_rows import Progress, import_rows
from reunite.services.imports.pending_uploads import pending, remove_old
from reunite.services.imports.progress import MAX_ATTEMPTS, show
from reunite.services.imports.uploads import cancel, how_to_read, receive, refused_rows
from reunite.services.repair.erase import erase
from reunite.store.database.dialects import dialect
from reunite.store.tables import policies
from tests.builders import NOON, row_of
from tests.imports.files import import_files, stored_contacts
from tests.scopes import SCOPE

CONTENT = b"email,phone\na@x.example,1\nb@x.example,2\na@x.example,2\n"


@pytest.fixture
def folder(tmp_path, settings):
    settings.REUNITE = {"IMPORT_FOLDER": str(tmp_path / "uploads")}
    return tmp_path / "uploads"


def send(content=CONTENT, name="orders.csv"):
    reading = how_to_read(name, columns=Columns())
    return receive(SCOPE, name, reading, [content], size_bytes=len(content)).id


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def work():
    said = []
    work_off(said.append, import_upload)
    return said


def test_uploads_are_imported_in_order_and_deleted(folder):
    one, two = send(), send(b'{"email": "c@x.example"}\n', "more.jsonl")

    assert work() == [f"import {one}: done, 3 rows", f"import {two}: done, 1 rows"]

    assert [progress.show(SCOPE, id).state for id in (one, two)] == ["done", "done"]
    assert names(folder) == sorted([f"{one}.refused.csv", f"{two}.refused.csv"])
    assert (folder / names(folder)[0]).stat().st_mode & 0o777 == 0o600
    assert len(stored_contacts()) == 3
    assert list(check()) == []
    assert work() == []


def test_a_dry_run_tells_what_would_come_of_a_file_and_is_then_imported(folder):
    identify(SCOPE, "a@x.example", None)
    content = CONTENT + b"broken@,\n"
    reading = how_to_read("orders.csv", columns=Columns())
    dry = receive(SCOPE, "orders.csv", reading, [content], size_bytes=len(content), is_dry=True)

    assert work() == [f"import {dry.id}: dry run done, 4 rows"]

    told = show(SCOPE, dry.id)
    assert (told.state, told.is_dry, told.rows, told.refused) == ("done", True, 4, 1)
    assert told.notes.startswith("orders.csv: reads email as email, phone as phone\n")
    with refused_rows(SCOPE, dry.id) as refused:
        assert b"orders.csv,5,invalid_email,email" in refused.read()
    assert Contact.objects.count() == 1
    assert work() == []

    start(SCOPE, dry.id)
    assert work() == [f"import {dry.id}: done, 4 rows"]

    done = show(SCOPE, dry.id)
    counts = "contacts", "persons", "merges", "held", "rows", "refused", "refused_by_reason"
    assert [getattr(done, each) for each in counts] == [getattr(told, each) for each in counts]
    assert Contact.objects.count() == 1 + done.contacts
    assert names(folder) == [f"{dry.id}.refused.csv"]


def test_an_upload_is_imported_into_the_workspace_that_it_was_sent_to(folder):
    other = Scope(create_workspace(SCOPE, "shop-de").workspace.id)
    identify(SCOPE, "a@x.example", "1")
    reading = how_to_read("orders.csv", columns=Columns())
    id = receive(other, "orders.csv", reading, [CONTENT], size_bytes=len(CONTENT)).id

    assert work() == [f"import {id}: done, 3 rows"]

    assert progress.show(other, id).contacts == 2
    workspaces = Contact.objects.order_by("id").values_list("workspace_id", flat=True)
    assert list(workspaces) == [0, other.workspace_id, other.workspace_id]
    with pytest.raises(ImportNotFound):
        progress.show(SCOPE, id)


def test_what_may_pass_by_itself_is_tried_again(folder, monkeypatch):
    identify(SCOPE, "z@x.example", None)
    monkeypatch.setattr(job, "_PATIENCE_SECONDS", -1)
    troubles = [DatabaseUnavailable(), LockTimeout(), "rules"]

    def troubled(scope, rows, **how):
        trouble = troubles.pop() if troubles else None
        if trouble == "rules":
            dialect().run([policies.change(SCOPE, at=NOON)])
        elif trouble is not None:
            raise trouble
        return import_rows(scope, rows, **how)

    monkeypatch.setattr(job, "import_rows", troubled)
    id = send()

    said = [work() for _ in range(3)]

    assert said[0] == [f"import {id}: the rules changed; it begins anew"]
    assert said[1] == [f"import {id}: to be tried again: {LockTimeout()}"]
    assert said[2] == [f"import {id}: to be tried again: {DatabaseUnavailable()}"]
    assert progress.show(SCOPE, id).state == "running"
    assert work() == [f"import {id}: done, 3 rows"]
    assert len(stored_contacts()) == 3
    assert list(check()) == []


def test_without_the_key_of_erasures_an_upload_waits_and_says_so(folder, settings):
    settings.REUNITE = {**settings.REUNITE, "ERASURE_KEY": "1" * 32}
    erase(SCOPE, identify(SCOPE, "gone@x.example", None).person.id)
    settings.REUNITE = {**settings.REUNITE, "ERASURE_KEY": "2" * 32}
    id = send()

    for _ in range(MAX_ATTEMPTS + 1):
        (said,) = work()
        assert "set ERASURE_KEY" in said
    waiting = show(SCOPE, id)
    assert (waiting.state, waiting.attempts) == ("waiting", 0)
    assert "set ERASURE_KEY" in waiting.reason

    settings.REUNITE = {**settings.REUNITE, "ERASURE_KEY": "1" * 32}
    assert work() == [f"import {id}: done, 3 rows"]
    assert show(SCOPE, id).reason == ""


def test_a_file_that_cannot_be_read_fails_at_once_and_says_what_to_do(folder):
    unreadable = send(b"no,columns\n1,2\n")
    refused = send(b"email\nnobody\n")
    assert work() == [f"import {unreadable}: failed", f"import {refused}: failed"]
    assert "name them with" in progress.show(SCOPE, unreadable).reason
    assert "1 of 1 rows were refused (invalid_email: 1)" in progress.show(SCOPE, refused).reason
    found = progress.show(SCOPE, refused)
    assert (found.rows, found.refused, found.refused_by_reason) == (1, 1, {"invalid_email": 1})
    with refused_rows(SCOPE, refused) as listed:
        assert listed.read() == b"file,line,reason,column\r\norders.csv,2,invalid_email,email\r\n"
    assert names(folder) == [f"{refused}.refused.csv"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (duckdb.IOException("a@x.example does not fit: No space left on device"), "IMPORT_FOLDER"),
        (OSError(errno.ENOSPC, "No space left", "/srv/a@x.example"), "No room is left"),
        (duckdb.OutOfMemoryException("a@x.example"), "more memory"),
        (MemoryError(), "IMPORT_MEMORY"),
        (pa.ArrowInvalid("a@x.example"), "(ArrowInvalid)"),
        (AdbcError("a@x.example", status_code=AdbcStatusCode.IO), "(OperationalError)"),
        (IntegrityError("a@x.example"), "The database refused a statement (IntegrityError)"),
        (PermissionError(errno.EACCES, "Permission denied", "/srv/a@x.example"), "denied"),
        (ZeroDivisionError("a@x.example\0\ud800"), "(ZeroDivisionError)"),
        (Unusable("\0why\ud800\n"), "why It was tried"),
    ],
)
def test_a_file_that_stops_each_attempt_fails_with_the_third(
    folder, monkeypatch, caplog, error, reason
):
    def stop(duck, files, *_, **__):
        if files[0].name == "poison.csv":
            raise error
        return read(duck, files, *_, **__)

    read = bulk_imports.read
    monkeypatch.setattr(bulk_imports, "read", stop)
    poison = send(b"email\nz@x.example\n", "poison.csv")

    assert work() == [f"import {poison}: attempt 1 of 3 failed"]
    found = progress.show(SCOPE, poison)
    assert (found.state, found.attempts) == ("waiting", 1)
    # Those that were not tried yet go first.
    other = send()
    assert work() == [f"import {other}: done, 3 rows", f"import {poison}: attempt 2 of 3 failed"]
    assert work() == [f"import {poison}: failed"]

    found = progress.show(SCOPE, poison)
    assert (found.state, found.attempts) == ("failed", 3)
    assert reason in found.reason
    assert found.reason.endswith("It was tried 3 times.")
    for text in (found.reason, caplog.text):
        assert "x.example" not in text
        assert "/srv" not in text
    assert names(folder) == [f"{other}.refused.csv"]
    assert work() == []


def test_an_import_that_gets_on_has_all_its_attempts_again(folder, monkeypatch):
    identify(SCOPE, "z@x.example", None)
    monkeypatch.setattr(job, "CHUNK_ROWS", 1)
    calls = []

    def broken(scope, rows, **how):
        calls.append(rows)
        if len(calls) % 2 == 0:
            raise ZeroDivisionError
        return import_rows(scope, rows, **how)

    monkeypatch.setattr(job, "import_rows", broken)
    content = b"email\n" + b"".join(b"%d@x.example\n" % number for number in range(6))
    id = send(content)

    said = [work() for _ in range(6)]

    assert said == [[f"import {id}: attempt 1 of 3 failed"]] * 5 + [[f"import {id}: done, 6 rows"]]
    found = progress.show(SCOPE, id)
    assert (found.contacts, found.persons, found.position) == (6, 6, 6)


def test_what_is_told_to_stop_costs_no_attempt(folder, monkeypatch):
    def told(*_, **__):
        raise SystemExit(0)

    id = send()
    with monkeypatch.context() as patch:
        patch.setattr(bulk_imports, "read", told)
        for _ in range(4):
            with pytest.raises(SystemExit):
                work()
            assert progress.show(SCOPE, id).attempts == 0
    assert work() == [f"import {id}: done, 3 rows"]


def test_a_cancelled_import_is_never_done(folder, monkeypatch):
    waiting = send()
    assert cancel(SCOPE, waiting).state == "cancelled"
    assert cancel(SCOPE, waiting).state == "cancelled"
    assert names(folder) == []
    assert work() == []
    assert send() != waiting

    (running,) = (upload.import_id for upload in pending())

    def cancelled_meanwhile(*arguments, **how):
        cancel(SCOPE, running)
        return read(*arguments, **how)

    read = bulk_imports.read
    monkeypatch.setattr(bulk_imports, "read", cancelled_meanwhile)
    told = work()
    assert told in ([f"import {running}: cancelled"], [f"import {running}: failed"])
    assert progress.show(SCOPE, running).state == "cancelled"
    assert stored_contacts() == []
    assert names(folder) == []
    with pytest.raises(ImportNotFound):
        cancel(SCOPE, running + 1)


@pytest.mark.parametrize("is_first", [True, False])
def test_an_import_that_is_cancelled_while_it_writes_stops_there(
    orders, folder, monkeypatch, is_first
):
    if not is_first:
        identify(SCOPE, "z@x.example", None)
    monkeypatch.setattr(job, "CHUNK_ROWS", 1)
    for name in ("import_rows", "first_load"):
        original = getattr(job, name) if name == "import_rows" else job.first_load.first_load

        def cancelled(scope, what, *, _original=original, **how):
            (found,) = progress.list_imports(SCOPE, after=0, limit=9)
            cancel(SCOPE, found.id)
            return _original(scope, what, **how)

        target = job if name == "import_rows" else job.first_load
        monkeypatch.setattr(target, name, cancelled)

    with pytest.raises(ImportEnded):
        import_files(orders)

    (found,) = progress.list_imports(SCOPE, after=0, limit=9)
    assert (found.state, found.position) == ("cancelled", 0)
    assert len(stored_contacts()) == (0 if is_first else 2)
    assert list(check()) == []
    with pytest.raises(ImportEnded):
        progress.finish(found.id)
    with pytest.raises(ImportEnded):
        progress.begin_attempt(found.id)


def test_an_import_that_is_cancelled_while_it_says_nothing_new_stops_there(orders):
    import_files(orders)
    found = progress.begin(SCOPE, "digest", "again.csv")
    cancel(SCOPE, found.id)
    row = row_of("a@x.example", "1")
    with pytest.raises(ImportEnded):
        import_rows(
            SCOPE, [row], rules=progress.rules_in_force(SCOPE), progress=Progress(found.id, 1)
        )


def test_what_is_done_cannot_be_cancelled(folder):
    id = send()
    work()
    with pytest.raises(ImportEnded):
        cancel(SCOPE, id)


def test_an_import_that_ends_while_it_is_cancelled_stays_as_it_ended(folder, monkeypatch):
    id = send()

    def ended_meanwhile(attempt, **how):
        progress.finish(id)
        return retried(attempt, **how)

    retried = uploads.retried
    monkeypatch.setattr(uploads, "retried", ended_meanwhile)
    with pytest.raises(ImportEnded):
        cancel(SCOPE, id)
    assert progress.show(SCOPE, id).state == "done"


def test_scratch_of_no_upload_is_removed(folder):
    id = send()
    (folder / f"{id}.scratch").mkdir()
    (folder / f"{id + 1}.scratch").mkdir()
    (folder / f"{id + 1}.scratch" / "spilled").touch()
    remove_old()
    assert names(folder) == [f"{id}.json", f"{id}.scratch", f"{id}.upload"]


def test_progress_is_told_while_a_file_is_read(folder, monkeypatch):
    monkeypatch.setattr(meanwhile, "_SECONDS", 0.01)
    stages = []

    def slow(*arguments, **how):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not stages:
            stages.extend(each.stage for each in progress.list_imports(SCOPE, after=0, limit=1))
            time.sleep(0.05)
        return read(*arguments, **how)

    read = bulk_imports.read
    monkeypatch.setattr(bulk_imports, "read", slow)
    id = send()
    assert progress.show(SCOPE, id).stage == ""
    assert work() == [f"import {id}: done, 3 rows"]
    assert stages == ["reading"]
    assert progress.show(SCOPE, id).stage == ""
