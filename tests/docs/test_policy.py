"""The page about policies shows the whole of one, and names no number that is not so."""

import json

from reunite.core.identifiers.fillers import FILLER_NAMES, MAIL_PROVIDERS, ROLE_NAMES
from reunite.core.identifiers.placeholders import PLACEHOLDER_WORDS
from reunite.core.policy.patterns import MAX_PATTERNS, MAX_PROGRAM, PATTERN_MAX_LENGTH
from reunite.core.policy.policy import PROTECT, SPEC
from reunite.core.policy.presets import PRESETS
from reunite.core.policy.rules import MAX_VALUES, policy_from, rules_of
from reunite.services.policy.change import APPLIED_AT_ONCE
from tests.docs.documents import DOCS, Document, code, table

PAGE = Document(DOCS / "reference/policy.md")
IDENTIFIERS = Document(DOCS / "explanation/identifiers.md")


def fields(rules, prefix=""):
    """The paths of all values in a JSON form."""
    for name, value in rules.items():
        if isinstance(value, dict):
            yield from fields(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def test_the_form_that_is_shown_is_complete_and_the_default():
    shown = json.loads(PAGE.blocks[0].text)
    assert shown == rules_of(SPEC)
    assert policy_from(shown) == SPEC


def test_every_field_is_described():
    described = [name for row in table(PAGE.section("Fields")) for name in code(row[0])]
    assert described == list(fields(rules_of(SPEC)))


def test_every_preset_is_described_with_its_limits():
    rows = table(PAGE.section("Presets"))
    assert [code(row[0])[0] for row in rows[: len(PRESETS)]] == list(PRESETS)
    limits = {code(name)[0]: json.loads(number) for name, number in rows[len(PRESETS) :]}
    assert limits == rules_of(PROTECT)["limits"]


def test_numbers_are_so():
    assert f"up to {MAX_PATTERNS} of" in PAGE.text
    assert f"up to {PATTERN_MAX_LENGTH} characters" in PAGE.text
    assert f"up to {MAX_PROGRAM:,} instructions" in PAGE.text
    assert f"at most {MAX_VALUES:,}" in PAGE.text
    for name in ("reference/policy.md", "reference/errors.md", "how-to/change-the-policy.md"):
        assert f"{APPLIED_AT_ONCE:,}" in Document(DOCS / name).text


def test_every_placeholder_is_listed():
    (words, *_) = table(IDENTIFIERS.section("What does not count"))
    assert code(words[1]) == sorted(PLACEHOLDER_WORDS)


def test_every_filler_is_listed():
    emails, roles, _ = table(IDENTIFIERS.section("Fillers"))
    listed = set(code(emails[1]))
    examples = {"aaa@aaa.com", "xxx@hillvalley.edu", "jxxxn@hillvalley.edu"}
    assert listed == {*examples, *FILLER_NAMES, *MAIL_PROVIDERS}
    assert set(code(roles[1])) == ROLE_NAMES
