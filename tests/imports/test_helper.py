"""The process that reads uploads may end in any way; the worker goes on."""

import multiprocessing
import os
import signal
import threading
import time

import pytest

from reunite.bulk import helper as helper_module
from reunite.bulk.helper import helper, resident_bytes
from reunite.core.imports.files import Columns
from reunite.services.imports import progress
from reunite.services.imports.pending_uploads import pending
from reunite.services.imports.progress import begin_attempt
from reunite.services.imports.uploads import how_to_read, receive
from tests.imports import work
from tests.scopes import SCOPE

pytestmark = pytest.mark.any_database

MEMORY_BYTES = 512 * 1024**2


@pytest.fixture
def upload(tmp_path, settings):
    settings.REUNITE = {"IMPORT_FOLDER": str(tmp_path), "IMPORT_MEMORY": MEMORY_BYTES}
    content = b"email\na@x.example\n"
    receive(
        SCOPE, "a.csv", how_to_read("a.csv", columns=Columns()), [content], size_bytes=len(content)
    )
    (upload,) = pending()
    begin_attempt(upload.import_id)
    return upload


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (work.take_memory, "IMPORT_MEMORY"),
        (work.end, "(exit code 3)"),
        (work.be_killed, "(SIGKILL)"),
    ],
)
def test_a_process_that_ends_costs_an_attempt_and_says_how(upload, what, reason):
    with helper(what) as started:
        assert started.attempt(upload) == "attempt 1 of 3 failed"
        assert reason in progress.show(SCOPE, upload.import_id).reason
        begin_attempt(upload.import_id)
        assert started.attempt(upload) == "attempt 2 of 3 failed"


def test_a_process_is_used_again_unless_it_holds_much_memory(upload, monkeypatch):
    with helper(work.say_where) as started:
        first = started.attempt(upload)
        monkeypatch.setattr(helper_module, "_REUSED_BELOW", 0.99)
        again = started.attempt(upload)
        assert started.attempt(upload) == again
        monkeypatch.setattr(helper_module, "_REUSED_BELOW", 0)
        assert started.attempt(upload) == again
        assert started.attempt(upload) != again
        assert first != str(os.getpid())


def test_an_error_outside_an_attempt_is_told_without_values(upload):
    with helper(work.raise_value) as started:
        assert started.attempt(upload) == "to be tried again: ZeroDivisionError"
        assert started.attempt(upload) == "to be tried again: ZeroDivisionError"


def test_a_process_stops_when_its_file_is_deleted(upload):
    with helper(work.take_long) as started:
        deleting = threading.Timer(3, upload.path.unlink)
        deleting.start()
        began = time.monotonic()
        assert started.attempt(upload) == "cancelled"
        deleting.join()
        assert time.monotonic() - began < 60
    assert list(upload.folder.iterdir()) == []


def test_a_process_that_deletes_its_file_may_take_a_moment_to_say_so(upload):
    with helper(work.finish_slowly) as started:
        assert started.attempt(upload) == "done"


def test_a_process_that_died_between_two_files_is_replaced(upload):
    with helper(work.say_where) as started:
        pid = int(started.attempt(upload))
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while multiprocessing.active_children() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert int(started.attempt(upload)) != pid


def test_memory_of_a_process_that_is_gone_is_none():
    assert resident_bytes(os.getpid()) > 10 * 1024**2
    assert resident_bytes(2**22 + 1) == 0
