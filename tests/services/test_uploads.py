"""Uploads: what is kept of a file that comes, and who may import it."""

import fcntl
import os
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from reunite import models
from reunite.core.errors import (
    BulkNotInstalled,
    ImportNotFound,
    InvalidUpload,
    NothingToStart,
    RefusedNotFound,
    UploadNotKept,
    UploadTooLarge,
)
from reunite.core.imports.files import Columns
from reunite.services.imports import dry_runs, progress, uploads
from reunite.services.imports.kinds import for_kinds_in_force
from reunite.services.imports.pending_uploads import (
    KEEP_STRAYS,
    claim,
    in_turn,
    pending,
    remove,
    remove_old,
)
from reunite.services.imports.uploads import (
    Reading,
    Upload,
    how_to_read,
    reading_of,
    receive,
    refused_rows,
)
from tests.builders import set_policy
from tests.scopes import SCOPE

CSV = Reading("csv", None, Columns(email=("mail",)))
CONTENT = b"mail\na@x.example\n"


@pytest.fixture
def folder(tmp_path, settings):
    folder = tmp_path / "uploads"
    settings.REUNITE = {"IMPORT_FOLDER": str(folder), "IMPORT_MAX_BYTES": 100}
    return folder


def send(*pieces, reading=CSV, scope=SCOPE):
    pieces = pieces or (CONTENT[:3], CONTENT[3:])
    return receive(scope, "orders.csv", reading, pieces, size_bytes=sum(map(len, pieces)))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def age(path, by):
    old = time.time() - by.total_seconds() - 60
    os.utime(path, (old, old))


def test_a_file_waits_under_the_id_of_its_import_for_this_user_alone(folder):
    found = send()

    assert (found.state, found.name) == ("waiting", "orders.csv")
    assert names(folder) == [f"{found.id}.json", f"{found.id}.upload"]
    assert (folder / f"{found.id}.upload").read_bytes() == CONTENT
    modes = [path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())]
    assert modes == [0o700, 0o600, 0o600]
    with claim(SCOPE, *pending()) as claimed:
        assert (claimed.found.id, claimed.reading) == (found.id, CSV)


def test_the_same_file_is_one_import_until_it_is_done(folder):
    found = send()
    assert send(CONTENT).id == found.id
    other = send(reading=Reading("csv", None, Columns()))
    assert other.id != found.id
    assert [each.import_id for each in pending()] == [found.id, other.id]
    assert [each.id for each in progress.list_imports(SCOPE, after=0, limit=1)] == [found.id]
    assert [each.id for each in progress.list_imports(SCOPE, after=found.id, limit=9)] == [other.id]
    latest = progress.list_latest_imports(SCOPE, limit=9)
    assert [each.id for each in latest] == [other.id, found.id]
    latest = progress.list_latest_imports(SCOPE, before=other.id, limit=9)
    assert [each.id for each in latest] == [found.id]

    progress.finish(found.id)
    assert send().id > other.id


def test_workspaces_take_turns(folder):
    other, late = (
        replace(SCOPE, workspace_id=models.Workspace.objects.create(name=name).id)
        for name in ("other", "late")
    )
    many = [send(CONTENT, b"b%d@x.example\n" % number).id for number in range(4)]
    few = [send(CONTENT, b"c%d@x.example\n" % number, scope=other).id for number in range(2)]
    turns = in_turn()
    assert [next(turns).import_id for _ in range(3)] == [many[0], few[0], many[1]]
    newcomer = send(scope=late).id
    progress.begin_attempt(many[2])  # What was tried already comes last of its workspace.
    assert [each.import_id for each in turns] == [newcomer, few[1], many[3], many[2]]


