"""Imports as processes that are ended: what is told, what is left, and what comes next."""

import json
import os
import re
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.imports.test_uploads import ask, csv_of, is_over, until, until_true, upload, workers
from tests.server import REUNITE, fresh_database, request, running_server

pytestmark = pytest.mark.any_database

PATIENCE_SECONDS = 180


@pytest.fixture
def database(tmp_path):
    with fresh_database(tmp_path) as database:
        yield database


@pytest.fixture
def start(tmp_path, database):
    """Start a command in a process group of its own, with temporary files of its own."""
    (tmp_path / "temporary").mkdir()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "reunite_service.settings",
        "DATABASE_URL": database.url,
        "TMPDIR": str(tmp_path / "temporary"),
    }
    started = []

    def start(*arguments):
        process = subprocess.Popen(
            [*REUNITE, *map(str, arguments)],
            env=environment,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    start("migrate").communicate(timeout=PATIENCE_SECONDS)
    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def write_orders(path, count):
    # Values that only Python reads: so helper processes are at work, too.
    lines = [f"c {number}@x.example,(4155) {number:06}" for number in range(count)]
    path.write_text("\n".join(["email,phone", *lines, ""]))
    return path


def is_reading(folder):
    spilled = list(folder.glob("reunite-bulk-*"))
    return bool(spilled)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"]
)
def test_an_import_that_is_told_to_end_cleans_up_and_says_how_to_go_on(
    tmp_path, start, number, code
):
    write_orders(tmp_path / "orders.csv", 150_000)
    process = start("import", "orders.csv")
    until_true(lambda: is_reading(tmp_path / "temporary"))
    time.sleep(2)

    os.killpg(process.pid, number)  # As a terminal does: also the helper processes.

    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, _but_columns(out)) == (code, "")
    assert err.splitlines()[-1] == "stopped: the same command goes on from where it was"
    assert "Traceback" not in err
    assert list((tmp_path / "temporary").iterdir()) == []
    assert not (tmp_path / "refused.csv").exists()


def test_what_a_killed_import_left_is_removed_by_the_next(tmp_path, start):
    write_orders(tmp_path / "orders.csv", 150_000)
    process = start("import", "orders.csv")
    until_true(lambda: is_reading(tmp_path / "temporary"))
    time.sleep(1)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert is_reading(tmp_path / "temporary")

    (tmp_path / "few.csv").write_text("email\na@x.example\n")
    out, _ = start("import", "few.csv").communicate(timeout=PATIENCE_SECONDS)

    assert "1 new contacts" in out
    assert list((tmp_path / "temporary").iterdir()) == []


def test_mistakes_and_shortages_are_one_line_and_overwrite_nothing(tmp_path, start, database):
    (tmp_path / "orders.csv").write_text("email\na@x.example\n")
    (tmp_path / "refused.csv").symlink_to("orders.csv")
    mistakes = {
        ("--memory", "1MB", "--refused", "r.csv"): "needs more memory than it may have",
        (): "--refused refused.csv would overwrite a file that is in use",
        ("--refused", "orders.csv"): "would overwrite a file that is in use",
        ("--refused", "s.svg", "--chart", "s.svg"): "are the same file",
        ("--chart", "sizes.doc"): "tells no format of a picture",
        ("--chart", "no/sizes.svg"): "no/sizes.svg cannot be written",
        ("--max-refused", "some"): "is no number of rows",
        ("--engine", "spark", "--master", "spark://127.0.0.1:1", "--refused", "r.csv"): (
            "the cluster does not answer at spark://127.0.0.1:1 (Connection refused)"
        ),
    }
    if not database.is_postgresql:
        mistakes["--refused", "reunite.sqlite3"] = "would overwrite a file that is in use"
    processes = [(start("import", "orders.csv", *each), told) for each, told in mistakes.items()]
    for process, told in processes:
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
        assert (process.returncode, _but_columns(out)) == (1, "")
        *_, line = err.splitlines()
        assert line.startswith("reunite: ")
        assert told in line
        assert "uck" not in err
        assert err.count("\n") <= 3
    assert (tmp_path / "orders.csv").read_text() == "email\na@x.example\n"
    assert {state for (state,) in database.rows("SELECT state FROM import")} <= {"failed"}


