"""A record that breaks the rules of CSV is refused alone, never its neighbours."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reunite.core.imports.records.columns import Chosen
from reunite.core.imports.records.csv_rows import csv_rows
from reunite.core.imports.records.footer import MAX_FOOTERS
from reunite.core.imports.records.text import Lines, text_of
from reunite.core.imports.records.values import UNREADABLE, Skipped

BAD, BLANK = Skipped.MALFORMED, Skipped.BLANK


def rows_of(content, *, delimiter=",", width=2, wanted=(0, 1)):
    text = text_of(io.BytesIO(b"the header\n" + content), "utf-8")
    chosen = Chosen(tuple(wanted), (), None, None, None)
    return list(csv_rows(Lines(text), delimiter, width=width, chosen=chosen))


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b'a,"red, blue"\n', [("a", "red, blue")]),
        (b'a,"5"" screen"\n', [("a", '5" screen')]),
        (b'a,"5" screen, ok"\nb,"green, ok"\n', [BAD, ("b", "green, ok")]),
        (b'a,5" screen\n', [("a", '5" screen')]),
        (b'a,"open\nb,1\nc,2\n', [BAD, ("b", "1"), ("c", "2")]),
        (b'a,"open\nb,"1,2"\nc,3', [BAD, ("b", "1,2"), ("c", "3")]),
        (b'a,"two\r\nlines"\nb,1', [("a", "two\r\nlines"), ("b", "1")]),
        (b"a\n\nb,\n", [("a", ""), BLANK, ("b", "")]),
        (b"a,1,,\nb,1,2\n", [("a", "1"), BAD]),
        (b"a,1\r\nb,2\rc,3\n", [("a", "1"), ("b", "2"), ("c", "3")]),
        (b"a,\xff\nb,2\n", [Skipped.NOT_TEXT, ("b", "2")]),
        (b"#1001,1\n# not,a comment\n", [("#1001", "1"), ("# not", "a comment")]),
        (b"a,\0\n", [("a", "\0")]),
    ],
)
def test_each_record_stands_for_itself(content, rows):
    assert rows_of(content) == rows


def test_a_field_of_megabytes_is_read_over_and_refused_where_it_is_wanted():
    content = b"a," + b"x" * 3_000_000 + b"\nb,1\n"
    assert rows_of(content, wanted=[0]) == [("a",), ("b",)]
    assert rows_of(content) == [("a", UNREADABLE), ("b", "1")]


def test_a_value_is_measured_in_bytes():
    assert rows_of("{0},1\n{0}a,2\n".format("é" * 2048).encode()) == [
        ("é" * 2048, "1"),
        (UNREADABLE, "2"),
    ]


def test_a_record_that_is_never_closed_does_not_take_the_file_along(monkeypatch):
    monkeypatch.setattr("reunite.core.imports.records.text.RECORD_MAX_LENGTH", 100)
    rows = [b"n%d,1" % number for number in range(1_000)]
    read = rows_of(b'a,"open\n' + b"\n".join(rows))
    assert read == [BAD, *(tuple(row.decode().split(",")) for row in rows)]


values = st.text(alphabet='ab,;"\n\r é', max_size=6)


@given(st.lists(st.tuples(values, values, values), min_size=1, max_size=8))
def test_what_a_writer_of_csv_writes_is_read_back(rows):
    written = io.StringIO(newline="")
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows(rows)
    read = rows_of(written.getvalue().encode(), width=3, wanted=[0, 1, 2])
    assert read == rows


@given(
    st.lists(st.lists(values, min_size=1, max_size=3), max_size=5),
    st.text(alphabet='ab,"', max_size=8),
)
def test_a_bad_line_changes_no_row_above_it(rows, line):
    written = io.StringIO(newline="")
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows(rows)
    content = written.getvalue().encode()
    above = rows_of(content, width=3, wanted=[0, 1, 2])
    below = rows_of(content + line.encode(), width=3, wanted=[0, 1, 2])
    assert below[: len(above)] == above


A_ROW = "Ann,ann@x.example,"


@pytest.mark.parametrize(
    "footer",
    [
        "Total,,5", "TOTAL:,,5", ",Total,5", "Grand total,,5", "Total (5),,5", "Total: 5,,",
        "Total 5 orders,,5", "Total orders,,5", "Sous-total,,5", "Total général,,", "Summe,,2",
        "Gesamt,,2", "Итого,,3", "合計,,3", "합계:,,3", "الإجمالي,,3", 'סה""כ,,3',
        "Count: 12,,12", "** Total **,,5", "Összesen,,5", "Total,none,", "Total,,12.50",
        "Grand Total,,28311100203", "Gesamtergebnis,,8311100203", "合計,,28311100203",
        "Total,,2.83111E+10", 'Total,,"28,311,100,203"', "Total,,28311100203.00",
    ],
)  # fmt: skip
def test_a_footer_is_no_row(footer):
    footer = f'"{footer.partition(",")[0]}",{footer.partition(",")[2]}'
    content = f"Name,email,phone\n{A_ROW}\n{footer}\n\n{footer}\n,,\n".encode()
    chosen = Chosen((1,), (2,), None, None, None)
    rows = list(csv_rows(Lines(text_of(io.BytesIO(content), "utf-8")), ",", width=3, chosen=chosen))
    assert rows[1:] == [Skipped.SUMMARY, BLANK, Skipped.SUMMARY, ("", "")]


@pytest.mark.parametrize(
    "row",
    [
        "Total,total@x.example,5", "Total,,5550101", "Total Wines,,5", "SUM-1001,,5", "Ann,,5",
        "Total,,14155550101", "Grand Total,,+14155550101", "Grand Total,,030901820",
        "Total 1999 Ltd,,5", "x" * 50 + ",,5", "Sumatra,,5", "Total Ann,,5", "123,,5", ",,5",
    ],
)  # fmt: skip
def test_the_last_row_is_no_footer_if_it_may_be_a_persons(row):
    content = f"Name,email,phone\n{A_ROW}\n{row}\n".encode()
    chosen = Chosen((1,), (2,), None, None, None)
    rows = list(csv_rows(Lines(text_of(io.BytesIO(content), "utf-8")), ",", width=3, chosen=chosen))
    assert rows[1:] == [tuple(row.split(",")[1:])]


def test_only_the_last_records_of_a_file_are_footers():
    total = b"Total,5\n"
    assert rows_of(total + b"a@x,1\n" + total) == [("Total", "5"), ("a@x", "1"), Skipped.SUMMARY]
    assert rows_of(total + b'"open\n') == [("Total", "5"), BAD]
    assert rows_of(total * (MAX_FOOTERS + 2)) == [
        *[("Total", "5")] * 2, *[Skipped.SUMMARY] * MAX_FOOTERS
    ]  # fmt: skip
