"""A file is read by rules that no row of it changes; what is wrong is refused alone, and told."""

import csv
import io
import json
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reunite.bulk.imports import Request, run
from reunite.core.errors import InvalidUpload
from reunite.core.imports.files import Columns, Form, Unreadable
from reunite.models import Contact, Import
from reunite.services.imports.uploads import how_to_read
from tests.imports.ways import by_command, by_upload
from tests.scopes import SCOPE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]

ANN, BOB, CARL = "ann@hillvalley.edu", "bob@hillvalley.edu", "carl@hillvalley.edu"
A, B, C = "+14155550101", "+14155550102", "+14155550103"
BOTH = [(ANN, A), (BOB, B)]


LATIN = f"email,name\n{ANN},Ann\n{BOB},Bj\xf6rn\n".encode("cp1252")
LATIN_LINES = f'{{"email":"{ANN}"}}\n{{"email":"{BOB}","name":"Bj\xf6rn"}}\n'.encode("cp1252")


def lines(*records):
    return "\n".join(json.dumps(each) for each in records)


def parquet(**columns):
    content = io.BytesIO()
    pq.write_table(pa.table(columns), content)
    return content.getvalue()


def as_text(**columns):
    """A file whose columns of bytes are said to be text, though not all of it is UTF-8."""
    arrays = {
        name: pa.array(values).view(pa.string()) if isinstance(values[0], bytes) else values
        for name, values in columns.items()
    }
    return parquet(**arrays)


