"""No command, worker or stored message tells a value: marked files are searched for in all output.

What a command is asked to show is not searched: the files that ``export``, ``dump`` and ``backup``
write. A path that a user types is shown to that user, so paths of commands hold no marks here.
"""

import argparse
import json
import subprocess
import sys
from contextlib import closing

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reunite_service.cli import _parser
from tests.api.test_marked_values import refuse_rows
from tests.forked import commands
from tests.imports.test_uploads import is_over, until, upload
from tests.marks import MARKS, lines_with_marks
from tests.server import running_server

ONE, OTHER = MARKS[0], MARKS[1]
HEADER = "email,phone,name\n"
ROWS = "".join(f"{each.email},{each.phone},{each.name}\n" for each in (ONE, OTHER))
# A command has a line here, so that a new one cannot be forgotten.
COMMANDS = {
    "serve": None,  # tests/api/test_marked_values.py
    "migrate": (("migrate",),),
    "check": (("check",),),
    "backup": (("backup", "{folder}/kept"),),
    "restore": (("restore", "{folder}/bad.csv"), ("restore", "{folder}/kept")),
    "import": (
        ("import", "{folder}/good.csv", "--dry-run"),
        ("import", "{folder}/good.csv", "--email", ONE.email),
        ("import", "{folder}/good.csv", "--encoding", ONE.name),
        ("import", "{folder}/good.csv", "--date-format", ONE.name),
    ),
    "export": (("export", "contacts", "{folder}/out.csv"), ("export", "persons", "{folder}/p.csv")),
    "example": (("example", "{folder}/example.csv", "--rows", "10"),),
    "dump": (("dump", "{folder}/all.dump"),),
    "load": (("load", "{folder}/bad.csv"), ("load", "{folder}/all.dump")),
    "worker": (("worker", "--once"),),
    "rebuild": (("rebuild", "--dry-run"), ("rebuild",)),
    "policy": (
        ("policy", "apply", "{folder}/policy.json"),
        ("policy", "apply", "{folder}/bad.csv"),
        ("policy", "upgrade", "--dry-run"),
        ("policy", "cancel"),
    ),
    "prune": (("prune",),),
    "restart-feed": (("restart-feed",),),
    "keys": (("keys", "list"), ("keys", "revoke", ONE.name)),
    "workspaces": (("workspaces", "create", "Second"), ("workspaces", "list")),
    "webhooks": (
        ("webhooks", "create", f"https://{ONE.email}"),
        ("webhooks", "create", "https://shop.example/", "--type", ONE.name),
        ("webhooks", "list"),
    ),
    "django": (("django", "check"),),
}


@pytest.fixture
def server(tmp_path):
    with running_server(tmp_path, IMPORT_WORKER="1", TMPDIR=str(tmp_path)) as server:
        yield server


def files():
    """Contents by name: of each format, whole, broken, without a header, of refused rows."""
    table = pa.table({"email": [ONE.email, OTHER.email], ONE.email: [ONE.phone, OTHER.phone]})
    parquet = pa.BufferOutputStream()
    pq.write_table(table, parquet)
    whole = parquet.getvalue().to_pybytes()
    nameless = pa.BufferOutputStream()
    pq.write_table(pa.table({ONE.email: [ONE.email], ONE.name: [ONE.name]}), nameless)
    record = {"email": ONE.email, "phone": ONE.phone, ONE.name: OTHER.email}
    malformed = "".join(f"{each.replace(',', '')}\n" for each in ONE.all)
    return {
        "good.csv": (HEADER + ROWS).encode(),
        "without-header.csv": ROWS.encode(),
        "only-name.csv": f"{ONE.name} Quux,{ONE.phone[1:4]} {ONE.phone[4:]}\n".encode(),
        "bad.csv": f'{ONE.email},"{ONE.name}\n{ONE.phone}'.encode(),
        "refused.csv": ("email,phone\n" + f"{ONE.local}@,{ONE.name}\n" * 3).encode(),
        "malformed.csv": ("email\n" + malformed).encode(),
        "times.csv": f"email,created_at\n{ONE.email},{ONE.name}\n".encode(),
        "hostile.csv": f"email ({ONE.email}),phone {ONE.name},{ONE.phone}\na,b,c\n".encode(),
        "latin.csv": f"email\n{ONE.name}\xff@x.example\n".encode("latin-1"),
        "good.jsonl": (json.dumps(record) + "\n").encode(),
        "bad.jsonl": (json.dumps(record)[:-9] + "\n" + json.dumps(ONE.email)).encode(),
        "nameless.jsonl": json.dumps({ONE.email: ONE.name, ONE.name: {ONE.phone: 1}}).encode(),
        "good.parquet": whole,
        "cut.parquet": whole[:-40],
        "nameless.parquet": nameless.getvalue().to_pybytes(),
        "text.parquet": ROWS.encode(),
        "cut.csv.gz": b"\x1f\x8b\x08" + ROWS.encode(),
        "array.json": json.dumps([record, ONE.email, [OTHER.phone]]).encode(),
    }


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    for name, content in files().items():
        (folder / name).write_bytes(content)
    policy = {"placeholders": [ONE.email], ONE.email: ONE.name, "hubs": ONE.phone}
    (folder / "policy.json").write_text(json.dumps(policy))
    return folder


