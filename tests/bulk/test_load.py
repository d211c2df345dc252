"""What a load gives to a database."""

import sqlite3
from contextlib import closing

from reunite.bulk.engine import engine
from reunite.bulk.load import _source


def test_there_are_no_more_files_than_sqlite_attaches_however_small_the_batches_are():
    with engine(threads=1) as duck:
        # Fewer were counted than come, as if batches held less than they were asked to.
        rows = _source(duck, "SELECT range AS id FROM range(200_000)", ("id",), 1)
        found = []
        for path in rows.sqlite_files("t", "CREATE TABLE t (id INTEGER PRIMARY KEY)"):
            with closing(sqlite3.connect(path)) as file:
                found += file.execute("SELECT count(*) FROM t").fetchone()
    assert len(found) == 4
    assert sum(found) == 200_000
