"""Values of a file that are too long are refused or blank, and never reach Python."""

import csv

from tests.bulk.planning import planned

MARKS = "e" + "\u0316\u0301" * 40_000


def test_long_values_are_refused_and_other_rows_are_read(tmp_path):
    path = tmp_path / "orders.csv"
    rows = [
        (f"{MARKS}@x.example", ""),
        ("", MARKS),
        ("", "1" * 100_000),
        ("a" * 300 + "@x.example", ""),
        ("ann@hillvalley.edu", "123456"),
        ("\u2003" * 300, "123456"),
        ("\u2003" * 300, "\u00a0" * 100),
    ]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("email", "phone"), *rows])

    contacts, _, refused = planned(path)

    assert contacts == [(5, 5)]
    assert refused == [
        (1, "invalid_email"),
        (2, "invalid_phone_number"),
        (3, "invalid_phone_number"),
        (4, "invalid_email"),
        (7, "no_identifier"),
    ]
