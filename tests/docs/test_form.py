"""Documents that have a form keep it."""

import re

import pytest

from tests.docs.documents import DOCS, ROOT, Document

CHANGELOG = Document(ROOT / "CHANGELOG.md")
DECISIONS = [Document(path) for path in sorted((DOCS / "decisions").glob("*.md"))]
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_changelog_tells_of_what_is_not_released_yet():
    versions = [heading for heading in CHANGELOG.headings if heading.startswith("[")]
    assert versions[0] == "[Unreleased]"
    assert {h for h in CHANGELOG.headings[1:] if not h.startswith("[")} <= KINDS
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", each) for each in versions[1:])


def test_each_decision_has_a_number_of_its_own():
    numbers = [int(each.path.name[:4]) for each in DECISIONS]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("decision", DECISIONS, ids=str)
def test_a_decision_says_why_what_and_what_not(decision):
    title, *headings = decision.headings
    assert title.startswith(decision.path.name[:4])
    assert [h for h in headings if h in {"Context", "Decision", "Rejected alternatives"}] == [
        "Context",
        "Decision",
        "Rejected alternatives",
    ]
    assert len(decision.text.splitlines()) <= 100