def test_an_import_of_which_every_row_is_refused_fails(tmp_path, start):
    (tmp_path / "orders.csv").write_text("email\nnobody\nnone\na@x.example\n")
    (tmp_path / "none.csv").write_text("email\nnobody\nnone\n")
    (tmp_path / "empty.csv").write_text("email\n")
    expected = {
        ("orders.csv", "--max-refused", "1"): 1,
        ("orders.csv", "--max-refused", "66%"): 1,
        ("none.csv",): 1,
        ("none.csv", "--dry-run"): 1,
        ("none.csv", "--max-refused", "100%"): 0,
        ("empty.csv",): 0,
        ("orders.csv", "--max-refused", "67%"): 0,
        ("orders.csv", "--max-refused", "2"): 0,
        ("orders.csv",): 0,
    }
    for arguments, code in expected.items():
        process = start("import", *arguments, "--refused", f"{len(arguments)}.csv")
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == code, err
        if code:
            assert "rows were refused (" in err
            assert "so nothing was imported" in err


def kill_helper(server):
    """Kill the process that reads a file, not the worker that started it."""
    group = workers(server)
    for pid in group:
        with suppress(OSError):
            status = Path(f"/proc/{pid}/status").read_text()
            if int(status.partition("PPid:")[2].split()[0]) in group:
                os.kill(pid, signal.SIGKILL)


def test_a_file_that_kills_its_process_stops_no_other(tmp_path):
    with running_server(tmp_path, IMPORT_WORKER="1") as server:
        path = "/imports?name=orders.csv&email=mail&phone=tel"
        rows = [(f"c {n}@x.example", f"(4){n:06}9") for n in range(150_000)]
        poison = upload(server, path, csv_of(rows))[2]["id"]
        until(server, poison, lambda found: found["stage"] == "reading")
        kill_helper(server)
        other = upload(server, path, csv_of([("a@x.example", "1")]))[2]["id"]

        def killed_again(found):
            if found["stage"] == "reading":
                kill_helper(server)
            return is_over(found)

        found = until(server, poison, killed_again)

        assert (found["state"], found["attempts"], found["rows"]) == ("failed", 3, 0)
        assert "was ended (SIGKILL)" in found["reason"]
        assert until(server, other, is_over)["state"] == "done"
        kept = [f"{other}.refused.csv"]
        until_true(lambda: [each.name for each in (tmp_path / "imports").iterdir()] == kept)


def test_an_import_can_be_cancelled_while_it_waits_and_while_it_runs(tmp_path):
    with running_server(tmp_path, IMPORT_WORKER="1") as server:
        server.exchange(request(b'{"email": "c7@x.example", "phoneNumber": "400079"}'))
        rows = [(f"c{n}@x.example", f"4{n:06}9") for n in range(200_000)]
        path = "/imports?name=orders.csv&email=mail&phone=tel"
        running = upload(server, path, csv_of(rows))[2]["id"]
        waiting = upload(server, path, csv_of(rows[:9]))[2]["id"]
        until(server, running, lambda found: found["position"] > 0)

        answers = [ask(server, "DELETE", f"/imports/{id}") for id in (waiting, running)]

        assert [status for status, *_ in answers] == [200, 200]
        assert [json.loads(body)["state"] for *_, body in answers] == ["cancelled"] * 2
        until_true(lambda: not list((tmp_path / "imports").iterdir()))
        last = upload(server, path, csv_of(rows[:9]))[2]["id"]
        assert until(server, last, is_over)["state"] == "done"
        assert ask(server, "DELETE", f"/imports/{last}")[0] == 409
        assert ask(server, "DELETE", "/imports/99999")[0] == 404
        contacts = json.loads(ask(server, "GET", f"/imports/{running}")[2])["contacts"]
        assert 0 < contacts < 200_000
        assert server.check().returncode == 0


def test_a_file_of_nul_characters_leaves_a_reason_and_the_next_goes_on(tmp_path):
    with running_server(tmp_path, IMPORT_WORKER="1") as server:
        nul = upload(server, "/imports?name=nul.csv", "mail\0x,tel\n1,2\n".encode("utf-16-be"))
        next_one = upload(server, "/imports?name=next.csv", b"email\na@x.example\n")
        assert until(server, nul[2]["id"], is_over)["state"] in ("done", "failed")
        assert until(server, next_one[2]["id"], is_over)["state"] == "done"


def _but_columns(out):
    """What was said beside which column is read as what."""
    return re.sub(r"^orders\.csv: reads .*\n", "", out)
