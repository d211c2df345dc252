"""What a database alone does of an import: the least that any import would cost."""

import os
import sqlite3
import tempfile
import time
from contextlib import closing

import psycopg

from reunite.bulk.engine import Engine, engine
from reunite.store.imports.loads import CONTACT_COLUMNS

_LATER_ROWS = 100_000
_BARE_ROWS = 20_000
_BLOCK_BYTES = 256 * 1024


def load_bare(orders: str) -> object:
    """What the database alone does of it: the same contacts once more, then the main indexes.

    No planning, no foreign keys, checks, links or events; rows are ready before the clock starts.
    """
    url = os.environ["DATABASE_URL"]
    bare = _bare_sqlite if url.startswith("sqlite") else _bare_postgresql
    contacts, seconds = bare(url)
    return contacts, round(contacts / seconds)


_BARE_INDEXES = (
    "CREATE INDEX bare_email ON bare (email_key, workspace_id) WHERE email_key IS NOT NULL",
    "CREATE INDEX bare_phone ON bare (phone_key, workspace_id) WHERE phone_key IS NOT NULL",
    "CREATE INDEX bare_linked ON bare (linked_id) WHERE linked_id IS NOT NULL",
)


def _bare_postgresql(url: str) -> tuple[int, float]:
    with tempfile.NamedTemporaryFile() as file, psycopg.connect(url) as connection:
        with connection.cursor() as cursor:
            with cursor.copy("COPY contact TO STDOUT (FORMAT binary)") as copy:
                for block in copy:
                    file.write(block)
            file.flush()
            cursor.execute("CREATE TABLE bare (LIKE contact)")
            connection.commit()
            file.seek(0)
            begun = time.monotonic()
            with cursor.copy("COPY bare FROM STDIN (FORMAT binary)") as copy:
                while block := file.read(_BLOCK_BYTES):
                    copy.write(block)
            contacts = cursor.rowcount
            for statement in ("ALTER TABLE bare ADD PRIMARY KEY (id)", *_BARE_INDEXES):
                cursor.execute(statement)
            connection.commit()
            seconds = time.monotonic() - begun
            cursor.execute("DROP TABLE bare")
        return contacts, seconds


def _bare_sqlite(url: str) -> tuple[int, float]:
    path = url.removeprefix("sqlite:///")
    contacts, seconds = 0, 0.0
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as source,
        closing(sqlite3.connect(f"{path}.bare", isolation_level=None)) as target,
    ):
        rows = source.execute(f"SELECT {', '.join(CONTACT_COLUMNS)} FROM contact ORDER BY id")
        id, *others = CONTACT_COLUMNS
        for statement in (
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
            "PRAGMA cache_size = -262144",
            f"CREATE TABLE bare ({id} INTEGER PRIMARY KEY, {', '.join(others)})",
            "BEGIN IMMEDIATE",
        ):
            target.execute(statement)
        insert = f"INSERT INTO bare VALUES ({', '.join('?' for _ in CONTACT_COLUMNS)})"
        while some := rows.fetchmany(_BARE_ROWS):
            begun = time.monotonic()
            target.executemany(insert, some)
            seconds += time.monotonic() - begun
            contacts += len(some)
        begun = time.monotonic()
        for statement in (*_BARE_INDEXES, "COMMIT"):
            target.execute(statement)
        return contacts, seconds + time.monotonic() - begun


def later_bare(orders: str) -> object:
    """What the database alone does of as many rows: one look-up and one INSERT for all of them.

    No order of rows, so no merges and no secondary of a newcomer; no chunks, so all requests wait;
    no canonical forms but the engine's, no checks, nothing to take up again.
    """
    url = os.environ["DATABASE_URL"]
    bare = _later_sqlite if url.startswith("sqlite") else _later_postgresql
    with engine() as duck:
        later = later_rows(duck, orders)
        begun = time.monotonic()
        (rows,) = duck.stream(
            f"""SELECT lower(email), '+' || regexp_replace(phone, '[^0-9]', '', 'g'), created_at
                FROM '{later}'""",
            size=_LATER_ROWS,
        )
        contacts = bare(url, rows)
        return contacts, round(time.monotonic() - begun, 2)


def later_rows(duck: Engine, orders: str) -> str:
    """A file with some rows of the file, every second with a new email."""
    path = duck.folder / "later.parquet"
    name = f"later{time.time_ns()}n"
    duck.run(
        f"""COPY (SELECT * REPLACE (CASE WHEN n % 2 = 0 THEN '{name}' || n || '@x.example'
                                         ELSE email END AS email)
                  FROM (SELECT *, row_number() OVER () AS n FROM '{orders}'
                        ORDER BY hash(email) LIMIT {_LATER_ROWS}))
            TO '{path}' (FORMAT parquet)"""
    )
    return str(path)


_OWNER = """(SELECT coalesce(linked_id, id) FROM contact
              WHERE workspace_id = later.workspace_id AND {kind}_key = later.{kind}
                AND deleted_at IS NULL LIMIT 1)"""
_OWNED = f"""
    CREATE TEMPORARY TABLE owned AS
    SELECT workspace_id, email, phone, at,
           {_OWNER.format(kind="email")} AS one, {_OWNER.format(kind="phone")} AS other
    FROM (SELECT w.id AS workspace_id, l.* FROM workspace w CROSS JOIN later l) AS later
"""
_JOIN = """
    INSERT INTO contact (workspace_id, email, email_key, phone_number, phone_key, linked_id,
                         link_precedence, created_at, updated_at)
    SELECT workspace_id, email, email, phone, phone, coalesce(one, other),
           CASE WHEN coalesce(one, other) IS NULL THEN 'primary' ELSE 'secondary' END, at, at
    FROM owned WHERE email IS NOT NULL AND one IS NULL OR phone IS NOT NULL AND other IS NULL
"""


def _told(json_object: str, last_id: int) -> str:
    return f"""
        INSERT INTO event (workspace_id, type, person_id, payload, created_at)
        SELECT workspace_id, 'contact.created', coalesce(linked_id, id),
               {json_object}('contactId', id), created_at
        FROM contact WHERE id > {last_id}
    """


def _later_postgresql(url: str, rows: list[tuple[object, ...]]) -> int:
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE later (email text, phone text, at timestamptz) ON COMMIT DROP"
        )
        with cursor.copy("COPY later FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        ((last,),) = cursor.execute("SELECT max(id) FROM contact").fetchall()
        cursor.execute(_OWNED)
        contacts = cursor.execute(_JOIN).rowcount
        cursor.execute(_told("jsonb_build_object", last))
        connection.commit()
    return contacts


def _later_sqlite(url: str, rows: list[tuple[object, ...]]) -> int:
    path = url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in (
            "PRAGMA synchronous = FULL",
            "PRAGMA foreign_keys = ON",
            "CREATE TEMPORARY TABLE later (email, phone, at)",
            "BEGIN IMMEDIATE",
        ):
            connection.execute(statement)
        connection.executemany(
            "INSERT INTO later VALUES (?, ?, ?)",
            [(email, phone, str(at)) for email, phone, at in rows],
        )
        ((last,),) = connection.execute("SELECT max(id) FROM contact").fetchall()
        connection.execute(_OWNED)
        contacts = connection.execute(_JOIN).rowcount
        connection.execute(_told("json_object", last))
        connection.execute("COMMIT")
    return contacts
