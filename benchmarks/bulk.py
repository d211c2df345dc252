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
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.bulk_alone import later_bare, later_rows, load_bare
from benchmarks.bulk_checked import check_all
from benchmarks.databases import PostgreSQL
from reunite.bulk.engine import Engine, engine
from reunite.bulk.example import write_example
from reunite.bulk.files import find
from reunite.bulk.plan import plan
from reunite.bulk.read import Rules, read
from reunite.core.identifiers.kinds import NormalizationRules
from reunite.core.imports.files import Columns
from reunite.core.policy.policy import SPEC
from reunite.core.scope import default_scope
from tests.with_postgresql import postgresql

_LATER_TIMES = 5
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
    """``reunite import`` into an empty database; the load with its commit, in contacts a second."""
    return _import(orders)


def load_later(orders: str) -> object:
    """Some rows of the file again; every second one has an identifier of its own."""
    with engine() as duck:
        later = later_rows(duck, orders)
        begun = time.monotonic()
        contacts, _ = _import(later)
        return contacts, round(time.monotonic() - begun, 2)


def _import(orders: str) -> object:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "reunite_service.settings"
    django.setup()
    from django.core.management import call_command

    from reunite.bulk.imports import Request, run

    call_command("migrate", verbosity=0, interactive=False)
    begun: dict[str, float] = {}
    report = run(
        default_scope(),
        Request([orders]),
        tell=lambda what, *_: begun.setdefault(what, time.monotonic()),
    )
    if "loading" not in begun:
        return report.contacts, report.merges
    seconds = time.monotonic() - begun["loading"]
    return report.contacts, report.merges, round(report.contacts / seconds)


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


@contextmanager
def _databases(folder: Path) -> Iterator[list[str]]:
    with postgresql(**_POSTGRESQL) as url:
        ((huge_pages,),) = PostgreSQL(url, has_events=True).rows("SHOW huge_pages_status")
        print(f"PostgreSQL: {_POSTGRESQL}, huge pages {huge_pages}")
        yield [url, f"sqlite:///{folder / 'bulk.sqlite3'}"]


def _measure_loads(url: str, orders: str) -> None:
    """Loads, each beside what the database alone does of it, and a check of all contacts."""
    first, bare = (_alone(each, orders).result[-1] for each in (load_first, load_bare))
    print(f"load / the database alone, in contacts a second: {first / bare:.2f}")
    print(f"check, contacts/s (at least 60,000): {_alone(check_all, orders).result[-1]:,}")
    if url.startswith("postgresql"):
        # What it still has to write it would else write meanwhile.
        PostgreSQL(url, has_events=True).execute("CHECKPOINT")
    later, bare = zip(
        *(
            [_alone(each, orders).result[-1] for each in (load_later, later_bare)]
            for _ in range(_LATER_TIMES)
        ),
        strict=True,
    )
    print(
        f"later rows: {median(later):.2f} s ({min(later)} to {max(later)}), "
        f"the database alone {median(bare):.2f} s ({min(bare)} to {max(bare)}): "
        f"{median(later) / median(bare):.2f}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["plan", "national", "load"], help="one part alone")
    parser.add_argument("--orders", help="CSV or Parquet files; orders are made up without")
    parser.add_argument("--rows", type=int, default=1_000_000, help="how many to make up")
    options = parser.parse_args()
    print(f"{'':20} {'wall':>10} {'processor':>10} {'memory':>11}  contacts, and what else is told")
    with tempfile.TemporaryDirectory(prefix="reunite-bench-") as folder:
        orders = options.orders or str(Path(folder) / "orders.csv")
        if options.orders is None:
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
                    _measure_loads(url, orders)
    return 0


if __name__ == "__main__":
    sys.exit(main())
