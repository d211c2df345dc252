"""A cluster reads what one machine reads: the same rows, times and refusals, line by line."""

import csv
from decimal import Decimal
from operator import itemgetter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reunite.bulk.engine import engine
from reunite.bulk.files import find
from reunite.bulk.read import Rules, read
from reunite.bulk.refused import write_refused
from reunite.bulk.spark.plan import plan
from reunite.core.imports.files import Columns, Form, Unreadable
from reunite.core.policy.policy import SPEC
from tests.builders import NOON

TIMES = [
    "2024-01-01T10:00Z",
    " 2024-01-01 ",
    "epoch",
    "infinity",
    "now",
    "2021-01-28 05:14:15 -0500",
    "2021-01-28T05:14:15.123456789+05:30",
    "2021-02-30",
    "2021-1-8",
    "0001-01-01",
    "9999-12-31T00:00:00",
    "2021-01-28T24:00:00",
    "2021-01-28 05:14:60",
    "Jan 28, 2021 5:14:15 AM",
    "28/01/2021",
    "20210128T051415Z",
    "1611810855",
    "",
]
CSV = b"\n".join(
    [
        b"email,phone,created_at,external_id",
        *(f'e{n}@x.example,{n},"{time}",'.encode() for n, time in enumerate(TIMES)),
        b"",
        b'a@x.example,"5" screen,,',
        b'"b@x.example",1,,"two\r\nlines"',
        b"c@x.example",
        b"d\xff@x.example,1,,",
        b"too,many,,,values",
        b"not many,,,,,",
        b"f@x.example,x,,\r",
        b"nobody,7,,",
        b"nobody,x,," + b"y" * 300,
        b"nobody,x,yesterday," + b"y" * 300,
        b",,yesterday,",
        b"none,0000000,yesterday,",
        b"a@x.example,x,yesterday,",
        b"g@x.example,1,," + b"y" * 5000,
        b'open,1,,"',
        b"last@x.example,9,,",
        b"Total,5,,",
        b",,,",
        b"Total,6,,",
    ]
)
TIMELESS = b"""email,phone,Date,source
a@x.example,1,28/01/2021,
b@x.example,2,0000-00-00,
no email,3,29/01/2021,
x,,30/01/2021,
n/a,,30/01/2021,
c@x.example,4,31/01/2021,%b
d@x.example,5,,
""" % (b"s" * 101)
JSONL = b"\n".join(
    [
        b'{"phone": 4155552671, "email": null}',
        b'{"phone": 4155552672.0}',
        b'{"phone": 4155552672.5, "email": "a@x.example"}',
        b'{"phone": true}',
        b'{"phone": ["1", "2"]}',
        b'{"email": {"is": "b@x.example"}, "phone": "3"}',
        b'{"email": "c@x.exam',
        b"",
        b"[1]",
        b"NaN",
        b'{"email": "d\xff@x.example"}',
        b'{"email": "\\ud800@x.example", "phone": "4"}',
        b'{"email": "e@x.example", "created_at": "2024-01-01T10:00Z", "external_id": 7}',
        b'{"email": "f@x.example", "created_at": 12}',
        b'{"email": "g@x.example", "phone": -1}',
        b'{"Email": "h@x.example", "PHONE": "55501"}',
        b'{"email": "i@x.example", "created_at": 1.7e12, "external_id": 1e5, "phone": 4.155e9}',
        b'{"email": "j@x.example", "created_at": 1700000000.25, "external_id": 1.5}',
        b'{"email": "k@x.example", "created_at": 1.7e18}',
        b'{"email": "l@x.example", "email": "m@x.example"}',
        b'{"email": "m@x.example", "note": 1, "note": 2}',
    ]
)
ARRAY = b'[{"email": "a@x.example", "phone": 1}, 3, {"email": nope}, {"email": "b@x.example"}'
PARQUET = {
    "email": pa.array(["a@x.example", None, "b@x.example", "y" * 5000, "c@x.example", "d"]),
    "phone": pa.array([4155552671.0, 1.5, float("nan"), 2.0, -1.0, None]),
    "created_at": pa.array(["2021-01-28 05:14:15 -0500", None, "Jan 28, 2021", "", "epoch", None]),
    "source": pa.array([None, None, None, None, True, None]),
}

BYTES = {
    "email": pa.array([b"a@x.example", b"b\xff@x.example", b"c@x.example"]).view(pa.string()),
    "phone": pa.array([b"1", b"2", b"\xfe"]).view(pa.string()),
    "created_at": pa.array([1611828855, 12, None]),
}

FLOATS = {
    "email": pa.array(["a@x.example", "b@x.example", "c@x.example", "d@x.example", "e@x.example"]),
    "created_at": pa.array([1611828855.5, 1.7e18, -1.5, float("nan"), 1611828856.0]),
}
SHORT_FLOATS = {
    "email": pa.array(["a@x.example", "b@x.example", "c@x.example"]),
    "phone": pa.array([14155550720.0, 16777215.0, 16777216.0], pa.float32()),
    "created_at": pa.array([1611828864.0, None, 5.0], pa.float32()),
}
DECIMALS = {
    "email": pa.array(["a@x.example", "b@x.example"]),
    "created_at": pa.array([Decimal("1611828855.50"), Decimal("1.25")]),
}


