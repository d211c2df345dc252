"""What is written around an email is no part of it, and no reason to make another person."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reunite.core.identifiers.kinds import NormalizationRules, canonical_email, canonical_phone
from tests.characters import telling

RULES = NormalizationRules()
PLAIN = "doc@hillvalley.edu"


@pytest.mark.parametrize(
    "value",
    [
        "d\u200boc@hillvalley.edu",
        "doc@hill\u200bvalley.edu",
        "\ufeffdoc@hillvalley.edu\u200e",
        "do\u00adc@hillvalley.edu",
        "d\u200co\u200dc@hillvalley.edu",
        "d\ufe0foc@hillvalley.edu",
        "mailto:doc@hillvalley.edu",
        "MAILTO: Doc@HillValley.edu",
        "smtp:doc@hillvalley.edu",
        "E-Mail: doc@hillvalley.edu",
        "<doc@hillvalley.edu>",
        '"Emmett Brown" <doc@hillvalley.edu>',
        "Emmett Brown <mailto:doc@hillvalley.edu>",
        "&lt;doc@hillvalley.edu&gt;",
        "doc&#64;hillvalley.edu",
        "doc&commat;hillvalley&period;edu",
        "d&#x6F;c@hillvalley.edu",
        "&amp;#100;oc@hillvalley.edu",
        "'doc@hillvalley.edu'",
        '"doc@hillvalley.edu"',
        "\u201cdoc@hillvalley.edu\u201d",
        "'doc@hillvalley.edu",
        '="doc@hillvalley.edu"',
        '"doc"@hillvalley.edu',
        "doc@hillvalley.edu.",
        "doc@hillvalley.edu,",
        "doc@hillvalley.edu;",
        ", doc@hillvalley.edu ;",
        "\u00a0doc@hillvalley.edu\u2003",
    ],
)
def test_what_stands_around_an_email_is_left_out(value):
    assert canonical_email(value, rules=RULES) == PLAIN


def test_an_entity_is_the_sign_it_stands_for():
    assert canonical_email("o&#039;brien@x.example", rules=RULES) == "o'brien@x.example"
    assert canonical_email("a&amp;b@x.example", rules=RULES) == "a&b@x.example"
    assert canonical_email("a&b@x.example", rules=RULES) == "a&b@x.example"


@pytest.mark.parametrize(
    "value",
    [
        "doc@hillvalley.edu, marty@hillvalley.edu",
        "doc@hillvalley.edu;marty@hillvalley.edu",
        "doc@hillvalley.edu / marty@hillvalley.edu",
        "doc@hillvalley.edu marty@hillvalley.edu",
        "doc, marty@hillvalley.edu",
        "doc;marty@hillvalley.edu",
        "doc:marty@hillvalley.edu",
        "doc\\@hillvalley.edu",
        "(doc)emmett@hillvalley.edu",
        "doc%40hillvalley.edu",
        "doc%2Blab@hillvalley.edu",
        "&unknown;@hillvalley.edu",
        "m\ufffdller@hillvalley.edu",
        "doc&#1;@hillvalley.edu@",
        '"@hillvalley.edu',
        "\u200b@hillvalley.edu",
        "doc@hillvalley.edu?subject=hello",
        "doc@hillvalley.edu (Emmett)",
        "doc",
    ],
)
def test_what_may_be_another_email_is_refused(value):
    with pytest.raises(ValueError, match="send"):
        canonical_email(value, rules=RULES)


marks = st.text(alphabet="doc@x.e'\"<>&#;39amp:lt ,\u200b\u200d%2\u0130ＡＥ＇", max_size=24)


@settings(max_examples=400)
@given(st.builds("{}{}@{}.example{}".format, marks, marks, st.sampled_from("xü"), marks))
def test_a_canonical_email_is_canonical(value):
    try:
        key = canonical_email(value, rules=RULES)
    except ValueError:
        return
    assert canonical_email(key, rules=RULES) == key


FORMS = ["{}@x.example", "a{}b@x.example", "a\u0301{}@x.example", "a@{}.example", "a@b{}c.example"]


@pytest.mark.parametrize(
    "value",
    [
        "d***@hillvalley.edu",
        "d*c@hillvalley.edu",
        "***@hillvalley.edu",
        "*@hillvalley.edu",
        "D**.B**@hillvalley.edu",
        "ö**@hillvalley.edu",
        "j…@hillvalley.edu",
        "joh...@gmail.com",
        "j•••n@hillvalley.edu",
        "j####n@hillvalley.edu",
        "Emmett <d***@hillvalley.edu>",
    ],
)
def test_a_masked_email_is_refused(value):
    with pytest.raises(ValueError, match="hidden"):
        canonical_email(value, rules=RULES)


@pytest.mark.parametrize(
    "value", ["!#$%&'*+/=?^_`{|}~@hillvalley.edu", "a..b@hillvalley.edu", "a#b@hillvalley.edu"]
)
def test_signs_that_an_email_may_have_hide_nothing(value):
    assert canonical_email(value, rules=RULES) == value


@pytest.mark.parametrize("form", FORMS)
def test_canonical_emails_of_all_characters_are_canonical(form):
    for each in telling():
        try:
            key = canonical_email(form.format(each), rules=RULES)
        except ValueError:
            continue
        assert canonical_email(key, rules=RULES) == key, hex(ord(each))
        assert unicodedata.is_normalized("NFKC", key)


def test_canonical_numbers_of_all_characters_are_canonical():
    for each in telling():
        for form in ("{}12", "1{}2", "12{}"):
            try:
                key = canonical_phone(form.format(each), rules=RULES)
            except ValueError:
                continue
            assert canonical_phone(key, rules=RULES) == key, hex(ord(each))
