"""Backups of a PostgreSQL database, by PostgreSQL's own programs.

Only the tables of the service are written and replaced: others may share the database. Passwords
travel in the environment, never on a command line.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.core.management import CommandError
from django.db import connection
from psycopg.conninfo import make_conninfo

from reunite.services.feed.restart import new_feed_id

_NOT_LIBPQ = {"context", "cursor_factory", "prepare_threshold"}
_BEAT_SECONDS = 5.0
_OTHERS = """
    SELECT count(*), quote_ident(current_schema()) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'reunite' AND pid <> pg_backend_pid()
"""


def back_up(file: Path) -> None:
    """Dump the tables of the service into the file, from one snapshot."""
    tables = [f"--table={table}" for table in _tables()]
    address, environment = _connection()
    command = [_program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", *tables]
    with subprocess.Popen(
        [*command, f"--file={file}", f"--dbname={address}"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as dump:
        while True:
            try:
                _, errors = dump.communicate(timeout=_BEAT_SECONDS)
                break
            except subprocess.TimeoutExpired:
                print(f"{file.stat().st_size:,} bytes written", file=sys.stderr)
    if dump.returncode:
        if "version mismatch" in errors:
            raise CommandError(
                "pg_dump is older than the server: install PostgreSQL's client programs of the "
                "server's version"
            )
        raise CommandError(f"the database cannot be dumped: {_first_line(errors)}")
    with file.open("rb") as written:
        os.fsync(written.fileno())


def migrations_in(file: Path) -> set[str]:
    """The migrations of Reunite in a backup; none if it is no database of Reunite."""
    found = subprocess.run(
        [_program("pg_restore"), "--data-only", "--table=django_migrations", "--file=-", file],
        capture_output=True,
        text=True,
        check=False,
    )
    rows = (line.split("\t") for line in found.stdout.splitlines())
    return {row[2] for row in rows if len(row) > 2 and row[1] == "reunite"}  # noqa: PLR2004


def restore(file: Path, *, restarts_feed: bool) -> None:
    """Replace the tables of the service by those of the backup, in one transaction.

    With ``restarts_feed`` the feeds get another id.

    Raises CommandError while another process of Reunite uses the database.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS)
        ((others, schema),) = cursor.fetchall()
    if others:
        raise CommandError("other processes use the database: stop servers and workers first")
    tables = _tables()
    connection.close()
    address, environment = _connection()
    psql = [_program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
    # Of an error its code alone: the message may hold a row.
    psql += ["--set=VERBOSITY=sqlstate", "--output=/dev/null"]
    with (
        subprocess.Popen(
            [*psql, f"--dbname={address}"],
            env=environment,
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as writer,
        subprocess.Popen(
            [_program("pg_restore"), "--no-owner", "--no-privileges", "--file=-", file],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as reader,
    ):
        assert writer.stdin is not None  # noqa: S101  # for mypy
        assert reader.stdout is not None  # noqa: S101  # for mypy
        drops = "".join(f'DROP TABLE IF EXISTS "{table}" CASCADE;\n' for table in tables)
        try:
            writer.stdin.write(f"BEGIN;\n{drops}".encode())
            shutil.copyfileobj(reader.stdout, writer.stdin)
            # Without this line nothing is kept: a backup that cannot be read changes nothing.
            if reader.wait() == 0:
                if restarts_feed:
                    writer.stdin.write(_restart_feed(schema).encode())
                writer.stdin.write(b"COMMIT;\n")
        except BrokenPipeError:
            reader.kill()
        _, errors = writer.communicate()
    if writer.returncode or reader.returncode:
        reason = _first_line(errors.decode(errors="replace")) or "the file cannot be read"
        raise CommandError(f"the database is as it was: {reason}")


def _restart_feed(schema: str) -> str:
    """The statement for psql; a dump leaves it without a search path."""
    return f"UPDATE {schema}.workspace SET feed_id = '{new_feed_id()}';\n"  # noqa: S608  # hex


def _tables() -> list[str]:
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    with connection.cursor() as cursor:
        existing = connection.introspection.table_names(cursor)
    return sorted({*names, *({"django_migrations"} & set(existing))})


def _connection() -> tuple[str, dict[str, str]]:
    """The address without the password, and the environment that holds it."""
    given: dict[str, Any] = connection.get_connection_params()
    password = given.pop("password", None)
    address = make_conninfo(**{k: v for k, v in given.items() if k not in _NOT_LIBPQ})
    secret = {"PGPASSWORD": password} if password else {}
    return address, {**os.environ, **secret}


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise CommandError(
            f"{name} is not installed: install PostgreSQL's client programs, not older than the "
            "server (Debian: apt-get install postgresql-client)"
        )
    return found


def _first_line(errors: str) -> str:
    lines = [line for line in errors.splitlines() if "error" in line.lower()]
    return lines[0].strip().rstrip(".") if lines else ""
