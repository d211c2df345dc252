"""Times that the engine reads by itself are those that ``core.records`` reads."""

from itertools import product

from reunite.bulk.engine import engine
from reunite.bulk.sql import READ_TIME, source
from reunite.core.imports.records.columns import Chosen
from reunite.core.imports.records.times import FIRST_TIME, LAST_TIME, time_reader

DAYS = ("0001-01-01", "0001-01-02", "1500-02-29", "1582-10-10", "1900-02-29", "1969-12-31",
        "2000-02-29", "2021-03-28", "2021-02-30", "2021-13-01", "9999-12-31")  # fmt: skip
CLOCKS = ("T00:00:00", " 23:59:59", "T02:30:00.5", "T12:34:56.123456", "T12:34:56.1234567",
          "T24:00:00", "T12:60:00", " 12:34", "")  # fmt: skip
OFFSETS = ("", "Z", "+00:00", "-13:59", "+13:59", "+14:00", "-0500", " UTC")
OTHERS = ("", " ", "soon", " 2021-01-28", "20210128", "Jan 28, 2021 5:14:15 AM", "infinity")


def test_engine_reads_times_as_the_core_does():
    texts = [*map("".join, product(DAYS, CLOCKS, OFFSETS)), *OTHERS]
    reader = time_reader()
    with engine(threads=1) as duck:
        duck.define_times(READ_TIME, reader)
        duck.run("CREATE TABLE text (value VARCHAR)")
        duck.add_columns("text", value=texts)
        chosen = Chosen(email=(), phone_number=(), created_at=0, external_id=None, source=None)
        read_at = source("text", chosen, lambda _: "value", date_format=None).read_at
        found = duck.rows(
            f"""SELECT value, CASE WHEN read BETWEEN '{FIRST_TIME}' AND '{LAST_TIME}' THEN read END
                FROM (SELECT value, {read_at} AS read FROM text)"""
        )
    assert found == [(text, reader(text)) for text in texts]
