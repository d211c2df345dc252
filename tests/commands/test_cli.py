"""The `reunite` command as a person runs it."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.any_database

REUNITE = Path(sys.executable).with_name("reunite")


def environment(tmp_path, **variables):
    database = os.environ.get("DATABASE_URL", f"sqlite:///{tmp_path / 'cli.sqlite3'}")
    settings = {"DJANGO_SETTINGS_MODULE": "reunite_service.settings", "DATABASE_URL": database}
    return {**os.environ, **settings, **variables}


def run(*arguments, tmp_path, prefix=(), **variables):
    return subprocess.run(
        [*prefix, REUNITE, *arguments],
        env=environment(tmp_path, **variables),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def told_in_one_line(result):
    """What a failed command said: one line on standard error, and no traceback."""
    assert result.returncode not in (0, 2), result
    (line,) = result.stderr.strip().splitlines()
    assert line.startswith("reunite: ")
    return line


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def listening():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_help_lists_the_commands(tmp_path):
    result = run("--help", tmp_path=tmp_path)
    assert result.returncode == 0
    for command in ("serve", "migrate", "check"):
        assert re.search(rf"^ +{command} ", result.stdout, re.MULTILINE)


def test_version_tells_which_one_is_installed(tmp_path):
    assert run("--version", tmp_path=tmp_path).stdout == f"reunite {metadata.version('reunite')}\n"


def test_serve_migrates_greets_and_its_curl_line_works_when_pasted(tmp_path, free_port):
    if "DATABASE_URL" not in os.environ:
        assert not (tmp_path / "cli.sqlite3").exists()
    server = subprocess.Popen(
        [REUNITE, "serve"],
        env=environment(tmp_path, PORT=str(free_port), WORKERS="1"),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        lines = [server.stdout.readline() for _ in range(5)]
        assert f"http://127.0.0.1:{free_port}" in lines[0]
        curl = " ".join(line.strip().removesuffix("\\") for line in lines[3:])
        answer = subprocess.run(
            [*shlex.split(curl), "--silent"], capture_output=True, text=True, check=False
        ).stdout
        assert '"emails":["mcfly@hillvalley.edu"]' in answer
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=20)
    assert server.returncode == 0
    assert run("check", tmp_path=tmp_path).returncode == 0


def test_a_port_in_use_is_told(tmp_path, listening):
    result = run("serve", tmp_path=tmp_path, PORT=str(listening))
    assert f"cannot listen on 127.0.0.1:{listening}" in told_in_one_line(result)


@pytest.mark.parametrize("command", ["serve", "migrate", "check"])
def test_a_database_that_cannot_be_reached_is_told_without_its_password(
    tmp_path, free_port, command
):
    url = f"postgresql://reunite:secret@127.0.0.1:{free_port}/orders"
    result = run(command, tmp_path=tmp_path, DATABASE_URL=url, PORT=str(free_port))

    line = told_in_one_line(result)
    assert "does not run at the host and port in DATABASE_URL" in line
    assert "secret" not in line


def test_a_host_that_there_is_not_is_told(tmp_path):
    url = "postgresql://reunite:secret@database.invalid/orders"
    line = told_in_one_line(run("migrate", tmp_path=tmp_path, DATABASE_URL=url))
    assert line.endswith("the host in DATABASE_URL is not known.")


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("user", "name", "told"),
    [
        ("postgres", "nothing", "no database of that name"),
        ("nobody", "postgres", "no role of that name"),
    ],
)
def test_a_database_that_postgresql_does_not_have_is_told(tmp_path, user, name, told):
    address = urlsplit(os.environ["DATABASE_URL"])
    url = f"postgresql://{user}:secret@/{name}?{address.query}"
    line = told_in_one_line(run("migrate", tmp_path=tmp_path, DATABASE_URL=url))
    assert told in line
    assert "secret" not in line


def test_a_file_that_is_no_database_is_told(tmp_path):
    (tmp_path / "orders.csv").write_text("email\n" + "a@x.example\n" * 1_000)
    url = f"sqlite:///{tmp_path / 'orders.csv'}"
    line = told_in_one_line(run("check", tmp_path=tmp_path, DATABASE_URL=url))
    assert "no SQLite database" in line


@pytest.mark.parametrize("command", [["check"], ["import", "orders.csv"], ["policy", "show"]])
def test_a_database_without_tables_is_told_to_migrate(tmp_path, command):
    (tmp_path / "orders.csv").write_text("email\na@x.example\n")
    url = f"sqlite:///{tmp_path / 'new.sqlite3'}"
    assert "run `reunite migrate`" in told_in_one_line(
        run(*command, tmp_path=tmp_path, DATABASE_URL=url)
    )


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_folder_that_cannot_be_written_is_told(tmp_path, free_port, command):
    folder = tmp_path / "read-only"
    folder.mkdir(mode=0o555)
    # Root may write everywhere, unless it gives up that right.
    as_others = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
    url = f"sqlite:///{folder / 'reunite.sqlite3'}"

    result = run(command, tmp_path=folder, prefix=as_others, DATABASE_URL=url, PORT=str(free_port))

    assert "this user may write the file and the folder" in told_in_one_line(result)


def test_a_folder_that_there_is_not_is_told(tmp_path):
    url = f"sqlite:///{tmp_path / 'gone' / 'reunite.sqlite3'}"
    line = told_in_one_line(run("migrate", tmp_path=tmp_path, DATABASE_URL=url))
    assert "see that its folder exists" in line


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"PORT": "eighty"}, "PORT"),
        ({"PORT": "99999"}, "99999"),
        ({"WORKERS": "0"}, "WORKERS"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL"),
        ({"DEFAULT_REGION": "USA"}, "DEFAULT_REGION"),
        ({"LOCK_TIMEOUT_SECONDS": "-1"}, "LOCK_TIMEOUT_SECONDS"),
    ],
)
def test_a_setting_that_cannot_be_is_named(tmp_path, free_port, variables, named):
    result = run("serve", tmp_path=tmp_path, **{"PORT": str(free_port), **variables})
    assert named in told_in_one_line(result)


def test_a_command_that_does_not_exist_is_refused(tmp_path):
    result = run("reconcile", tmp_path=tmp_path)
    assert result.returncode == 2
    assert "invalid choice" in result.stderr
