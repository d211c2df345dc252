"""What tests of imports share."""

import pytest

from tests.bulk.planning import write_csv

CHAIN = [
    ("a@x.example", "1", 0),
    ("b@x.example", "2", 1),
    ("a@x.example", "2", 2),
    ("c@x.example", "2", 3),
    ("d@x.example", "4", 4),
]


@pytest.fixture
def orders(tmp_path):
    return write_csv(tmp_path / "orders.csv", CHAIN)