CASES = {
    "a comment": ("o.csv", f"# shop\nName,Email,Phone\n#1001,{ANN},{A}\n#1002,{BOB},{B}", BOTH, []),
    "a stray quote": (
        "o.csv",
        f'email,phone,note\n{ANN},{A},"red, blue"\n{CARL},{C},"5" screen, ok"\n{BOB},{B},"g, ok"\n',
        BOTH,
        [(3, "malformed")],
    ),
    "a late quote": (
        "o.csv",
        "name,email\n" + f"n,{ANN}\n" * 20_500 + f'"Doe, Jane",{BOB}\n',
        [(ANN, None), (BOB, None)],
        [],
    ),
    "another encoding": ("o.csv", LATIN, [(ANN, None)], [(3, "invalid_encoding")]),
    "another encoding in lines": ("o.jsonl", LATIN_LINES, [(ANN, None)], [(2, "invalid_encoding")]),
    "a separator": ("o.csv", f"sep=;\nemail;phone\n{ANN};{A}\n{BOB};{B}\n", BOTH, []),
    "mixed breaks": ("o.csv", f"email,phone\r\n{ANN},{A}\r{BOB},{B}\n", BOTH, []),
    "a large field": ("o.csv", f"email,n\n{ANN},{'x' * 3_000_000}\n{'y' * 5_000},\n",
                      [(ANN, None)], [(3, "invalid_email")]),
    "utf-16": ("o.txt", f"email\tphone\n{ANN}\t{A}\n{BOB}\t{B}\n".encode("utf-16"), BOTH, []),
    "a footer": ("o.csv", f"name,email,phone\nAnn,{ANN},\nTotal,,5\nBob,{BOB},\nTotal:,,5\n",
                 [(ANN, None), (None, "5"), (BOB, None)], [(5, "summary_row")]),
    "a footer in quotes": ("o.csv", f"name,email,phone\nAnn,{ANN},\n\n\"Gesamt\",,5\n,,\n",
                           [(ANN, None)], [(4, "summary_row"), (5, "no_identifier")]),
    "short rows": ("o.csv", f"email,phone,note\n{ANN},{A}\n{BOB},{B},\n", BOTH, []),
    "long rows": ("o.csv", f"email,phone\n{ANN},{A},\n{BOB},{B}\n{CARL},{C},x\n", BOTH,
                  [(4, "malformed")]),
    "halves": ("o.csv", f"email,phone\n{ANN},nothing\nnothing,{B}\nnothing,nothing\n",
               [(ANN, None), (None, B)],
               [(2, "invalid_phone_number"), (3, "invalid_email"), (4, "invalid_email"),
                (4, "invalid_phone_number")]),
    "a late name": ("o.jsonl", lines(*[{"email": ANN}] * 20_500, {"email": BOB, "phone": B}),
                    [(ANN, None), (BOB, B)], []),
    "late values": ("o.jsonl", lines(*[{"email": ANN, "phone": None}] * 20_500, {"phone": B}),
                    [(ANN, None), (None, B)], []),
    "a line cut off": ("o.jsonl", f'{{"email":"{ANN}"}}\n{{"email":"b\n{{"email":"{BOB}"}}\n',
                       [(ANN, None), (BOB, None)], [(2, "malformed")]),
    "numbers": ("o.jsonl", '{"phone":4155552671}\n{"phone":4155552672.0}\n{"phone":2.5}\n',
                [(None, "4155552671"), (None, "4155552672")], [(3, "invalid_phone_number")]),
    "numbers with an exponent": (
        "o.jsonl",
        (f'{{"email":"{ANN}","phone":4.155550101e9,"created_at":1.7e12,"external_id":1e5}}\n'
        f'{{"email":"{BOB}","phone":4.15555E+09,"created_at":1700000000.25,"source":1E2}}\n'),
        [(ANN, "4.155550101e9"), (BOB, None)],
        [(2, "invalid_phone_number")],
    ),
    "a key twice": (
        "o.jsonl",
        f'{{"email":"{ANN}","email":"{BOB}"}}\n{{"email":"{ANN}","n":1,"n":2}}\n',
        [(ANN, None)],
        [(1, "repeated_key")],
    ),
    "other types": ("o.jsonl", lines({"phone": [A]}, {"phone": True}, {"email": {"a": 1}},
                                     {"email": ANN, "phone": {"a": 1}}),
                    [(ANN, None)],
                    [(1, "invalid_phone_number"), (2, "invalid_phone_number"),
                     (3, "invalid_email"), (4, "invalid_phone_number")]),
    "names in any case": ("o.jsonl", lines({"email": ANN, "phone": A}, {"Email": BOB, "PHONE": B}),
                          BOTH, []),
    "names in any case below": ("o.jsonl", lines({"billing": {"email": ANN, "phone": A}},
                                                 {"Billing": {"Email": BOB, "Phone": B}}),
                                BOTH, []),
    "an array": ("o.json", json.dumps([{"email": ANN, "phone": A}, {"email": BOB, "phone": B}]),
                 BOTH, []),
    "an answer": ("o.json", json.dumps({"customers": [{"email": ANN, "phone": A}]}),
                  [(ANN, A)], []),
    "scientific": ("o.csv", f"email,phone\n{ANN},4.155550101E9\n{BOB},4.15555E+09\n",
                   [(ANN, "4.155550101E9"), (BOB, None)], [(3, "invalid_phone_number")]),
    "times in numbers": ("o.parquet", parquet(email=[ANN, BOB], created_at=[1611828855, 7]),
                         [(ANN, None)], [(2, "invalid_created_at")]),
    "times in fractions": (
        "o.parquet",
        parquet(email=[ANN, BOB, CARL], created_at=[1611828855.5, 1.7e18, -1.5]),
        [(ANN, None), (BOB, None)],
        [(3, "invalid_created_at")],
    ),
    "times in decimals": (
        "o.parquet",
        parquet(email=[ANN, BOB], created_at=[Decimal("1611828855.50"), Decimal("1.25")]),
        [(ANN, None)],
        [(2, "invalid_created_at")],
    ),
    "typed": ("o.parquet",
              parquet(phone=[14155550101.0, 1.5, float("nan"), -1.0], email=[ANN, BOB, CARL, None]),
              [(ANN, "14155550101"), (BOB, None), (CARL, None)],
              [(2, "invalid_phone_number"), (4, "invalid_phone_number")]),
    "lists": ("o.parquet", parquet(phone=[["1"], None], email=[ANN, BOB]),
              [(ANN, None), (BOB, None)], [(1, "invalid_phone_number")]),
    "truths": ("o.parquet", parquet(phone=[True, None], email=[ANN, BOB]),
               [(ANN, None), (BOB, None)], [(1, "invalid_phone_number")]),
    "bytes": ("o.parquet", parquet(email=[ANN.encode(), b"\xff"]), [(ANN, None)],
              [(2, "invalid_email")]),
    "texts that are bytes": ("o.parquet", as_text(email=[b"\xff", ANN.encode()],
                                                  phone=[A.encode(), b"\xfe"], at=[1, 2]),
                             [(None, A), (ANN, None)],
                             [(1, "invalid_email"), (2, "invalid_phone_number")]),
    "a struct": ("o.parquet", parquet(billing=[{"email": ANN, "phone": A}]), [(ANN, A)], []),
}  # fmt: skip


