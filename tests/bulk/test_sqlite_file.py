"""A table in a file of its own: all the rows, or the error that SQLite would give."""

import sqlite3
from contextlib import closing

import pyarrow as pa
import pytest

from reunite.bulk import sqlite_file
from reunite.bulk.sqlite_file import write_table

CREATE = "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT CHECK (name <> ''), note TEXT)"


def batch(**columns):
    return pa.record_batch(columns)


def rows_in(path):
    with closing(sqlite3.connect(path)) as file:
        return file.execute("SELECT * FROM t ORDER BY id").fetchall()


def test_rows_of_all_batches_are_there_by_the_names_of_columns(tmp_path):
    batches = [batch(name=["Zoë", None], id=[7, 2]), batch(name=["c"], id=[5])]
    path = write_table(tmp_path / "rows", "t", CREATE, batches)
    assert rows_in(path) == [(2, None, None), (5, "c", None), (7, "Zoë", None)]


def test_what_an_attempt_before_left_is_gone(tmp_path):
    for id in (1, 2):
        path = write_table(tmp_path / "rows", "t", CREATE, [batch(id=[id])])
    assert rows_in(path) == [(2, None, None)]


@pytest.mark.parametrize("wrong", [batch(id=[1]), batch(id=[2], name=[""])])
def test_broken_constraints_are_errors(wrong, tmp_path):
    with pytest.raises(sqlite3.IntegrityError, match="constraint failed"):
        write_table(tmp_path / "rows", "t", CREATE, [batch(id=[1]), wrong])


def test_a_full_disk_is_an_error_that_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite_file, "_PRAGMAS", [*sqlite_file._PRAGMAS, "max_page_count = 10"])
    with pytest.raises(sqlite3.OperationalError, match="disk is full"):
        write_table(tmp_path / "rows", "t", CREATE, [batch(name=["n" * 1000] * 100)])


def test_what_stops_the_batches_is_raised_as_it_is(tmp_path):
    def batches():
        yield batch(id=[1])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_table(tmp_path / "rows", "t", CREATE, batches())