def test_a_dry_run_is_an_import_of_its_own_until_it_is_started(folder):
    reading = {"name": "orders.csv", "reading": CSV, "size_bytes": len(CONTENT)}
    dry = receive(SCOPE, pieces=[CONTENT], is_dry=True, **reading)
    assert dry.is_dry
    assert send().id != dry.id
    assert receive(SCOPE, pieces=[CONTENT], is_dry=True, **reading).id != dry.id
    with pytest.raises(NothingToStart):
        dry_runs.start(SCOPE, dry.id)

    progress.begin_attempt(dry.id)
    progress.tell_counts(dry.id, rows=3, refused={"invalid_email": 1}, left_out={})
    progress.foretell(dry.id, contacts=4, persons=3, merges=2, held=1)
    progress.finish(dry.id)
    told = progress.show(SCOPE, dry.id)
    assert (told.contacts, told.persons, told.merges, told.held) == (4, 3, 2, 1)
    upload = Upload(folder, dry.id)
    with claim(SCOPE, upload) as claimed:
        assert claimed is None
    assert (upload.path.exists(), upload.told_path.exists()) == (False, True)

    started = dry_runs.start(SCOPE, dry.id)

    assert (started.state, started.is_dry, started.rows, started.refused) == (
        *("waiting", False, 0, 0),
    )
    assert (started.contacts, started.attempts, started.refused_by_reason) == (0, 0, {})
    with claim(SCOPE, upload) as claimed:
        assert claimed.reading == CSV
    with pytest.raises(NothingToStart):
        dry_runs.start(SCOPE, dry.id)
    with pytest.raises(ImportNotFound):
        dry_runs.start(SCOPE, dry.id + 99)


def test_the_file_of_a_dry_run_is_kept_for_a_day(folder):
    dry = receive(SCOPE, "orders.csv", CSV, [CONTENT], size_bytes=len(CONTENT), is_dry=True)
    progress.begin_attempt(dry.id)
    progress.finish(dry.id)
    upload = Upload(folder, dry.id)
    dry_runs.set_aside(upload)
    dry_runs.set_aside(upload)
    remove_old()
    assert upload.told_path.exists()
    assert dry_runs.is_kept(progress.show(SCOPE, dry.id))

    age(upload.told_path, KEEP_STRAYS)
    remove_old()

    assert names(folder) == []
    with pytest.raises(NothingToStart):
        dry_runs.start(SCOPE, dry.id)
    assert progress.show(SCOPE, dry.id).is_dry
    assert not dry_runs.is_kept(progress.show(SCOPE, dry.id))
    assert not dry_runs.is_kept(send())


def test_the_file_of_a_dry_run_is_deleted_on_request(folder):
    dry = receive(SCOPE, "orders.csv", CSV, [CONTENT], size_bytes=len(CONTENT), is_dry=True)
    progress.begin_attempt(dry.id)
    progress.finish(dry.id)
    dry_runs.set_aside(Upload(folder, dry.id))
    for _ in range(2):
        assert uploads.cancel(SCOPE, dry.id).state == "done"
        assert names(folder) == []


def test_a_file_that_was_lost_can_be_sent_again_for_the_same_import(folder):
    found = send()
    remove(Upload(folder, found.id))
    assert pending() == []
    assert send().id == found.id
    assert [each.import_id for each in pending()] == [found.id]


def test_a_file_that_breaks_off_leaves_nothing(folder):
    def broken():
        yield CONTENT
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        receive(SCOPE, "orders.csv", CSV, broken(), size_bytes=99)
    assert names(folder) == []
    assert not models.Import.objects.exists()


def test_what_cannot_be_taken_in_is_refused_before_it_is_read(folder, monkeypatch):
    for size_bytes, error in ((101, UploadTooLarge), (0, InvalidUpload)):
        with pytest.raises(error):
            receive(SCOPE, "orders.csv", CSV, iter(()), size_bytes=size_bytes)
    monkeypatch.setattr(uploads, "has_extra", lambda: False)
    with pytest.raises(BulkNotInstalled):
        send()
    assert not folder.exists()


def test_a_folder_that_cannot_be_written_is_told(folder):
    folder.write_text("no folder")
    with pytest.raises(UploadNotKept):
        send()
    assert not models.Import.objects.exists()


@pytest.mark.parametrize(
    ("name", "format", "expected"),
    [
        ("orders.csv", None, ("csv", None)),
        ("Orders.2024.JSONL.GZ", None, ("jsonl", "gzip")),
        ("заказы.parquet", None, ("parquet", None)),
        ("orders.zst", "csv", ("csv", "zstd")),
        ("orders", "jsonl", ("jsonl", None)),
    ],
)
def test_a_name_tells_how_to_read_a_file(name, format, expected):
    reading = how_to_read(name, format=format, columns=Columns())
    assert (reading.format, reading.compression) == expected


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "invalid_name"),
        ("../orders.csv", "invalid_name"),
        ("a/orders.csv", "invalid_name"),
        ("a\\orders.csv", "invalid_name"),
        ("a\0.csv", "invalid_name"),
        (".csv", "invalid_name"),
        ("=1.csv", "invalid_name"),
        ("a" * 252 + ".csv", "invalid_name"),
        ("orders", "unknown_format"),
        ("orders.gz", "unknown_format"),
        ("orders.xlsx", "unknown_format"),
    ],
)
def test_a_name_that_tells_nothing_is_refused(name, code):
    with pytest.raises(InvalidUpload) as refused:
        how_to_read(name, columns=Columns())
    assert [(each.field, each.code) for each in refused.value.errors] == [("name", code)]


