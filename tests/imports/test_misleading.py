"""Files that mislead: what is not what it seems is told, and joins no strangers."""

import csv
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reunite.core.imports.files import Columns, Unreadable
from reunite.core.policy.policy import PROTECT
from reunite.models import Contact
from reunite.services.imports.progress import list_imports
from reunite.services.policy.change import change_policy
from tests.imports.ways import by_command, by_upload
from tests.scopes import SCOPE

pytestmark = pytest.mark.django_db(transaction=True)

ANN, BOB, CARL = "ann@hillvalley.edu", "bob@hillvalley.edu", "carl@hillvalley.edu"
A, B, C = "+14155550101", "+14155550102", "+14155550103"
WAYS = pytest.mark.parametrize("bring", [by_command, by_upload])
KINDS = pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])


def written(tmp_path, kind, names, *rows):
    """A file of the kind with these columns; empty texts are no values."""
    path = tmp_path / f"orders.{kind}"
    if kind == "csv":
        text = io.StringIO()
        csv.writer(text).writerows([names, *rows])
        path.write_text(text.getvalue())
    elif kind == "jsonl":
        path.write_text("\n".join(json.dumps(dict(zip(names, row, strict=True))) for row in rows))
    else:
        values = zip(*rows, strict=True)
        pq.write_table(pa.table(dict(zip(names, map(list, values), strict=True))), path)
    return path


def stored():
    return list(Contact.objects.order_by("id").values_list("email", "phone_number"))


@WAYS
@KINDS
def test_country_codes_and_masked_values_join_no_strangers(tmp_path, settings, kind, bring):
    settings.REUNITE = {"IMPORT_FOLDER": str(tmp_path / "uploads")}
    path = written(
        tmp_path,
        kind,
        ["email", "phone"],
        (ANN, "+49"),
        (BOB, "+49"),
        (CARL, "•••• 2671"),
        ("d***@hillvalley.edu", A),
        ("d***@hillvalley.edu", B),
    )

    said, listed = bring(tmp_path, path)

    assert said == ["reads email as email, phone as phone"]
    assert stored() == [(ANN, None), (BOB, None), (CARL, None), (None, A), (None, B)]
    assert not Contact.objects.exclude(linked_id=None).exists()
    assert [reason for _, reason in listed] == ["invalid_phone_number", *["invalid_email"] * 2]


@WAYS
@KINDS
def test_numbers_of_one_or_two_digits_are_told_unless_the_policy_leaves_them_out(
    tmp_path, settings, kind, bring
):
    settings.REUNITE = {"IMPORT_FOLDER": str(tmp_path / "uploads")}
    path = written(tmp_path, kind, ["email", "phone"], (ANN, "49"), (BOB, "49"), (CARL, "123"))
    said, _ = bring(tmp_path, path)
    assert any("one or two digits count" in each and "protect" in each for each in said)

    change_policy(SCOPE, PROTECT)
    path = written(tmp_path, kind, ["email", "phone"], (ANN, "49"), (BOB, "49"), (CARL, "7"))
    said, _ = bring(tmp_path, path)
    assert not any("digits" in each for each in said)
    assert Contact.objects.filter(linked_id=None).count() == 3


UNUSUAL = ["bestellt von", "Kontaktweg", "note"]


@WAYS
@KINDS
def test_contact_details_under_unusual_names_are_told_with_the_option(
    tmp_path, settings, kind, bring
):
    settings.REUNITE = {"IMPORT_FOLDER": str(tmp_path / "uploads")}
    names = ["email", "bestellt von", "Kontaktweg", "note"]
    rows = [(ANN, "x@x.example", A, "red"), (BOB, "y@x.example", B, "blue"), (CARL, "", C, "red")]
    path = written(tmp_path, kind, names, *rows)

    said, _ = bring(tmp_path, path)

    options = "--email=email --email='column 2' --phone='column 3'"
    if bring is by_upload:
        options = "?email=email&email=column%202&phone=column%203"
    assert said[1] == (
        "does not read column 2 (emails), column 3 (phone numbers): to have all read, say "
        + options
    )


@KINDS
def test_a_file_without_known_columns_is_told_which_of_them_hold_contact_details(tmp_path, kind):
    path = written(tmp_path, kind, UNUSUAL, (ANN, A, "red"), (BOB, B, "n/a"))
    with pytest.raises(
        Unreadable, match="by their cells, say --email='column 1' --phone='column 2'"
    ):
        by_command(tmp_path, path)
    columns = Columns(email=("column 1",), phone_number=("column 2",))
    by_command(tmp_path, path, columns)
    assert stored() == [(ANN, A), (BOB, B)]


def test_a_column_of_one_address_and_one_of_another_persons_are_not_proposed(tmp_path):
    names = ["email", "Filiale", "seller_email", "Artikel"]
    rows = [(ANN, "shop@x.example", "a@x.example", "0012345678"),
            (BOB, "shop@x.example", "b@x.example", "0012345679")]  # fmt: skip
    said, _ = by_command(tmp_path, written(tmp_path, "csv", names, *rows))
    assert said == ["reads email as email"]


