"""A real PgBouncer between Reunite and PostgreSQL."""

import os
import shutil
import subprocess
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.server import HOST, REUNITE, Database, Server, free_port, own_postgresql, request
from tools.debian import find

pytestmark = [
    pytest.mark.thorough,  # Two more servers, and what is tested changes seldom.
    pytest.mark.skipif(find("pgbouncer") is None, reason="there is no pgbouncer here"),
]

CONFIGURATION = """
[databases]
* = host={socket} dbname=postgres user=postgres
[pgbouncer]
listen_addr = {host}
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
default_pool_size = 40
logfile = {folder}/log
"""


@pytest.fixture(scope="module")
def postgresql():
    """The folder of the socket of a PostgreSQL of its own."""
    with own_postgresql() as url:
        yield Path(str(conninfo_to_dict(url)["host"]))


@contextmanager
def pgbouncer(socket, mode):
    """The database behind PgBouncer in a mode."""
    folder = Path(tempfile.mkdtemp(prefix="reunite-pgbouncer-"))
    port = free_port()
    (folder / "configuration").write_text(
        CONFIGURATION.format(socket=socket, host=HOST, port=port, mode=mode, folder=folder)
    )
    command = [find("pgbouncer"), "-q", folder / "configuration"]
    if os.geteuid() == 0:  # It refuses to run as root.
        shutil.chown(folder, socket.owner())
        command[1:1] = ["-u", socket.owner()]
    with subprocess.Popen(command) as process:
        try:
            yield Database(f"postgresql://postgres@{HOST}:{port}/postgres")
        finally:
            process.kill()
            shutil.rmtree(folder)


@pytest.mark.parametrize("mode", ["transaction", "statement"])
def test_a_server_behind_shared_sessions_does_not_start_and_says_why(postgresql, mode):
    with pgbouncer(postgresql, mode) as database:
        for command in ("serve", "check"):
            done = subprocess.run(
                [*REUNITE, command],
                env={
                    **os.environ,
                    "DJANGO_SETTINGS_MODULE": "reunite_service.settings",
                    "DATABASE_URL": database.url,
                    "PORT": str(free_port()),
                },
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            assert done.returncode == 1
            assert "pool_mode = session" in done.stderr
            assert "Traceback" not in done.stderr


def test_a_server_behind_sessions_of_its_own_answers(postgresql, tmp_path):
    with (
        pgbouncer(postgresql, "session") as database,
        closing(Server(database, tmp_path, WORKERS="2", THREADS="4")) as server,
    ):
        server.start()
        for n in range(20):
            assert server.exchange(request(b'{"phoneNumber": "1000%d"}' % (n % 7))).status == 200
        assert server.check().returncode == 0