@pytest.fixture
def told(server, tmp_path):
    """What a command wrote to both outputs."""
    with commands(server.environment, tmp_path) as running:

        def told(*arguments):
            done = running.run(*arguments)
            return f"{done.stdout}\n{done.stderr}"

        yield told


def stored(server):
    """What is kept of imports and events."""
    rows = server.database.rows("SELECT name, reason, notes FROM import")
    return "\n".join(map(repr, [*rows, *server.database.rows("SELECT payload FROM event")]))


def all_commands(folder):
    for each in COMMANDS.values():
        for arguments in each or ():
            yield [argument.format(folder=folder) for argument in arguments]


def test_each_command_is_searched():
    (found,) = (each for each in _parser()._actions if isinstance(each, argparse._SubParsersAction))
    assert set(found.choices) == set(COMMANDS)


@pytest.mark.any_database
def test_no_command_tells_a_value(server, folder, told):
    for name in files():
        refused = ("--refused", str(folder / "list.csv"))
        output = told("import", str(folder / name), *refused)
        assert lines_with_marks(output) == [], name
        if (folder / "list.csv").exists():
            assert lines_with_marks((folder / "list.csv").read_text()) == [], name
    for arguments in all_commands(folder):
        assert lines_with_marks(told(*arguments)) == [], arguments
    assert lines_with_marks(stored(server)) == []
    assert lines_with_marks(server.log) == []


def test_no_command_tells_a_value_when_the_database_refuses_its_rows(server, folder, told):
    refuse_rows(server.database, ONE)
    output = told("import", str(folder / "good.csv"))
    assert "database refused" in output
    with closing(server.database.connect()) as connection:
        connection.execute("ALTER TABLE link RENAME TO elsewhere")
    for arguments in all_commands(folder):
        output += told(*arguments)
    assert "the database cannot be used (" in output
    assert lines_with_marks(output) == []
    assert lines_with_marks(stored(server)) == []


@pytest.mark.any_database
def test_no_upload_tells_a_value(server):
    ids = {
        name: upload(server, f"/imports?name={name}", content)[2]["id"]
        for name, content in files().items()
    }
    states = {until(server, id, is_over)["state"] for id in ids.values()}
    refuse_rows(server.database, ONE)
    again = HEADER + f"other.{ONE.email},,{ONE.name}\n"
    id = upload(server, "/imports?name=again.csv", again.encode())[2]["id"]

    assert until(server, id, is_over)["state"] == "failed"
    assert states == {"done", "failed"}
    assert lines_with_marks(stored(server)) == []
    assert lines_with_marks(server.log) == []


UNFORESEEN = """
import sys, threading, warnings
from reunite.causes import hide_messages
_, email, phone, name = sys.argv
hide_messages()
class Late:
    def __del__(self):
        raise ValueError(email)
warnings.warn(email, UserWarning)
late = Late()
del late
thread = threading.Thread(target=int, args=(email,))
thread.start()
thread.join()
try:
    int(phone + "x")
except ValueError as error:
    raise RuntimeError(name) from error
"""


def test_what_nobody_foresaw_is_told_by_its_type_and_its_place(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(UNFORESEEN)
    done = subprocess.run(
        [sys.executable, script, ONE.email, ONE.phone, ONE.name],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    for words in (
        "UserWarning",
        "ignored: builtins.ValueError",
        "a thread ended: ",
        "RuntimeError",
    ):
        assert words in done.stderr
    assert lines_with_marks(done.stderr) == []
