"""Files that the documents name exist; decisions are history, and may name files of their time."""

import re

import pytest

from tests.docs.documents import DOCS, ROOT, code, documents

FOLDERS = (ROOT, ROOT / "src", ROOT / "src" / "reunite")
PATH = re.compile(
    r"(?:api|benchmarks|bulk|core|docs|examples|services|src|store|tests|tools)/[\w/.*-]*"
)
LIVING = [
    each
    for each in documents()
    if not each.path.is_relative_to(DOCS / "decisions") and each.path.name != "CHANGELOG.md"
]


def paths_in(text):
    """The paths of files and folders that stand between backticks; 00NN is a pattern."""
    return [
        each for each in code(text) if PATH.fullmatch(each.partition("::")[0]) and "NN" not in each
    ]


def exists(path):
    return any((folder / path.partition("::")[0]).exists() for folder in FOLDERS)


@pytest.mark.parametrize("document", LIVING, ids=str)
def test_the_files_that_a_document_names_exist(document):
    assert [each for each in paths_in(document.prose) if not exists(each)] == []


def test_paths_are_found():
    text = "`store/database/locks.py`, `store/locks.py`, `tests/a.py::b`, `docs/00NN-x.md`, `a/b`"
    assert paths_in(text) == ["store/database/locks.py", "store/locks.py", "tests/a.py::b"]
    assert [exists(each) for each in paths_in(text)] == [True, False, False]