@pytest.mark.parametrize("bring", [by_command, by_upload])
@pytest.mark.parametrize("case", CASES)
def test_a_file_is_read(tmp_path, settings, case, bring):
    settings.REUNITE = {"IMPORT_FOLDER": str(tmp_path / "uploads")}
    name, content, details, refused = CASES[case]
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())

    _, listed = bring(tmp_path, path)

    found = Contact.objects.order_by("id").values_list("email", "phone_number")
    assert list(found) == details
    assert listed == refused


def test_many_large_cells_are_refused_one_by_one(tmp_path):
    path = tmp_path / "o.parquet"
    path.write_bytes(parquet(email=[*["x" * 3_000_000] * 300, ANN]))

    _, listed = by_command(tmp_path, path)

    assert Contact.objects.get().email == ANN
    assert listed == [(row, "invalid_email") for row in range(1, 301)]


TITLED = f"My shop\nof today\nemail,phone\n{ANN},{A}\n"
DATED = f"Date,email\n28/01/2021,{ANN}\n"
ASKED = {
    "titles": (TITLED, Columns(), Form(skip_lines=2), [(ANN, A)]),
    "an encoding": (f"Téléphone,email\n{A},{ANN}\n".encode("cp1252"), Columns(),
                    Form(encoding="windows-1252"), [(ANN, A)]),
    "several numbers": (f"email,phone,mobile\n{ANN},{A},{B}\n",
                        Columns(phone_number=("phone", "mobile")), Form(), [(ANN, A), (ANN, B)]),
    "the second of a name": (f"email,phone,phone\n{ANN},,{A}\n", Columns(phone_number=("phone",)),
                             Form(), [(ANN, A)]),
    "several emails": (f"email,e2,phone\n{ANN},{BOB},{A}\n", Columns(email=("email", "e2")),
                       Form(), [(ANN, A), (BOB, A)]),
}  # fmt: skip


@pytest.mark.parametrize("bring", [by_command, by_upload])
@pytest.mark.parametrize("case", ASKED)
def test_what_a_user_says_is_done(tmp_path, settings, case, bring):
    settings.REUNITE = {"IMPORT_FOLDER": str(tmp_path / "uploads")}
    content, columns, form, details = ASKED[case]
    path = tmp_path / "orders.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())

    _, listed = bring(tmp_path, path, columns, form)

    contacts = list(Contact.objects.order_by("id"))
    assert [(each.email, each.phone_number) for each in contacts] == details
    assert len({each.linked_id or each.id for each in contacts}) == 1
    assert listed == []


