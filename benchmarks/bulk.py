"""Measure imports: ``python -m benchmarks.bulk [--orders FILE] [--rows N] [--only PART]``.

Plans read phone numbers in E.164, and once more in a national form; loads read them as they are.
Each contender runs in a process of its own, one after the other, on the same file: what counts are
the ratios within one run. Times are wall-clock; the processor time is printed beside it, for other
work on the machine makes the first longer, not the second.
"""

import argparse
import multiprocessing
import os
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import psycopg

from benchmarks.databases import PostgreSQL
from reunite.bulk.engine import Engine, engine
from reunite.bulk.example import write_example
from reunite.bulk.files import find
from reunite.bulk.plan import plan
from reunite.bulk.read import Rules, read
from reunite.core.files import Columns
from reunite.core.identifiers import NormalizationRules
from reunite.core.policy import SPEC
from reunite.store.bulk_loads import CONTACT_COLUMNS
from tests.with_postgresql import postgresql

_LATER_ROWS = 100_000
_LATER_TIMES = 5
_BARE_ROWS = 20_000
_BLOCK_BYTES = 256 * 1024
# As PostgreSQL's own documentation advises for populating a database.
_POSTGRESQL = {
    "shared_buffers": "4GB",
    "max_wal_size": "8GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
_WRITE = """COPY (SELECT m.place, m.top, s.created_at, s.email, s.phone_number, s.email_key,
                         s.phone_key
                  FROM member m JOIN said s USING (place)) TO '{path}' (FORMAT parquet)"""


class Measured(NamedTuple):
    """One contender: what it found, how long it took and how large it grew."""

    result: Any
    seconds: float
    processor_seconds: float
    peak_megabytes: float


_IN_E164 = "'+' || regexp_replace(phone, '[^0-9]', '', 'g')"
_NATIONAL = """printf('(%d) %03d-%04d', 201 + hash(phone) % 789,
                      200 + hash(phone) // 789 % 800, hash(phone) // 631200 % 10000)"""


def floor(orders: str) -> object:
    """What no plan can do without: read, normalise, a dictionary of first rows, write."""
    with engine() as duck:
        duck.run(
            f"""CREATE TABLE said AS
                SELECT created_at, lower(email) AS email_key,
                       '+' || regexp_replace(phone, '[^0-9]', '', 'g') AS phone_key
                FROM '{orders}'"""
        )
        for kind in ("email", "phone"):
            duck.run(
                f"""CREATE TABLE {kind} AS SELECT {kind}_key, min(rowid) AS place FROM said
                    GROUP BY 1"""
            )
        first = "SELECT place FROM email UNION SELECT place FROM phone"
        path = duck.folder / "contacts.parquet"
        duck.run(
            f"""COPY (SELECT said.* FROM said JOIN ({first}) f ON f.place = said.rowid)
                TO '{path}' (FORMAT parquet)"""
        )
        return duck.number(f"SELECT count(*) FROM '{path}'")


def planned(orders: str, memory: str | None = None, region: str | None = None) -> object:
    """The whole plan, from the file to the contacts."""
    with engine(memory=memory) as duck:
        _read(duck, orders, region)
        found = plan(duck)
        duck.run(_WRITE.format(path=duck.folder / "contacts.parquet"))
        return found.contacts, found.persons


def planned_in_1_gb(orders: str) -> object:
    return planned(orders, "1GB")


def planned_national(orders: str) -> object:
    return planned(orders, region="US")


def union_find(orders: str) -> object:
    """Plain Python: union-find over identifiers, from the same file, read by the same engine."""
    parent: dict[str, str] = {}
    contacts = 0

    def root(node: str) -> str:
        while parent[node] != node:
            parent[node] = node = parent[parent[node]]
        return node

    with engine() as duck:
        _read(duck, orders)
        for rows in duck.stream(
            "SELECT email_key, phone_key FROM said ORDER BY place", size=100_000
        ):
            for identifiers in rows:
                known = [each for each in identifiers if each is not None]
                contacts += any(each not in parent for each in known)
                for each in known:
                    parent.setdefault(each, each)
                if len(known) > 1:
                    parent[root(known[1])] = root(known[0])
    return contacts, sum(node == above for node, above in parent.items())


def networkx_components(orders: str) -> object:
    """What one would write first."""
    import networkx

    graph = networkx.Graph()
    contacts = 0
    with engine() as duck:
        _read(duck, orders)
        for rows in duck.stream(
            "SELECT email_key, phone_key FROM said ORDER BY place", size=100_000
        ):
            for identifiers in rows:
                known = [each for each in identifiers if each is not None]
                contacts += any(each not in graph for each in known)
                graph.add_nodes_from(known)
                if len(known) > 1:
                    graph.add_edge(*known)
    return contacts, networkx.number_connected_components(graph)


def load_first(orders: str) -> object:
    """``reunite import`` into an empty database, from the file to the commit."""
    return _import(orders)


def load_bare(orders: str) -> object:
    """What the database alone does of it: the same contacts once more, then the main indexes.

    No planning, no foreign keys, checks, links or events; rows are ready before the clock starts.
    """
    url = os.environ["DATABASE_URL"]
    bare = _bare_sqlite if url.startswith("sqlite") else _bare_postgresql
    contacts, seconds = bare(url)
    return contacts, f"{contacts / seconds:,.0f} contacts a second"


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


def load_later(orders: str) -> object:
    """Some rows of the file again, of which every second has an identifier of its own."""
    with engine() as duck:
        later = _later(duck, orders)
        begun = time.monotonic()
        contacts, _ = _import(later)
        return contacts, round(time.monotonic() - begun, 2)


def later_bare(orders: str) -> object:
    """What the database alone does of as many rows: one look-up and one INSERT for all of them.

    No order of rows, so no merges and no secondary of a newcomer; no chunks, so everybody waits;
    no canonical forms but the engine's, no checks, nothing to take up again.
    """
    url = os.environ["DATABASE_URL"]
    bare = _later_sqlite if url.startswith("sqlite") else _later_postgresql
    with engine() as duck:
        later = _later(duck, orders)
        begun = time.monotonic()
        (rows,) = duck.stream(
            f"""SELECT lower(email), '+' || regexp_replace(phone, '[^0-9]', '', 'g'), created_at
                FROM '{later}'""",
            size=_LATER_ROWS,
        )
        contacts = bare(url, rows)
        return contacts, round(time.monotonic() - begun, 2)


def _later(duck: Engine, orders: str) -> str:
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


def _import(orders: str) -> object:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "reunite_service.settings"
    django.setup()
    from django.core.management import call_command

    from reunite.bulk.imports import Request, run

    call_command("migrate", verbosity=0, interactive=False)
    begun: dict[str, float] = {}
    report = run(Request([orders]), tell=lambda what, *_: begun.setdefault(what, time.monotonic()))
    if "loading" not in begun:
        return report.contacts, report.merges
    seconds = time.monotonic() - begun["loading"]
    rate = f"{report.contacts / seconds:,.0f} contacts a second, indexes and commit included"
    return report.contacts, report.merges, rate


def _read(duck: Engine, orders: str, region: str | None = None) -> None:
    files = find([orders], folder=duck.folder)
    rules = Rules(replace(SPEC, normalization=NormalizationRules(default_region=region)))
    read(duck, files, Columns(), rules, at=datetime.now(UTC), workers=os.cpu_count() or 1)


def _measured(contender: Callable[[str], object], orders: str) -> Measured:
    begun = time.monotonic()
    result = contender(orders)
    seconds = time.monotonic() - begun
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return Measured(
        result,
        seconds,
        sum(each.ru_utime + each.ru_stime for each in used),
        used[0].ru_maxrss / 1024,
    )


def _alone(contender: Callable[[str], object], orders: str) -> Measured:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        measured = pool.submit(_measured, contender, orders).result()
    print(
        f"{contender.__name__:20} {measured.seconds:8.1f} s {measured.processor_seconds:8.1f} s "
        f"{measured.peak_megabytes:8,.0f} MB  {measured.result}",
        flush=True,
    )
    return measured


def _rewritten(orders: str, folder: Path, phone: str) -> str:
    """The same orders with phone numbers in another form, given as SQL, as Parquet."""
    path = folder / "rewritten.parquet"
    with engine() as duck:
        duck.run(
            f"""COPY (SELECT * REPLACE (CASE WHEN phone <> '' THEN {phone} END AS phone)
                      FROM '{orders}') TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 122880)"""
        )
    return str(path)


def _settle(url: str) -> None:
    """Let PostgreSQL write what it still has to, which it would else do meanwhile."""
    if not url.startswith("sqlite"):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CHECKPOINT")


@contextmanager
def _databases(folder: Path) -> Iterator[list[str]]:
    with postgresql(**_POSTGRESQL) as url:
        ((huge_pages,),) = PostgreSQL(url, has_events=True).rows("SHOW huge_pages_status")
        print(f"PostgreSQL: {_POSTGRESQL}, huge pages {huge_pages}")
        yield [url, f"sqlite:///{folder / 'bulk.sqlite3'}"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["plan", "national", "load"], help="one part alone")
    parser.add_argument("--orders", help="CSV or Parquet files; orders are made up without")
    parser.add_argument("--rows", type=int, default=1_000_000, help="how many to make up")
    options = parser.parse_args()
    print(f"{'':20} {'wall':>10} {'processor':>10} {'memory':>11}  contacts, persons or merges")
    with tempfile.TemporaryDirectory(prefix="reunite-bench-") as folder:
        orders = options.orders
        if orders is None:
            orders = str(Path(folder) / "orders.csv")
            write_example(Path(orders), rows=options.rows)
        if options.only in {None, "plan"}:
            clean = _rewritten(orders, Path(folder), _IN_E164)
            least, whole, limited, plain, graph = (
                _alone(each, clean)
                for each in (floor, planned, planned_in_1_gb, union_find, networkx_components)
            )
            if not whole.result == limited.result == plain.result == graph.result:
                print("the results differ")
                return 1
            for name, part, of in (
                ("plan / floor (at most 2.6)", whole, least),
                ("plan in 1 GB / plan (at most 1.4)", limited, whole),
                ("union-find / plan (at least 2.5)", plain, whole),
                ("networkx / plan (at least 6)", graph, whole),
            ):
                wall = part.seconds / of.seconds
                processor = part.processor_seconds / of.processor_seconds
                print(f"{name:36} {wall:6.2f} {processor:6.2f}")
        if options.only in {None, "national"}:
            _alone(planned_national, _rewritten(orders, Path(folder), _NATIONAL))
        if options.only in {None, "load"}:
            with _databases(Path(folder)) as urls:
                for url in urls:
                    os.environ["DATABASE_URL"] = url
                    print(url.partition(":")[0])
                    _alone(load_first, orders)
                    _settle(url)
                    later, bare = zip(
                        *(
                            [_alone(each, orders).result[-1] for each in (load_later, later_bare)]
                            for _ in range(_LATER_TIMES)
                        ),
                        strict=True,
                    )
                    print(
                        f"later rows: {median(later):.2f} s ({min(later)} to {max(later)}), "
                        f"the database alone {median(bare):.2f} s ({min(bare)} to {max(bare)})"
                    )
                    _alone(load_bare, orders)
    return 0


if __name__ == "__main__":
    sys.exit(main())
