"""Files of every form are read alike; what cannot be read is told, never dropped."""

import gzip
import io
import sys
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from reunite.bulk.engine import engine
from reunite.bulk.example import write_example
from reunite.bulk.files import Unreadable, find
from reunite.bulk.read import Rules, read
from reunite.bulk.refused import write_refused
from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.imports.files import Columns
from reunite.core.policy.policy import SPEC
from tests.builders import NOON

CSV = """\
E-Mail,Phone Number,created_at,external_id
a@x.example,1,2023-04-01T12:00:00Z,o1
B@x.example,+1 415 555 2671,2023-04-01 14:30:00+02:00,o2
"""
AT_NOON = NOON.replace(tzinfo=None)  # As DuckDB has it: in UTC.
SAID = [
    ("a@x.example", "a@x.example", "1", "1", AT_NOON, "o1"),
    ("B@x.example", "b@x.example", "+1 415 555 2671", "+14155552671",
     AT_NOON + timedelta(minutes=30), "o2"),
]  # fmt: skip


def said(*patterns, columns=None, format=None, policy=SPEC, refused=None, **rules):
    """The rows that are not refused, and how many are, by reason."""
    with engine(threads=1) as duck:
        files = find([str(each) for each in patterns], folder=duck.folder, format=format)
        asked = Columns(**(columns or {}))
        read(duck, files, asked, Rules(policy, **rules), at=NOON, workers=1)
        rows = duck.rows(
            """SELECT email, email_key, phone_number, phone_key, created_at, external_id
               FROM said ORDER BY place"""
        )
        return rows, write_refused(duck, refused)


def refused_lines(tmp_path, text, **how):
    path, refused = tmp_path / "orders.csv", tmp_path / "refused.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    said(path, refused=refused, **how)
    header, *lines = refused.read_text().splitlines()
    assert header == "file,line,reason,column"
    return [tuple(line.split(",")[1:3]) for line in lines]


def test_columns_are_recognised_and_times_are_utc(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(CSV)
    assert said(path) == (SAID, {})


def test_compressed_files_jsonl_parquet_globs_and_standard_input_are_read_alike(
    tmp_path, monkeypatch
):
    path = tmp_path / "orders.csv"
    path.write_text(CSV)
    (tmp_path / "orders.csv.gz").write_bytes(gzip.compress(CSV.encode()))
    with engine(threads=1) as duck:
        for name, how in (
            ("orders.jsonl", "FORMAT json"),
            ("orders.csv.zst", "FORMAT csv, COMPRESSION zstd"),
            ("orders.parquet", "FORMAT parquet"),
        ):
            rows = f"SELECT * FROM read_csv('{path}', all_varchar = true)"
            duck.run(f"COPY ({rows}) TO '{tmp_path / name}' ({how})")
    for name in ("orders.csv.gz", "orders.csv.zst", "orders.jsonl", "orders.parquet", "*.jsonl"):
        assert said(tmp_path / name) == (SAID, {}), name
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(CSV.encode())))
    assert said("-", format="csv") == (SAID, {})


def test_times_numbers_and_mixed_values_of_a_type_are_read(tmp_path):
    parquet, lines = tmp_path / "typed.parquet", tmp_path / "mixed.jsonl"
    with engine(threads=1) as duck:
        duck.run(
            f"""COPY (SELECT 'a@x.example' AS email, 123::bigint AS phone,
                             TIMESTAMP '2023-04-01 12:00:00' AS created_at)
                TO '{parquet}' (FORMAT parquet)"""
        )
    lines.write_text('{"email": "a@x.example", "phone": 123}\n{"phone": "4-5", "created": "x"}\n')
    assert said(parquet)[0] == [("a@x.example", "a@x.example", "123", "123", AT_NOON, None)]
    rows, refused = said(lines, columns={"created_at": "created"})
    assert [row[2] for row in rows] == ["123"]
    assert refused == {"invalid_created_at": 1}