@pytest.mark.parametrize("bring", [by_command, by_upload])
def test_numbers_that_nothing_joins_are_imported_and_told(tmp_path, settings, bring):
    settings.REUNITE = {"IMPORT_FOLDER": str(tmp_path / "uploads")}
    path = tmp_path / "orders.csv"
    path.write_text(f"email,phone,mobile\n,{A},{B}\n,,{C}\nx,y,z\nx,{A},z\n")

    _, listed = bring(tmp_path, path, Columns(phone_number=("phone", "mobile")))

    assert list(Contact.objects.order_by("id").values_list("phone_number", flat=True)) == [A, B, C]
    assert listed == [
        (2, "not_joined"),
        (4, "invalid_email"),
        (4, "invalid_phone_number"),
        (4, "invalid_phone_number"),
        (5, "invalid_email"),
        (5, "invalid_phone_number"),
    ]


CELLS = {
    "Google": (f"{ANN} ::: {BOB}", f"{A} ::: {B}", [(ANN, A), (ANN, B), (BOB, A)]),
    "HubSpot": (f"{ANN};{BOB}", A, [(ANN, A), (BOB, A)]),
    "commas and bars": (f"{ANN}, {BOB}", f"{A}|{B}", [(ANN, A), (ANN, B), (BOB, A)]),
    "line breaks": (ANN, f"{A}\n{B}", [(ANN, A), (ANN, B)]),
    "the same twice": (f"{ANN};{ANN}", f"{A};{A}", [(ANN, A)]),
    "names": (f"Doe, Ann <{ANN}>", A, [(f"Doe, Ann <{ANN}>", A)]),
    "one that is none": (f"{ANN}; none", A, [(ANN, A)]),
}


def with_cells(kind, *rows):
    """A file of the kind with emails and phone numbers."""
    if kind == "csv":
        written = io.StringIO()
        csv.writer(written).writerows([("email", "phone"), *rows])
        return written.getvalue().encode()
    if kind == "jsonl":
        return lines(*({"email": email, "phone": phone} for email, phone in rows)).encode()
    emails, phones = zip(*rows, strict=True)
    return parquet(email=list(emails), phone=list(phones))


@pytest.mark.parametrize("bring", [by_command, by_upload])
@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("case", CELLS)
def test_all_values_of_a_cell_are_one_person(tmp_path, settings, case, kind, bring):
    settings.REUNITE = {"IMPORT_FOLDER": str(tmp_path / "uploads")}
    email, phone, details = CELLS[case]
    path = tmp_path / f"orders.{kind}"
    path.write_bytes(with_cells(kind, (email, phone), (CARL, C), ("x", "y"), ("x", "")))

    _, listed = bring(tmp_path, path)

    contacts = list(Contact.objects.order_by("id"))
    told = [(each.email, each.phone_number) for each in contacts]
    assert told == [*details, (CARL, C)]
    assert len({each.linked_id or each.id for each in contacts[:-1]}) == 1
    assert contacts[-1].linked_id is None
    first = 2 if kind == "csv" else 1
    assert listed == [
        (first + 2, "invalid_email"),
        (first + 2, "invalid_phone_number"),
        (first + 3, "invalid_email"),
    ]


def test_a_cell_of_which_a_part_is_no_value_is_not_divided(tmp_path):
    path = tmp_path / "o.csv"
    many = ";".join(f"n{number}@x.example" for number in range(21))
    rows = [(f"{ANN};bob", ""), ("", f"{A}, 0102"), ('"a;b"@x.example', ""), (many, "")]
    path.write_bytes(with_cells("csv", *rows, (BOB, "")))
    _, listed = by_command(tmp_path, path)
    assert listed == [
        (2, "invalid_email"),
        (3, "invalid_phone_number"),
        (4, "invalid_email"),
        (5, "invalid_email"),
    ]
    assert Contact.objects.get().email == BOB


def test_bytes_in_a_file_of_all_types_refuse_their_row_alone(tmp_path):
    emails = pa.array([ANN.encode(), b"b\xff@x.example", BOB.encode()]).view(pa.string())
    billing = pa.StructArray.from_arrays([emails], ["email"])
    phones = pa.array([A, None, B]).dictionary_encode()
    at = pa.array([1611828855 * 10**6] * 3, pa.timestamp("us"))
    path = tmp_path / "o.parquet"
    path.write_bytes(parquet(other=emails, billing=billing, phone=phones, created_at=at))
    _, listed = by_command(tmp_path, path)
    assert listed == [(2, "invalid_email")]
    read = Contact.objects.order_by("id").values_list("email", "phone_number", "created_at__year")
    assert list(read) == [(ANN, A, 2021), (BOB, B, 2021)]


