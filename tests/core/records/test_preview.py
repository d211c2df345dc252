"""A file is shown by its beginning: its columns, what each is read as, and ten rows."""

import gzip
import json

import pytest

from reunite.core.imports.files import Columns, Form, Unreadable
from reunite.core.imports.records.preview import PREVIEW_COLUMNS, preview

ORDERS = b"mail,Note,phone\na@x.example,hello,5550101\n,,5550102\n"


def previewed(start, *, format="csv", compression=None, columns=None, form=None):
    return preview(
        start,
        name="orders",
        format=format,
        compression=compression,
        columns=columns or Columns(),
        form=form or Form(),
    )


def fields(found):
    return [(each.name, each.field) for each in found.columns]


def test_columns_are_recognised_and_rows_shown():
    found = previewed(ORDERS)
    assert fields(found) == [("mail", "email"), ("Note", None), ("phone", "phone_number")]
    assert [each.cells for each in found.columns] == [
        *(("a@x.example", ""), ("hello", ""), ("5550101", "5550102")),
    ]
    assert (found.left_out, found.problem) == (0, None)
    assert found.notes == ("reads mail as email, phone as phone",)


def test_columns_that_a_user_chooses_are_read_alone():
    chosen = Columns(phone_number=("column 2",), recognises=False)
    found = previewed(ORDERS, columns=chosen)
    assert fields(found) == [("mail", None), ("Note", "phone_number"), ("phone", None)]


def test_columns_can_be_chosen_where_none_is_recognised():
    found = previewed(b"a,b\n1,2\n")
    assert "no column that looks like an email" in found.problem
    assert fields(found) == [("a", None), ("b", None)]


def test_ten_rows_are_shown_and_long_cells_are_cut():
    found = previewed(b"email\n\n" + b"".join(b"%d%s\n" % (n, b"x" * 999) for n in range(40)))
    cells = found.columns[0].cells
    assert len(cells) == 10
    assert {len(each) for each in cells} == {80}


def test_a_column_is_called_by_its_name_if_that_tells_it():
    found = previewed(b"email,x,x,,%s\nv,1,2,3\n" % (b"y" * 256))
    names = ["email", "column 2", "column 3", "column 4", "column 5"]
    assert [each.sayable for each in found.columns] == names
    assert found.columns[4].cells == ("",)


def test_of_many_columns_those_that_are_read_are_shown():
    names = [f"c{n}" for n in range(PREVIEW_COLUMNS + 50)]
    found = previewed(",".join([*names, "email"]).encode() + b"\n")
    assert len(found.columns) == PREVIEW_COLUMNS + 1
    assert found.columns[-1].name == "email"
    assert found.left_out == 50


@pytest.mark.parametrize("as_lines", [True, False])
def test_json_is_shown(as_lines):
    rows = [{"email": "a@x.example", "vip": True}, {"billing": {"phone": 5550101}}]
    lines = "\n".join(map(json.dumps, rows)) if as_lines else json.dumps(rows)
    found = previewed(lines.encode() + (b"\nno object" if as_lines else b""), format="jsonl")
    named = [("email", "email"), ("vip", None), ("billing.phone", "phone_number")]
    assert fields(found) == named
    assert [each.cells for each in found.columns] == [
        *(("a@x.example", ""), ("…", ""), ("", "5550101")),
    ]


def test_names_that_are_no_text_are_called_by_their_numbers():
    found = previewed(b'{"\\ud800": "x", "email": "a@x.example"}\n', format="jsonl")
    assert found.columns[0].name == "?"
    assert found.columns[0].sayable == "column 1"


def test_gzip_is_unpacked_as_far_as_it_is_there():
    packed = gzip.compress(ORDERS + b"".join(b"%d,,\n" % n for n in range(9_000)))
    assert fields(previewed(packed[:1_000], compression="gzip")) == fields(previewed(ORDERS))
    with pytest.raises(Unreadable, match="not compressed by gzip"):
        previewed(ORDERS, compression="gzip")


@pytest.mark.parametrize("how", [{"format": "parquet"}, {"compression": "zstd"}])
def test_what_the_beginning_does_not_tell_is_not_shown(how):
    found = previewed(b"PAR1", **how)
    assert (found.columns, found.problem) == ((), None)


def test_what_cannot_be_read_is_refused():
    with pytest.raises(Unreadable, match="is a workbook"):
        previewed(b"PK\x03\x04")
