"""A disk of its own, of a few megabytes, that becomes full below a running server."""

import os
import shutil
import subprocess
import tempfile
import time
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from tests.server import Database, Server, fresh_database, request

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")

KNOWN = request(b'{"email": "known@x.example"}')
READY = request(method="GET", path="/readyz")
_MOUNT, _UMOUNT = map(shutil.which, ("mount", "umount"))
_TABLESPACE = "reunite_small"
_PATIENCE_SECONDS = 60


@contextmanager
def small_disk(owner: int):
    """A folder on a disk of 8 MB."""
    folder = Path(tempfile.mkdtemp(prefix="reunite-disk-"))
    options = f"size=8m,mode=700,uid={owner}"
    mounted = subprocess.run(
        [_MOUNT, "-t", "tmpfs", "-o", options, "tmpfs", folder], check=False, timeout=60
    )
    try:
        if mounted.returncode:
            pytest.skip("this root may not mount a disk")
        yield folder
    finally:
        # Processes that were killed may hold its files for a moment.
        subprocess.run([_UMOUNT, "-l", folder], check=False, timeout=60)
        folder.rmdir()


@contextmanager
def database_on(stack, folder):
    """A database, and the small disk that holds it, or on PostgreSQL its contacts."""
    database = stack.enter_context(fresh_database(folder))
    if not database.is_postgresql:
        with small_disk(os.geteuid()) as disk:
            copied = disk / "reunite.sqlite3"
            copied.write_bytes(Path(database.url.removeprefix("sqlite:///")).read_bytes())
            yield Database(f"sqlite:///{copied}"), disk
        return
    ((data,),) = database.rows("SHOW data_directory")
    with small_disk(Path(data).stat().st_uid) as disk, closing(database.connect()) as connection:
        connection.execute(f"CREATE TABLESPACE {_TABLESPACE} LOCATION '{disk}'")
        connection.execute(f"ALTER TABLE contact SET TABLESPACE {_TABLESPACE}")
        yield database, disk
        connection.execute("ALTER TABLE contact SET TABLESPACE pg_default")
        connection.execute(f"DROP TABLESPACE {_TABLESPACE}")


@pytest.fixture
def server_on_disk(tmp_path):
    with ExitStack() as stack:
        database, disk = stack.enter_context(database_on(stack, tmp_path))
        server = Server(database, tmp_path)
        stack.callback(server.close)
        server.start()
        yield server, disk


def fill(disk):
    """Write a file until nothing more fits."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        while True:
            file.write(bytes(4096))
    return filler


def post(server, number):
    body = b'{"email": "e%d@x.example", "phoneNumber": "%d"}' % (number, 5_550_000 + number)
    return server.exchange(request(body, headers=[f"X-Request-Id: order-{number}"]))


def wait_until_ready(server, status):
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (answer := server.exchange(READY)).status != status:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return answer


def test_a_full_disk_is_named_loses_nothing_and_needs_no_restart(server_on_disk, tmp_path):
    server, disk = server_on_disk
    assert server.exchange(KNOWN).status == 200
    filler = fill(disk)

    answers = []
    while not answers or answers[-1].status == 200:
        answers.append(post(server, len(answers)))
        assert len(answers) < 10_000

    *_, refused = answers
    assert refused.status == 503
    assert b'"storage_full"' in refused.body
    assert refused.headers["Retry-After"] == "60"
    (line,) = [each for each in server.log.splitlines() if f"order-{len(answers) - 1})" in each]
    assert "StorageFull" in line
    assert ("53100" if server.database.is_postgresql else "SQLITE_FULL") in line
    assert server.exchange(KNOWN).status == 200
    assert b'"storage_full"' in wait_until_ready(server, 503).body
    orders = tmp_path / "orders.csv"
    rows = "".join(f"f{n}@x.example,{7_770_000 + n}\n" for n in range(2_000))
    orders.write_text(f"email,phone\n{rows}")
    with server.running("import", str(orders), "--refused", str(tmp_path / "refused.csv")) as run:
        _, told = run.communicate(timeout=_PATIENCE_SECONDS)
    assert run.returncode == 1
    assert told.splitlines()[-1].startswith("reunite: The disk of the database is full")

    filler.unlink()

    assert post(server, len(answers) - 1).status == 200
    assert wait_until_ready(server, 200).status == 200
    assert len(server.database.contacts()) == 1 + len(answers)
    assert server.check().returncode == 0
