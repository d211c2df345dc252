"""Objects of JSON are read one by one, by the rule that requests have for types."""

import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reunite.core.imports.files import Form, Unreadable
from reunite.core.imports.records import json_array
from reunite.core.imports.records.json_rows import Names, json_rows
from reunite.core.imports.records.json_shape import (
    JSONShape,
    json_shape,
    names_at_start,
    names_of,
    objects_of,
)
from reunite.core.imports.records.text import text_of
from reunite.core.imports.records.values import UNREADABLE, Skipped, text_of_value

BAD, BLANK = Skipped.MALFORMED, Skipped.BLANK


def shape_of(content):
    return json_shape(content, Form(), name="orders.json")


def objects(content):
    return list(objects_of(text_of(io.BytesIO(content), "utf-8"), shape_of(content)))


def rows_of(content, *wanted):
    return list(json_rows(objects(content), [(each, each) for each in wanted], Names().see))


def test_names_that_differ_by_case_are_one_unless_a_record_has_both():
    names = Names()
    for record in ({"email": 1}, {"Email": 2}, {"a": {"b": 1}}, {"A": {"B": 1}}):
        names.see(record)
    assert list(names) == ["email", "a.b"]
    names.see({"email": 1, "Email": 2})
    assert list(names) == ["email", "a.b", "Email"]
    records = [{"email": 1, "Email": 2}, {"EMAIL": 3}, {"x": 4}]
    assert list(json_rows(records, [("email", "email")], names.see)) == [("1",), ("3",), (None,)]


