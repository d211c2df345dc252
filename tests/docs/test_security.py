"""What SECURITY.md promises is held by tests that exist."""

import ast
import re

from tests.docs.documents import ROOT, Document, code

DOCUMENT = Document(ROOT / "SECURITY.md")
PROMISES = re.split(r"^- ", DOCUMENT.section("What is protected"), flags=re.MULTILINE)[1:]


def named_tests(text):
    """The tests that a text names: files, and files with the name of a test."""
    return [each for each in code(text) if each.startswith("tests/")]


def functions_in(path):
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_each_promise_names_a_test():
    assert len(PROMISES) > 10
    assert [each for each in PROMISES if not named_tests(each)] == []


def test_each_test_that_is_named_exists():
    for named in named_tests(DOCUMENT.text):
        path, _, name = named.partition("::")
        assert (ROOT / path).name.startswith("test_"), named
        assert (ROOT / path).is_file(), named
        assert not name or name in functions_in(path), named


def test_all_dependencies_are_pinned_with_hashes():
    for path in (ROOT / "requirements").glob("*.txt"):
        pinned = re.split(
            r"\n(?=[a-z])", re.sub(r"^ *#.*\n", "", path.read_text(), flags=re.MULTILINE)
        )
        for each in pinned:
            assert re.match(r"[\w.\[\]-]+==\S+", each), each
            assert "--hash=sha256:" in each, each
