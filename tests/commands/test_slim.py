"""Without the extra for files, all else works, and files say what to install."""

import json
import os
import subprocess
import sys

import pytest

from tests.server import fresh_database

# Not numpy, too: the driver of PostgreSQL takes any entry with that name for numpy itself.
_WITHOUT = """
import sys
for name in "adbc_driver_manager adbc_driver_sqlite duckdb matplotlib pgpq pyarrow".split():
    sys.modules[name] = None  # As if it was not installed.
"""
_ASK = """
import json, django
from reunite_service.cli import main
try:
    main(["migrate"])
except SystemExit as end:
    assert not end.code, end.code
django.setup()
from django.test import Client
sent = {"email": "ann@hillvalley.edu"}
answer = Client(HTTP_HOST="localhost").post("/identify", sent, content_type="application/json")
print(json.dumps([answer.status_code, answer.json()["contact"]["emails"]]))
"""
_RUN = "from reunite_service.cli import main; main(sys.argv[1:])"


@pytest.fixture
def run(tmp_path):
    """Run Python code without what files need, on a new database."""
    with fresh_database(tmp_path) as database:

        def run(code, *arguments):
            return subprocess.run(
                [sys.executable, "-c", _WITHOUT + code, *arguments],
                env={
                    **os.environ,
                    "DJANGO_SETTINGS_MODULE": "reunite_service.settings",
                    "DATABASE_URL": database.url,
                },
                cwd=tmp_path,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )

        yield run


def test_requests_are_answered_without_what_files_need(run):
    asked = run(_ASK)
    assert asked.returncode == 0, asked.stderr
    assert json.loads(asked.stdout.splitlines()[-1]) == [200, ["ann@hillvalley.edu"]]


def test_a_file_says_what_to_install(run, tmp_path):
    (tmp_path / "orders.csv").write_text("email\nann@hillvalley.edu\n")
    for command in (["import", "orders.csv"], ["export", "contacts", "contacts.parquet"]):
        told = run(_RUN, *command)
        assert told.returncode == 1
        (line,) = told.stderr.strip().splitlines()
        assert "files need the extra [bulk]" in line
        assert "pip install" in line