@pytest.mark.parametrize(
    ("content", "read"),
    [
        (b'{"a": 1}\n{"a": 2\n{"a": 3}', [{"a": 1}, BAD, {"a": 3}]),
        (b'{"a": 1}\n\n[1]\n1\nNaN\n', [{"a": 1}, BLANK, BAD, BAD, BAD]),
        (b'{"a": NaN}\n{"a": "\xff"}\n{"a": 1}', [BAD, Skipped.NOT_TEXT, {"a": 1}]),
        (b'{"a": %s1%s}\n{"a": 1}' % (b"[" * 10_000, b"]" * 10_000), [BAD, {"a": 1}]),
        (b'{"a": 4.15555E+09, "b": 415.0}', [{"a": 4155550000.0, "b": 415.0}]),
        (b'[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}]),
        (b' [\n {"a": 1},\n {"a": 2}\n]\n', [{"a": 1}, {"a": 2}]),
        (b'{"orders": [{"a": 1}], "next": null}', [{"a": 1}]),
        (b'{"orders": [{"a": 1}]}\n{"a": 2}\n', [{"orders": [{"a": 1}]}, {"a": 2}]),
        (b'{"count": 1, "next": null, "a": "b\\"c", "results": [{"a": 1}]}', [{"a": 1}]),
        (b'{\n "object": "list",\n "data": [\n {"a": 1}\n ]\n}', [{"a": 1}]),
        (
            b'{"items": [{"items": [{"a": 1}], "email": "x"}]}',
            [{"items": [{"a": 1}], "email": "x"}],
        ),
        (
            b'{"id": 1, "email": "x", "items": [{"a": 1}]}',
            [{"id": 1, "email": "x", "items": [{"a": 1}]}],
        ),
        (
            b'{"items": [1], "customer": {"email": "x"}}',
            [{"items": [1], "customer": {"email": "x"}}],
        ),
        (b'{"id": 1, "data": [{"a": 1}', [{"a": 1}, BAD]),
        (b'{"email": "x", "data": [{"a": 1}', [BAD]),
        (b'{"_embedded": {"customers": [{"a": 1}]}, "page": {}}', [{"a": 1}]),
        (b'{"data": {"x": 1, "orders": {"edges": [{"node": {"a": 1}}]}}}', [{"node": {"a": 1}}]),
        (b'{"customer": {"orders": [1], "email": 2}}', [{"customer": {"orders": [1], "email": 2}}]),
        (b'{"a": 1},\n{"a": 2} , \n{"a": 3},,\n', [{"a": 1}, {"a": 2}, BAD]),
        (b"[]", []),
        (b'[{"a": 1}, 3, "b, c", {"a": nope}, nope, {"a": 2}]', [{"a": 1}, *[BAD] * 4, {"a": 2}]),
        (b'[{"a": 1}, {"a": "\xff"}, {"a": 2}]', [{"a": 1}, Skipped.NOT_TEXT, {"a": 2}]),
        (b'[{"a": 1}, {"a": "cut', [{"a": 1}, BAD]),
        (b'[{"a": 1}', [{"a": 1}, BAD]),
        (b'[{"a": 1}, }, {"a": 2}]', [{"a": 1}, BAD, {"a": 2}]),
        (b'[{"a": {"b": nope}, "c": [1]}, {"a": 2}]', [BAD, {"a": 2}]),
    ],
)
def test_each_object_stands_for_itself(content, read):
    assert objects(content) == read


def test_an_array_is_read_in_pieces(monkeypatch):
    monkeypatch.setattr(json_array, "_PIECE", 7)
    records = [{"a": "x, ]}[{" * number, "b": {"c": [number]}} for number in range(20)]
    assert objects(json.dumps(records).encode()) == records
    broken = json.dumps(records).replace('"c": [7]', '"c": [7 7]').encode()
    assert objects(broken) == [*records[:7], BAD, *records[8:]]


def test_an_element_that_is_too_long_is_refused_alone(monkeypatch):
    monkeypatch.setattr(json_array, "_PIECE", 16)
    monkeypatch.setattr(json_array, "RECORD_MAX_LENGTH", 64)
    content = b'[{"a": 1}, {"a": [%s]}, {"a": 2}]' % b", ".join([b"1"] * 200)
    assert objects(content) == [{"a": 1}, BAD, {"a": 2}]


@given(st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=5), max_size=3)))
def test_an_array_and_lines_of_the_same_objects_are_the_same(records):
    text = json.dumps(records, ensure_ascii=False)
    lines = "\n".join(json.dumps(each) for each in records)
    assert objects(text.encode()) == records
    shape = JSONShape("utf-8", None)
    assert list(objects_of(text_of(io.BytesIO(lines.encode()), "utf-8"), shape)) == records


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("", ""),
        ("a@x.example", "a@x.example"),
        (4155552671, "4155552671"),
        (4155552672.0, "4155552672"),
        (4.155552671e9, "4155552671"),
        (1.5, UNREADABLE),
        (float("inf"), UNREADABLE),
        (2.0**53, UNREADABLE),
        (-1, UNREADABLE),
        (-1.0, UNREADABLE),
        (True, UNREADABLE),
        (["1"], UNREADABLE),
        ({"a": 1}, UNREADABLE),
        ("\ud800", UNREADABLE),
        ("é", "é"),
        ("x" * 4097, UNREADABLE),
    ],
)
def test_a_value_is_text_or_a_whole_number(value, text):
    assert text_of_value(value) == text


@pytest.mark.parametrize(
    ("number", "read"),
    [
        # As an external id, an email or a source; as a time; as a phone number.
        (b"100000", ("100000", "100000", "100000")),
        (b"1e5", ("100000", "100000", "1e5")),
        (b"1.0E+5", ("100000", "100000", "1.0E+5")),
        (b"100000.0", ("100000", "100000", "100000")),
        (b"4.15555E+09", ("4155550000", "4155550000", "4.15555E+09")),
        (b"1.7e12", ("1700000000000", "1700000000000", "1.7e12")),
        (b"1.7e18", (UNREADABLE, "1700000000000000000", "1.7e18")),
        (b"1700000000123456789.0", (UNREADABLE, "1700000000123456789", UNREADABLE)),
        (b"1700000000.25", (UNREADABLE, "1700000000.250000", UNREADABLE)),
        (b"9007199254740993", ("9007199254740993",) * 3),
        (b"9007199254740991.0", ("9007199254740991",) * 3),
        (b"9007199254740992.0", (UNREADABLE, "9007199254740992", UNREADABLE)),
        (b"-1.5e3", (UNREADABLE, UNREADABLE, "-1.5e3")),
        (b"1e-400", ("0", "0", "1e-400")),
        (b"1e400", (UNREADABLE, UNREADABLE, "1e400")),
        (b"1e999999999999", (UNREADABLE, UNREADABLE, "1e999999999999")),
    ],
)
def test_the_column_decides_what_a_number_is(number, read):
    fields = ("external_id", "created_at", "phone_number", "email", "source")
    content = b"{%s}" % b", ".join(b'"%s": %s' % (each.encode(), number) for each in fields)
    assert rows_of(content, *fields) == [(*read, read[0], read[0])]