def test_a_file_of_parquet_that_is_damaged_inside_is_no_sample(tmp_path):
    path = written(
        tmp_path, "parquet", ["wer"], *((f"{number}@x.example",) for number in range(99))
    )
    content = bytearray(path.read_bytes())
    content[10:400] = bytes(390)
    path.write_bytes(content)
    with pytest.raises(Unreadable, match="name them with --email"):
        by_command(tmp_path, path)


def test_a_first_line_of_values_is_told(tmp_path):
    with pytest.raises(Unreadable, match="so that is a row: put the columns' names above it"):
        by_command(tmp_path, written(tmp_path, "csv", [ANN, A], (BOB, B)))


@WAYS
def test_numbers_that_lose_digits_are_refused_and_exact_ones_are_read(tmp_path, settings, bring):
    settings.REUNITE = {"IMPORT_FOLDER": str(tmp_path / "uploads")}
    path = tmp_path / "orders.parquet"
    # Of both numbers of Ann and Bob 32 bits make 14155550720.
    numbers = [14155550101.0, 14155550102.0, 123456.0]
    columns = {"email": [ANN, BOB, CARL], "phone": pa.array(numbers, pa.float32())}
    pq.write_table(pa.table(columns), path)

    said, listed = bring(tmp_path, path)

    assert said[1].startswith("phone holds numbers of 32 bits with a point, which lose digits")
    assert stored() == [(ANN, None), (BOB, None), (CARL, "123456")]
    assert listed == [(1, "invalid_phone_number"), (2, "invalid_phone_number")]

    path = tmp_path / "exact.parquet"
    columns = {
        "email": ["d@x.example", "e@x.example"],
        "phone": pa.array(numbers[:2], pa.float64()),
    }
    pq.write_table(pa.table(columns), path)
    said, listed = bring(tmp_path, path)
    assert (len(said), listed) == (1, [])
    assert stored()[3:] == [("d@x.example", "14155550101"), ("e@x.example", "14155550102")]


def test_times_that_lose_seconds_are_none(tmp_path):
    path = tmp_path / "orders.parquet"
    times = pa.array([1_700_000_000.0, 1_700_000_001.0], pa.float32())
    pq.write_table(pa.table({"email": [ANN, BOB], "ordered_at": times}), path)
    said, _ = by_command(tmp_path, path)
    assert said[1].startswith("no value of ordered_at is a time")


@WAYS
@KINDS
def test_rows_whose_times_are_not_understood_are_counted_and_listed(
    tmp_path, settings, kind, bring
):
    settings.REUNITE = {"IMPORT_FOLDER": str(tmp_path / "uploads")}
    rows = [(ANN, "28/01/2021"), (BOB, "29/01/2021"), (CARL, ""), ("n/a", "30/01/2021")]
    path = written(tmp_path, kind, ["email", "Date"], *rows)
    first = 2 if kind == "csv" else 1

    said, listed = bring(tmp_path, path)

    assert said[1].startswith("no value of Date is a time, so rows are taken without it")
    assert Contact.objects.count() == 3
    assert listed == [
        (first, "invalid_created_at"),
        (first + 1, "invalid_created_at"),
        (first + 3, "no_usable_identifier"),
        (first + 3, "invalid_created_at"),
    ]
    (told,) = list_imports(SCOPE, after=0, limit=9)
    assert told.left_out_by_reason == {"invalid_created_at": 2}
    assert told.refused_by_reason == {"no_usable_identifier": 1}


def test_a_row_with_several_values_is_taken_without_its_time_once(tmp_path):
    rows = [(f"{ANN};{BOB}", A, "28/01/2021"), (CARL, "", "yesterday")]
    path = written(tmp_path, "csv", ["email", "phone", "Date"], *rows)
    _, listed = by_command(tmp_path, path)
    assert listed == [(2, "invalid_created_at"), (3, "invalid_created_at")]
    assert list_imports(SCOPE, after=0, limit=9)[0].left_out_by_reason == {"invalid_created_at": 2}


@WAYS
@KINDS
def test_what_stands_for_a_missing_time_is_none(tmp_path, settings, kind, bring):
    settings.REUNITE = {"IMPORT_FOLDER": str(tmp_path / "uploads")}
    missing = ["0000-00-00", "0000-00-00 00:00:00", "NaT", "N/A", "0", "0001-01-01"]
    rows = [(ANN, "2021-01-28"), *((f"{n}@x.example", text) for n, text in enumerate(missing))]
    path = written(tmp_path, kind, ["email", "created_at"], *rows)

    said, listed = bring(tmp_path, path)

    assert (len(said), listed) == (1, [])
    ann, *others = Contact.objects.order_by("id")
    assert ann.created_at.year == 2021
    assert [each.created_at.year > 2021 for each in others] == [True] * len(missing)
