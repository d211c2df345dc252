"""A file that Spark plans leaves what the same file leaves that is planned on one machine."""

import random

import pytest

from reunite.bulk.stopped import Stopped
from tests.builders import set_policy
from tests.bulk.planning import write_csv
from tests.emptying import empty_tables
from tests.imports.files import import_files, stored_contacts, stored_links

# What Spark hands over is loaded as any plan is; that is tested on both databases.
pytestmark = pytest.mark.django_db(transaction=True)

EMAILS = [
    None,
    "n/a",
    "no at sign",
    *(f"{name}@x.example" for name in "abcdefghijklm"),
    "A@X.Example",
]
PHONES = [None, "000", *map(str, range(1, 14)), "(1)"]


@pytest.mark.thorough  # Twice a minute, for the way from a plan to rows.
def test_a_file_planned_by_spark_leaves_what_one_planned_here_leaves(tmp_path):
    chance = random.Random(5)
    rows = [(chance.choice(EMAILS), chance.choice(PHONES), chance.randrange(9)) for _ in range(120)]
    path = write_csv(tmp_path / "orders.csv", rows)
    names, *lines = path.read_text().splitlines()
    named = [f"{names},external_id", *(f"{line},o{n}" for n, line in enumerate(lines))]
    path.write_text("\n".join([*named, ""]))
    refused = [tmp_path / "here.csv", tmp_path / "there.csv"]
    empty_tables()
    here = import_files(path, refused=refused[0])
    expected = stored_contacts(), stored_links()
    assert all(link[-2] for link in expected[1])
    empty_tables()

    there = import_files(path, refused=refused[1], master="local[2]")

    assert (stored_contacts(), stored_links()) == expected
    assert (there.rows, there.refused) == (here.rows, here.refused)
    assert (there.contacts, there.merges) == (here.contacts, here.merges)
    assert refused[1].read_text() == refused[0].read_text()
    assert there.left_out == here.left_out


def test_a_cluster_refuses_what_it_cannot_do(tmp_path):
    set_policy(preset="protect")
    path = write_csv(tmp_path / "orders.csv", [("a@x.example", "1", 0)])

    with pytest.raises(Stopped, match="guards"):
        import_files(path, master="local[2]")