@pytest.mark.parametrize(
    ("record", "row"),
    [
        (b'{"email": "a", "email": "b"}', Skipped.REPEATED),
        (b'{"Email": "a", "Email": "b"}', Skipped.REPEATED),
        (b'{"email": "a", "email": "a"}', Skipped.REPEATED),
        (b'{"email": null, "email": "a"}', Skipped.REPEATED),
        (b'{"billing": {"phone": 1, "phone": 2}}', Skipped.REPEATED),
        (b'{"billing": {"phone": 1}, "billing": {}}', Skipped.REPEATED),
        (b'{"email": "a", "note": 1, "note": 2}', ("a", None)),
        (b'{"email": "a", "billing": {"note": 1, "note": 2, "phone": 3}}', ("a", "3")),
        (b'{"email": "a", "lines": [{"email": 1, "email": 2}]}', ("a", None)),
    ],
)
def test_a_key_that_comes_twice_is_refused_where_its_value_is_wanted(record, row):
    content = b"%s\n%s\n" % (record, b'{"email": "c"}')
    assert rows_of(content, "email", "billing.phone") == [row, ("c", None)]
    array = b"[%s, %s]" % (record, b'{"email": "c"}')
    assert rows_of(array, "email", "billing.phone") == [row, ("c", None)]


def test_a_field_of_a_nested_object_has_its_path_as_name():
    content = b'{"billing": {"email": "a", "to": {"phone": 1}}}\n{"billing": "none"}\n{"x.y": 2}\n'
    rows = rows_of(content, "billing.email", "billing.to.phone", "x.y", "z")
    assert rows == [("a", "1", None, None), (None, None, None, None), (None, None, "2", None)]
    names = ["billing.email", "billing.to.phone", "billing", "x.y"]
    assert list(names_of(iter(objects(content)))) == names
    assert list(names_at_start(content, shape_of(content))) == names


def test_what_is_no_row_stays_so_and_has_no_names():
    content = b'{"a": 1}\n\n{"a"\n{"b": 2}\n'
    assert rows_of(content, "a") == [("1",), BLANK, BAD, (None,)]
    assert list(names_at_start(content, shape_of(content))) == ["a", "b"]


def test_names_are_seen_wherever_they_come_first():
    names = Names()
    seen = [names.see(each) for each in ({"a": None}, {"a": 1}, {"b": {"c": 1}}, {"b": {"d": 1}})]
    assert (seen, list(names), len(names)) == ([True, False, True, True], ["a", "b.c", "b.d"], 3)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "orders.json is empty"),
        (b" \n ", "orders.json is empty"),
        (b'{\n  "a": 1\n}\n', "write each in one line, or all in one array"),
        (b"PAR1", "say --format parquet"),
        (b"email,phone\na,1\n", "has no object of JSON: if it is CSV, say --format csv"),
        (b'[["email"], ["x"]]', "has no object of JSON: write each row as an object"),
        (b"null", "has no object of JSON: write each row as an object"),
    ],
)
def test_what_holds_no_objects_is_told(content, message):
    with pytest.raises(Unreadable, match=message):
        shape_of(content)