def here(path, tmp_path, form):
    refused = tmp_path / "here.csv"
    with engine(threads=1) as duck:
        files = find([str(path)], folder=duck.folder)
        read(duck, files, Columns(), Rules(SPEC), at=NOON, workers=1, form=form)
        rows = duck.rows(
            """SELECT email, phone_number, email_key, phone_key, created_at, external_id, source
               FROM said ORDER BY place"""
        )
        write_refused(duck, refused)
    with refused.open() as listed:
        next(listed)
        lines = [(int(line), reason) for _, line, reason, _ in csv.reader(listed)]
    first = {}
    for row in rows:
        first.setdefault(row[2:4], row)
    return sorted(first.values(), key=str), lines


def there(path, tmp_path, form):
    output = tmp_path / "plan"
    plan([str(path)], str(output), policy_rules={}, form=form, imported_at=NOON)
    names = ("email", "phone_number", "email_key", "phone_key", "created_at", "external_id")
    rows = [
        tuple(each[name] for name in (*names, "source"))
        for each in pq.read_table(output / "contact").to_pylist()
    ]
    refused = [
        (each["line"], reason)
        for name in ("refused", "left_out")
        for each in pq.read_table(output / name).to_pylist()
        for reason in each["reasons"]
    ]
    # Of one line, the order is that of the list.
    return sorted(rows, key=str), sorted(refused, key=itemgetter(0))


def write(tmp_path, name, content):
    path = tmp_path / name
    if isinstance(content, dict):
        pq.write_table(pa.table(content), path)
    else:
        path.write_bytes(content)
    return path


FILES = {
    "lf": ("orders.csv", CSV, Form()),
    "crlf": ("orders.csv", CSV.replace(b"\n", b"\r\n"), Form()),
    "utf-16": (
        "orders.txt",
        CSV.decode("latin-1").replace(",", "\t").encode("utf-16"),
        Form(),
    ),
    "utf-16 big": (
        "orders.csv",
        b"\xfe\xff" + CSV.decode("latin-1").encode("utf-16-be"),
        Form(),
    ),
    "no times": ("orders.csv", b"Time,email\n12:30,a@x.example\n,b@x.example\n", Form()),
    "a form": (
        "orders.csv",
        b"a,b\nsep=;\nd;mail\n28/01/2021;a@x.example\n",
        Form(2, None, "%d/%m/%Y"),
    ),
    "lines": ("orders.jsonl", JSONL, Form()),
    "array": ("orders.json", ARRAY, Form()),
    "late": (
        "orders.jsonl",
        b"".join(b'{"email": "e%d@x.example"}\n' % n for n in range(20_000))
        + b'{"phone": "1", "created": "2024-01-01"}\n',
        Form(),
    ),
    "parquet": ("orders.parquet", PARQUET, Form()),
    "bytes": ("orders.parquet", BYTES, Form()),
    "floats": ("orders.parquet", FLOATS, Form()),
    "short floats": ("orders.parquet", SHORT_FLOATS, Form()),
    "times of the wrong form": ("orders.csv", TIMELESS, Form()),
    "decimals": ("orders.parquet", DECIMALS, Form()),
}


# Each is a plan of some thirty jobs of Spark; make test makes one of each format.
@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        pytest.param(
            *file,
            id=id,
            marks=[] if id in ("lf", "lines", "parquet") else pytest.mark.thorough,
        )
        for id, file in FILES.items()
    ],
)
def test_what_a_cluster_reads_is_what_one_machine_reads(spark, tmp_path, name, content, form):
    path = write(tmp_path, name, content)
    rows, refused = here(path, tmp_path, form)
    # Of rows that change nothing a cluster tells nothing: here, each brings something.
    assert there(path, tmp_path, form) == (rows, refused)
    assert rows


def test_a_cluster_says_that_a_cell_holds_several_values(spark, tmp_path):
    path = write(tmp_path, "orders.csv", b"email,phone\na@x.example ::: b@x.example,1\n")
    with pytest.raises(Unreadable, match="a cell holds several: import with --engine duckdb"):
        plan([str(path)], str(tmp_path / "plan"), policy_rules={})


def test_a_cluster_says_that_rows_are_in_another_encoding(spark, tmp_path):
    content = b"email,wer,name\na@x.example,x@x.example,Ann\nb@x.example,y@x.example,Bj\xf6rn\n"
    path = write(tmp_path, "orders.csv", content)
    said = []
    plan([str(path)], str(tmp_path / "plan"), policy_rules={}, say=said.append)
    assert "does not read column 2 (emails)" in said.pop(1)
    assert "1 row holds bytes that are not UTF-8" in said[1]
    assert "--encoding windows-1252" in said[1]
