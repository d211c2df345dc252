"""A cell is several values where each of its parts is one, and else a single value."""

import pytest

from reunite.core.identifiers.kinds import Kind
from reunite.core.policy.cells import MAX_VALUES, values_of_cell
from reunite.core.policy.policy import SPEC

A, B = "a@x.example", "b@x.example"
ONE, TWO = "+14155550101", "+14155550102"
MANY = [f"{number}@x.example" for number in range(MAX_VALUES + 1)]


@pytest.mark.parametrize(
    ("cell", "values"),
    [
        (f"{A} ::: {B}", (A, B)),
        (f"{A};{B};", (A, B)),
        (f"{A}, {B}|c@x.example\r\nd@x.example", (A, B, "c@x.example", "d@x.example")),
        (f"Doe, A <{A}>; Doe, B <{B}>", (f"Doe, A <{A}>", f"Doe, B <{B}>")),
        (f'"Doe; A" <{A}>; {B}', (f'"Doe; A" <{A}>', B)),
        (f"{A};{A}", (A,)),
        (f"{A}; none", (A, "none")),
        (";".join(MANY[:MAX_VALUES]), tuple(MANY[:MAX_VALUES])),
        (";".join(MANY), ()),
        (A, ()),
        (f"{A};", ()),
        (f"Doe, A <{A}>", ()),
        ('"a;b"@x.example', ()),
        (f"{A}; old", ()),
        (f"{A}; {'x' * 300}@x.example", ()),
        (";;", ()),
    ],
)
def test_emails_of_a_cell(cell, values):
    assert values_of_cell(Kind.EMAIL, cell, SPEC) == values


@pytest.mark.parametrize(
    ("cell", "values"),
    [
        (f"{ONE} ::: {TWO}", (ONE, TWO)),
        (f"{ONE}; none", (ONE, "none")),
        ("4155550101;4155550102", ("4155550101", "4155550102")),
        ("415-555-0101, 0102", ()),
        ("1,234,567", ()),
        (f"{ONE}, ext 5", ()),
        (f"{ONE};ext=5", ()),
        (f"{ONE}; privat", ()),
    ],
)
def test_phone_numbers_of_a_cell(cell, values):
    assert values_of_cell(Kind.PHONE, cell, SPEC) == values