@pytest.mark.parametrize(
    ("content", "read"),
    [
        (b'{"items": [{"sku": 1}], "customers": [{"email": "x"}]}', [{"email": "x"}]),
        (b'{"shoppers": [{"email": "x"}], "page": {"next": [{"a": 1}]}}', [{"email": "x"}]),
        (b'{"a": "\\"[{", "b": {"c": [1, [2]], "kunden": [{"email": "x"}]}}', [{"email": "x"}]),
        (b'{"user": {"email": "me"}, "items": [{"a": 1}]}',
         [{"user": {"email": "me"}, "items": [{"a": 1}]}]),
        (b'[{"email": "x"}] ', [{"email": "x"}]),
        (b'{"data": [{"email": "x"}], "included": [{"a": [{"email": "y"}]}]}', [{"email": "x"}]),
        (b'{"data": [{"email": "x"}]}]}', [{"email": "x"}]),
    ],
)  # fmt: skip
def test_the_array_with_contact_details_is_read_whatever_its_name(content, read):
    assert objects(content) == read


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"orders": [{"email": "x"}], "customers": [{"phone": "1"}]}', "orders, customers"),
        (b'{"data": {"orders": [{"email": "x"}], "items": {"customers": [{"email": "y"}]}}}',
         "data.orders, data.items.customers"),
        (b'{"a@x.example": [{"email": "x"}], "customers": [{"email": "y"}]}',
         "the array of place 1, customers"),
        (b'{"user": {"email": "me"}, "orders": [{"email": "x"}]}', "orders, an object beside"),
    ],
)  # fmt: skip
def test_of_several_places_with_contact_details_none_is_lost_silently(content, told):
    with pytest.raises(
        Unreadable, match=re.escape(f"orders.json has contact details in several places ({told})")
    ):
        shape_of(content)


@pytest.mark.parametrize(
    "rest",
    [b', "customers": [{"email": "y"}]}', b'}\n{"orders": [{"email": "y"}]}', b', "a": "%s"'],
)
def test_contact_details_far_behind_an_array_are_not_lost_silently(monkeypatch, rest):
    monkeypatch.setattr(json_array, "RECORD_MAX_LENGTH", 100)
    start = b'{"orders": [{"email": "x"}]'
    rest = rest % (b"z" * 100) if b"%s" in rest else rest
    text = text_of(io.BytesIO(start + rest), "utf-8")
    read = objects_of(text, JSONShape("utf-8", start.index(b"[") + 1))
    assert next(read) == {"email": "x"}
    with pytest.raises(Unreadable, match="the file has contact details in several places"):
        list(read)


@pytest.mark.parametrize(
    "content",
    [
        b'{"1": {"email": "x"}, "2": {"email": "y"}}',
        b'{"users": {"-NxA1b": {"phone": "1"}, "-NxA2b": {"phone": "2"}}}',
        b'{"email": {"0": "x", "1": "y"}, "phone": {"0": "1", "1": "2"}}',
        b'{"data": {"email": ["x", "y", null]}}',
    ],
)
def test_records_under_keys_do_not_become_one_row(content):
    with pytest.raises(Unreadable, match="has its records under keys, or its columns one by one"):
        shape_of(content)


@pytest.mark.parametrize(
    "content",
    [
        b'{"1": {"email": "x"}}',
        b'{"billing": {"email": "x"}, "shipping": {"email": "y"}}',
        b'{"email": "x", "items": {"1": {"sku": 1}, "2": {"sku": 2}}}',
        b'{"email": "x", "tags": ["a", "b"], "phone": [{"a": 1}, 2]}',
    ],
)
def test_an_order_with_objects_in_it_is_one_row(content):
    assert objects(content) == [json.loads(content)]


def test_values_that_mongodb_wraps_are_unwrapped():
    content = b'{"_id": {"$oid": "65"}, "at": {"$date": {"$numberLong": "17"}}, "a": {"b": 1}}'
    assert objects(content) == [{"_id": "65", "at": "17", "a": {"b": 1}}]


def test_of_a_long_array_the_first_objects_tell_what_it_holds():
    items, orders = [{"sku": 1}] * 30, [{"email": "x"}] * 30
    assert objects(json.dumps({"items": items, "orders": orders}).encode()) == orders
