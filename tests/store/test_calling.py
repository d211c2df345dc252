"""Each call of the store shows where rows are read: outside, in a snapshot, in a transaction."""

import re
from pathlib import Path

import reunite.store

STORE = Path(reunite.store.__path__[0])
ON_ITS_OWN = re.compile(r"\bdialect\(\)\.(?:run|stream)\(|\bcurrent\.(?:run|stream)\(")


def test_only_the_folder_of_the_database_asks_on_its_own():
    found = [
        f"{path.relative_to(STORE)}: {line.strip()}"
        for path in STORE.rglob("*.py")
        if "database" not in path.relative_to(STORE).parts
        for line in path.read_text().splitlines()
        if ON_ITS_OWN.search(line)
    ]

    assert not found