def test_a_file_that_is_damaged_inside_is_told_so(tmp_path):
    content = bytearray(parquet(email=[ANN, BOB] * 1000, phone=[A, B] * 1000))
    content[4:200] = b"x" * 196
    path = tmp_path / "o.parquet"
    path.write_bytes(content)
    with pytest.raises(Unreadable, match="it is damaged"):
        by_command(tmp_path, path)


def test_values_of_a_cell_that_nothing_joins_are_imported_and_told(tmp_path):
    path = tmp_path / "o.csv"
    path.write_bytes(with_cells("csv", ("", f"{A};{B}"), (ANN, A)))
    _, listed = by_command(tmp_path, path)
    assert listed == [(2, "not_joined")]
    assert Contact.objects.count() == 3


TIMED = {
    "another format": (DATED, Form(), None, "no value of Date is a time"),
    "a format": (DATED, Form(date_format="%d/%m/%Y"), 2021, None),
    "a time of day": (f"Time,email\n12:30,{ANN}\n", Form(), None, "no value of Time is a time"),
    "seconds": (f"created_at,email\n1611828855,{ANN}\n", Form(), 2021, None),
    "an answer": (f"created,email\nyes,{ANN}\n", Form(), None, "no value of created is a time"),
    "left out": (f"created_at,email\nyes,{ANN}\n", Form(has_times=False), None, None),
    "an offset": (f"Created at,email\n2021-01-28 05:14:15 -0500,{ANN}\n", Form(), 2021, None),
}


@pytest.mark.parametrize("bring", [by_command, by_upload])
@pytest.mark.parametrize("case", TIMED)
def test_times_are_read_or_their_lack_is_told(tmp_path, settings, case, bring):
    settings.REUNITE = {"IMPORT_FOLDER": str(tmp_path / "uploads")}
    text, form, year, told = TIMED[case]
    path = tmp_path / "orders.csv"
    path.write_text(text)

    said, listed = bring(tmp_path, path, form=form)

    contact = Contact.objects.get()
    assert (contact.created_at.year == year) is (year is not None)
    assert any(told in each for each in said) if told else len(said) == 1
    is_left_out = told is not None and told.startswith("no value")
    assert listed == [(2, "invalid_created_at")] * is_left_out
    assert Import.objects.get().notes.count("\n") == len(said) - 1


@pytest.mark.parametrize(
    ("bring", "way_out"),
    [(by_command, "say --encoding windows-1252"), (by_upload, "say ?encoding=windows-1252")],
)
@pytest.mark.parametrize("name", ["o.csv", "o.jsonl"])
def test_rows_in_another_encoding_are_told_with_what_to_do(
    tmp_path, settings, bring, way_out, name
):
    settings.REUNITE = {"IMPORT_FOLDER": str(tmp_path / "uploads")}
    path = tmp_path / name
    path.write_bytes(CASES["another encoding" + " in lines" * (name == "o.jsonl")][1])

    said, _ = bring(tmp_path, path)

    assert said[1].startswith("1 row holds bytes that are not UTF-8 and cannot be read")
    assert way_out in said[1]
    if bring is by_command:
        said, listed = bring(tmp_path, path, form=Form(encoding="windows-1252"))
        assert (len(said), listed) == (1, [])
        said, _ = bring(tmp_path, path, form=Form(encoding="ascii"))
        assert "not ascii and cannot be read: say another --encoding" in said[1]