def test_an_upload_is_for_one_process_until_that_ends(folder):
    send()
    (upload,) = pending()
    with upload.path.open("rb") as elsewhere:
        fcntl.flock(elsewhere, fcntl.LOCK_EX)
        with claim(SCOPE, upload) as claimed:
            assert claimed is None
    with claim(SCOPE, upload) as claimed:
        assert claimed is not None


def test_what_is_over_is_removed_and_never_imported_again(folder):
    found = send()
    (upload,) = pending()
    upload.clear_scratch()
    progress.fail(found.id, "why")
    with claim(SCOPE, upload) as claimed:
        assert claimed is None
    assert names(folder) == []
    with claim(SCOPE, upload) as claimed:
        assert claimed is None


def test_files_of_another_database_are_left_alone_for_a_day(folder):
    found = send()
    (upload,) = pending()
    models.Import.objects.update(digest="another")
    (folder / "999999.upload").write_bytes(CONTENT)
    (folder / "notes.upload").write_bytes(CONTENT)
    strays = pending()
    assert strays == [upload, Upload(folder, 999999)]
    for stray in strays:
        with claim(SCOPE, stray) as claimed:
            assert claimed is None
        age(stray.path, KEEP_STRAYS)
    assert f"{found.id}.upload" in names(folder)
    for stray in strays:
        with claim(SCOPE, stray) as claimed:
            assert claimed is None
    assert names(folder) == ["notes.upload"]


def test_how_to_read_a_file_may_not_be_lost(folder):
    send()
    (upload,) = pending()
    for text in ("{", "[]", '{"columns": {"no": 1}}', "{}"):
        upload.reading_path.write_text(text)
        with claim(SCOPE, upload) as claimed:
            assert claimed is None


def test_lists_of_refused_rows_and_unfinished_files_are_not_kept_for_ever(folder):
    remove_old()
    folder.mkdir()
    for name, by in (
        ("1.refused.csv", timedelta(days=30)),
        ("2.refused.csv", KEEP_STRAYS),
        ("a.part", KEEP_STRAYS),
    ):
        (folder / name).touch()
        age(folder / name, by)
    (folder / "b.part").touch()
    assert remove_old() == 1
    assert names(folder) == ["2.refused.csv", "b.part"]


def test_a_file_that_is_gone_is_not_old(folder, monkeypatch):
    folder.mkdir()
    (folder / "a.part").symlink_to(folder / "nowhere")
    remove_old()
    assert names(folder) == ["a.part"]


def test_refused_rows_are_listed_when_the_import_is_done(folder):
    with pytest.raises(ImportNotFound):
        refused_rows(SCOPE, 1)
    found = send()
    with pytest.raises(RefusedNotFound):
        refused_rows(SCOPE, found.id)
    progress.finish(found.id)
    with pytest.raises(RefusedNotFound):
        refused_rows(SCOPE, found.id)
    Upload(folder, found.id).refused_path.write_text("file,line,reason\n")
    with refused_rows(SCOPE, found.id) as file:
        assert file.read() == b"file,line,reason\n"


def test_the_columns_of_declared_kinds_are_kept_with_an_upload(folder):
    set_policy(kinds=[["customerNumber", {}]])
    asked = Columns(identifiers=(("customerNumber", "a"), ("customerNumber", "b")))
    assert for_kinds_in_force(SCOPE, asked).declared == ("customerNumber",)

    found = [
        receive(SCOPE, "a.csv", how_to_read("a.csv", columns=columns), [b"a"], size_bytes=1)
        for columns in (asked, Columns(), asked)
    ]

    assert found[0].id == found[2].id != found[1].id
    reading, _ = reading_of(Upload(folder, found[0].id))
    assert reading.columns == asked


def test_a_column_of_a_kind_that_is_not_declared_is_refused():
    with pytest.raises(InvalidUpload) as refused:
        for_kinds_in_force(SCOPE, Columns(identifiers=(("card", "a"),)))

    (error,) = refused.value.errors
    assert (error.field, error.code) == ("identifier", "undeclared_kind")
    assert "?identifier= names the kind card" in error.detail
    assert "it declares none" in error.detail
