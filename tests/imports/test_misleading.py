"""Files that mislead: what is not what it seems is told, and joins no strangers."""

import csv
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reunite.core.policy.policy import PROTECT
from reunite.models import Contact
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