@pytest.mark.parametrize("bring", [by_command, by_upload])
def test_what_an_upload_is_told_names_its_parameters(tmp_path, settings, bring):
    settings.REUNITE = {"IMPORT_FOLDER": str(tmp_path / "uploads")}
    path = tmp_path / "o.csv"
    path.write_text(f"Email,Phone,Mobile Number,Time\n{ANN},{A},{B},12:30\n")

    said, _ = bring(tmp_path, path)

    options = "--phone=Phone --phone='Mobile Number'", "with --date-format,"
    parameters = "?phone=Phone&phone=Mobile%20Number", "with ?dateFormat=,"
    told = "\n".join(said)
    assert [each in told for each in options] == [bring is by_command] * 2
    assert [each in told for each in parameters] == [bring is by_upload] * 2


def test_equal_counts_of_reasons_have_one_order(tmp_path):
    path = tmp_path / "o.csv"
    path.write_text(f"email,phone\n{ANN},x\nx,\n,x\nnone,\n,\n{BOB},\n")
    again = by_request(path, dry_run=True)
    report = by_request(path, refused=tmp_path / "refused.csv")
    assert list(report.refused.items()) == list(again.refused.items())
    assert list(report.refused) == [
        "invalid_email", "invalid_phone_number", "no_identifier", "no_usable_identifier",
    ]  # fmt: skip


def by_request(path, **options):
    return run(SCOPE, Request([str(path)], workers=1, **options))


def test_a_column_of_times_must_hold_times_unless_it_is_left_out(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(f"created_at,email\n2021-01-28,{ANN}\nyes,{BOB}\n")
    _, listed = by_command(tmp_path, path)
    assert listed == [(3, "invalid_created_at")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("o.csv", b"", "is empty"),
        ("o.csv", "Téléphone\n".encode("cp1252"), "save it as UTF-8, or say --encoding"),
        ("o.csv", TITLED.encode(), "say --skip-lines 2"),
        ("o.jsonl", b"", "is empty"),
        ("o.json", b'{\n"email": 1}', "write each in one line"),
        ("o.parquet", b"no Parquet", "no Parquet"),
        ("o.parquet", parquet(email=[ANN])[:-9], "no Parquet"),
        ("o.csv.gz", b"\x1f\x8bx", "compressed by gzip"),
        ("o.csv.zst", b"no zstd", "compressed by zstd"),
    ],
)
def test_a_file_that_cannot_be_read_says_the_cause_and_what_to_do(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=message) as told:
        by_command(tmp_path, path)
    assert str(told.value).startswith(str(path))
    assert not any(word in str(told.value).lower() for word in ("duckdb", "sniff", "arrow"))


@pytest.mark.parametrize(
    ("form", "code"),
    [(Form(encoding="shop"), "unknown_encoding"), (Form(date_format="%q"), "invalid_date_format")],
)
def test_an_upload_is_refused_at_once_for_a_form_that_there_is_not(form, code):
    with pytest.raises(InvalidUpload) as refused:
        how_to_read("orders.csv", columns=Columns(), form=form)
    assert [each.code for each in refused.value.errors] == [code]


@pytest.mark.parametrize("bring", [by_command, by_upload])
@pytest.mark.parametrize("kind", ["json", "jsonl", "parquet"])
def test_a_field_of_an_object_is_named_by_its_path(tmp_path, settings, kind, bring):
    settings.REUNITE = {"IMPORT_FOLDER": str(tmp_path / "uploads")}
    orders = [{"wer": {"wie": ANN, "wo": A}}, {"wer": {"wie": BOB, "wo": B}}]
    path = tmp_path / f"orders.{kind}"
    if kind == "parquet":
        path.write_bytes(parquet(wer=[each["wer"] for each in orders]))
    else:
        path.write_text(json.dumps(orders) if kind == "json" else lines(*orders))

    bring(tmp_path, path, Columns(email=("wer.wie",), phone_number=("wer.wo",)))

    found = Contact.objects.order_by("id").values_list("email", "phone_number")
    assert list(found) == BOTH