def test_rows_without_a_time_are_of_the_time_of_the_import(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("email,created_at\na@x.example,\n")
    (row,), _ = said(path)
    assert row[4].replace(tzinfo=UTC) == NOON


def test_every_refused_row_is_told_with_its_line_and_reason(tmp_path):
    text = """\
email,phone,created_at,external_id,source
a@x.example,1,,,
a,2,,,
b@x.example,x,,,
too,many,columns,a,b,c,d
,,,,
none,0000000,,,
c@x.example,3,yesterday,,
"two
lines@x.example",4,,,
d@x.example,5,infinity,,
e@x.example,6,,{long},
f@x.example,7,,,{long}
\u2003,,,,
""".replace("{long}", "x" * 256)
    assert refused_lines(tmp_path, text) == [
        ("3", "invalid_email"),
        ("4", "invalid_phone_number"),
        ("5", "malformed"),
        ("6", "no_identifier"),
        ("7", "no_usable_identifier"),
        ("8", "invalid_created_at"),
        ("9", "invalid_email"),
        ("10", "invalid_created_at"),
        ("11", "invalid_external_id"),
        ("12", "invalid_source"),
        ("13", "no_identifier"),
    ]


def test_lines_that_are_no_text_are_told(tmp_path):
    text = b"email\na@x.example\nb\xff@x.example\nc\n"
    assert refused_lines(tmp_path, text) == [("3", "invalid_encoding"), ("4", "invalid_email")]


def test_lines_are_counted_in_each_file(tmp_path):
    for name in ("1.csv", "2.csv"):
        (tmp_path / name).write_text("email\na@x.example\nb\n")
    refused = tmp_path / "refused"
    said(tmp_path / "1.csv", tmp_path / "2.csv", refused=refused)
    assert refused.read_text().splitlines()[1:] == [
        f"{tmp_path / '1.csv'},3,invalid_email,email",
        f"{tmp_path / '2.csv'},3,invalid_email,email",
    ]


def listed(tmp_path, name, text, **how):
    path, refused = tmp_path / name, tmp_path / "refused.csv"
    path.write_text(text)
    said(path, refused=refused, **how)
    return [tuple(line.split(",")[1:]) for line in refused.read_text().splitlines()[1:]]


def test_each_wrong_value_of_a_row_is_told_with_its_column(tmp_path):
    text = f"""\
email,Phone,Created at,external_id,Xanthippe
a,b,2021-01-28,,
a@x.example,b,2021-01-28,,
a,1,,,
a,b,yesterday,{"x" * 256},
,,yesterday,,
none,0000000,yesterday,,
none,b,,,
none,0000000,,,
too,many,,,,values
"""
    assert listed(tmp_path, "orders.csv", text) == [
        ("2", "invalid_email", "email"),
        ("2", "invalid_phone_number", "Phone"),
        ("3", "invalid_phone_number", "Phone"),
        ("4", "invalid_email", "email"),
        ("5", "invalid_created_at", "Created at"),
        ("5", "invalid_external_id", "external_id"),
        ("5", "invalid_email", "email"),
        ("5", "invalid_phone_number", "Phone"),
        ("6", "invalid_created_at", "Created at"),
        ("6", "no_identifier", ""),
        ("7", "invalid_created_at", "Created at"),
        ("7", "no_usable_identifier", ""),
        ("8", "invalid_phone_number", "Phone"),
        ("9", "no_usable_identifier", ""),
        ("10", "malformed", ""),
    ]


def test_of_several_columns_of_a_kind_the_list_names_the_one_with_the_value(tmp_path):
    text = "Phone,Mobile,Email,E-mail\n1,b,c,\na,b,,\nnone,b,c,d\n1,2,,\nnone,,d,none\n"
    columns = {"phone_number": ("Phone", "Mobile"), "email": ("Email", "E-mail")}
    assert listed(tmp_path, "orders.csv", text, columns=columns) == [
        ("2", "invalid_email", "Email"),
        ("2", "invalid_phone_number", "Mobile"),
        ("3", "invalid_phone_number", "Phone"),
        ("3", "invalid_phone_number", "Mobile"),
        ("4", "invalid_email", "Email"),
        ("4", "invalid_email", "E-mail"),
        ("4", "invalid_phone_number", "Mobile"),
        ("5", "not_joined", ""),
        ("6", "invalid_email", "Email"),
    ]


def test_the_list_names_no_column_that_may_be_a_value(tmp_path):
    text = "email ann,phone\na,1\nb,c\n"
    told = [("2", "invalid_email", "column 1"), ("3", "invalid_email", "column 1"),
            ("3", "invalid_phone_number", "phone")]  # fmt: skip
    assert listed(tmp_path, "orders.csv", text, columns={"email": ("email ann",)}) == [
        (line, reason, column.replace("column 1", "email ann")) for line, reason, column in told
    ]
    assert listed(tmp_path, "o.csv", "emailhanna@,phone\na,b\n", columns={"email": ()}) == [
        ("2", "invalid_phone_number", "phone")
    ]


def test_what_is_wrong_beside_an_erased_identifier_is_not_told(tmp_path):
    text = "email,phone\na@x.example,b\nb@x.example,b\n"

    def erased(identifiers):
        return {each for each in identifiers if each.key == "a@x.example"}

    assert listed(tmp_path, "orders.csv", text, erased=erased) == [
        ("3", "invalid_phone_number", "phone")
    ]


def test_retired_identifiers_do_not_count_and_erased_ones_are_refused(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("email,phone\na@x.example,1\nb@x.example,2\n,1\nc@x.example,3\n")

    def erased(identifiers):
        return {each for each in identifiers if each.key == "c@x.example"}

    rows, refused = said(path, retired=[Identifier(Kind.PHONE, "1")], erased=erased)
    assert [(row[1], row[3]) for row in rows] == [("a@x.example", None), ("b@x.example", "2")]
    assert refused == {"no_usable_identifier": 1, "erased": 1}


@pytest.mark.parametrize(
    ("name", "text", "columns", "message"),
    [
        ("missing.csv", None, {}, "there is no file"),
        ("orders.doc", "x", {}, "not known as CSV"),
        ("orders.xlsx", "x", {}, "is a workbook: save it as CSV in UTF-8"),
        ("orders.zip", "x", {}, "is an archive: unpack it"),
        ("orders.csv", "a,b\n1,2\n", {}, "name them with --email and --phone"),
        ("orders.csv", "email\na@x.example\n", {"phone_number": ("tel",)}, "that --phone gives"),
        ("orders.parquet", "no Parquet", {}, "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path, name, text, columns, message):
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(Unreadable, match=message):
        said(tmp_path / name, columns=columns)


def test_an_amount_of_memory_is_one(tmp_path):
    with pytest.raises(ValueError, match="no amount of memory"), engine(memory="much"):
        pass


def test_an_example_has_what_orders_have_and_is_the_same_each_time(tmp_path):
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    for path in (one, other):
        write_example(path, rows=2_000)
    assert Path(one).read_text() == Path(other).read_text()
    rows, refused = said(one)
    assert len(rows) + sum(refused.values()) == 2_000
    assert len({row[1] for row in rows}) < 1_000
