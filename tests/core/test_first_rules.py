"""The first rules stay as they were: workspaces match by what they made."""

import pytest

from reunite.core.identifiers.kinds import (
    FIRST_RULES,
    NormalizationRules,
    canonical_email,
    canonical_phone,
)

FIRST = NormalizationRules(version=FIRST_RULES)
FIRST_US = NormalizationRules("US", fold_gmail=True, version=FIRST_RULES)


@pytest.mark.parametrize(
    ("value", "key"),
    [
        (" McFly@HillValley.EDU ", "mcfly@hillvalley.edu"),
        ("zoë@bücher.example", "zoë@xn--bcher-kva.example"),
        ("mailto:doc@hillvalley.edu", "mailto:doc@hillvalley.edu"),
        ("o&#039;brien@x.example", "o&#039;brien@x.example"),
        ("zw\u200b@x.example", "zw\u200b@x.example"),
    ],
)
def test_emails(value, key):
    assert canonical_email(value, rules=FIRST) == key


@pytest.mark.parametrize(
    ("value", "key", "in_the_us"),
    [
        ("123456", "123456", "123456"),
        ("(415) 555-2671", "4155552671", "+14155552671"),
        ("4.4791E+11", "4479111", "4479111"),
        ("+49 30 901820 privat", "+4930901820774828", "+4930901820774828"),
        ("see note 2", "2", "2"),
        ("1-800-FLOWERS", "1800", "+18003569377"),
        ("415 555 2671 [home!]", "4155552671", "+14155552671"),
        ("+1 415 555 2671 ext. 7", "+14155552671;ext=7", "+14155552671;ext=7"),
        ("+999 1", "+9991", "+9991"),
        ("1" * 64, "1" * 64, "1" * 64),
    ],
)
def test_phone_numbers(value, key, in_the_us):
    assert canonical_phone(value, rules=FIRST) == key
    assert canonical_phone(value, rules=FIRST_US) == in_the_us


@pytest.mark.parametrize("value", ["mcfly", "mcfly@", "@x.example", "a b@x.example"])
def test_what_is_no_email_is_refused(value):
    with pytest.raises(ValueError, match="send"):
        canonical_email(value, rules=FIRST)


@pytest.mark.parametrize("value", ["none", "+", "\u2487" * 33])
def test_what_is_no_phone_number_is_refused(value):
    with pytest.raises(ValueError, match="send"):
        canonical_phone(value, rules=FIRST)
