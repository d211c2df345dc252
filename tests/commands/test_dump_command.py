"""A dump moves everything from one database to another, of whichever kind."""

import os
import subprocess

import pytest

from tests.server import REUNITE, fresh_database

ORDERS = """email,phone,created_at
lorraine@x.example,123456,2024-01-01
mcfly@x.example,123456,2024-01-02
george@x.example,919191,2024-01-03
biff@x.example,717171,2024-01-04
george@x.example,717171,2024-01-05
"""


@pytest.fixture
def run(tmp_path):
    def run(database, *arguments, code=0):
        done = subprocess.run(
            [*REUNITE, *map(str, arguments)],
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "reunite_service.settings",
                "DATABASE_URL": database,
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    return run


def test_everything_moves_to_another_kind_of_database_and_back(run, tmp_path):
    with fresh_database(tmp_path) as database:
        here, there = database.url, f"sqlite:///{tmp_path / 'there.sqlite3'}"
        run(there, "migrate")
        (tmp_path / "orders.csv").write_text(ORDERS)
        run(here, "import", "orders.csv")
        told = run(here, "dump", "one.dump")
        assert told.endswith(" rows written to one.dump\n")
        assert (tmp_path / "one.dump").stat().st_mode & 0o777 == 0o600

        assert " rows loaded" in run(there, "load", "one.dump")

        run(there, "check")
        assert "0 new contacts" in run(there, "import", "orders.csv")
        run(there, "dump", "two.dump.gz")
        with fresh_database(mkdir(tmp_path / "back")) as back:
            run(back.url, "load", "two.dump.gz")
            run(back.url, "check")
            assert exported(run, back.url, tmp_path) == exported(run, here, tmp_path)
        # Of a merge by a request, which contacts alone do not hold, too.
        persons = {line.split(",")[1] for line in exported(run, there, tmp_path)[1:]}
        assert len(persons) == 2
        assert "is not empty" in run(there, "load", "one.dump", code=1)


def mkdir(path):
    path.mkdir()
    return path


def exported(run, url, folder):
    run(url, "export", "contacts", "contacts.csv", "--force")
    return (folder / "contacts.csv").read_text().splitlines()


def test_what_is_no_dump_is_told_in_a_line(run, tmp_path):
    with fresh_database(tmp_path) as database:
        run(database.url, "dump", "good.dump.gz")
        good = (tmp_path / "good.dump.gz").read_bytes()
        (tmp_path / "cut.dump.gz").write_bytes(good[:-9])
        (tmp_path / "changed.dump.gz").write_bytes(good[:40] + b"\0\0\0\0" + good[44:])
        (tmp_path / "orders.csv").write_text(ORDERS)
        (tmp_path / "binary").write_bytes(bytes(256) * 99)
        for arguments, told in {
            ("load", "cut.dump.gz"): "was cut",
            ("load", "changed.dump.gz"): "nothing was",
            ("load", "orders.csv"): "line 1 is no JSON",
            ("load", "binary"): "was cut",
            ("load", "missing"): "missing cannot be read: No such file",
            ("dump", "no/where"): "no/where cannot be written",
            ("dump", "."): ". cannot be written",
        }.items():
            line = run(database.url, *arguments, code=1)
            assert line.startswith("reunite: ")
            assert told in line
            assert line.count("\n") == 1
        if not database.is_postgresql:
            name = database.url.removeprefix("sqlite:///")
            assert "in use" in run(database.url, "dump", name, code=1)
        run(database.url, "load", "good.dump.gz")
