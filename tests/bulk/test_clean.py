"""What SQL makes of clean values is what the policy makes of them."""

from dataclasses import replace

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from reunite.bulk.canonical import clean_form, clean_key
from reunite.bulk.engine import engine
from reunite.core.identifiers.kinds import Kind, NormalizationRules
from reunite.core.policy.clean import WRITTEN_BETWEEN_DIGITS, clean_rules
from reunite.core.policy.parts import Blocked
from reunite.core.policy.policy import SPEC
from tests.clean_values import US, by_policy, emails, numbers, policies


def by_sql(kind, values, policy):
    """The keys of the clean ones."""
    with engine(threads=1) as duck:
        duck.run("CREATE TABLE raw (value VARCHAR)")
        duck.add_columns("raw", value=values)
        form, key = clean_form(kind, "value", policy), clean_key(kind, "form", policy)
        asked = f"SELECT value, {key} AS key FROM (SELECT value, {form} AS form FROM raw)"
        return dict(duck.rows(f"SELECT * FROM ({asked}) WHERE key IS NOT NULL"))


@policies
@settings(deadline=None, max_examples=25)
@given(values=st.lists(numbers, min_size=50, max_size=200, unique=True))
def test_a_clean_phone_number_has_the_key_of_the_policy(policy, values):
    clean = by_sql(Kind.PHONE, values, policy)
    assert clean.items() <= by_policy(Kind.PHONE, values, policy).items()


@policies
@settings(deadline=None, max_examples=25)
@given(values=st.lists(emails, min_size=50, max_size=200, unique=True))
def test_a_clean_email_has_the_key_of_the_policy(policy, values):
    clean = by_sql(Kind.EMAIL, values, policy)
    assert clean.items() <= by_policy(Kind.EMAIL, values, policy).items()


def test_what_orders_hold_is_clean():
    numbers = ["+14155552671", "+1 (415) 555-2671", "+442071838750", "+49 30 901820"]
    assert by_sql(Kind.PHONE, numbers, SPEC).keys() == set(numbers)
    emails = ["lorraine@hillvalley.edu", "McFly@HillValley.edu", "a.b+c@mail.example"]
    assert by_sql(Kind.EMAIL, emails, SPEC).keys() == set(emails)


def test_nothing_is_clean_where_single_values_are_blocked():
    policy = replace(SPEC, blocked=Blocked(emails=("info@x.example",)))
    assert by_sql(Kind.EMAIL, ["a@x.example", "info@x.example"], policy) == {}


def test_the_patterns_are_those_of_re2():
    rules = clean_rules(US)
    for pattern in (rules.email, rules.email_not, rules.phone, rules.phone_not):
        re2.compile(pattern)
    assert set(WRITTEN_BETWEEN_DIGITS) <= set(rules.phone)


@pytest.mark.parametrize(
    ("region", "number", "key"),
    [("US", "+011 39 341731150", "+39341731150"), ("FI", "+990 49 30 901820", "+4930901820")],
)
def test_a_prefix_for_calls_abroad_behind_the_plus_is_not_clean(region, number, key):
    policy = replace(SPEC, normalization=NormalizationRules(default_region=region))
    assert by_policy(Kind.PHONE, [number], policy) == {number: key}
    assert by_sql(Kind.PHONE, [number], policy) == {}


@pytest.mark.parametrize("placeholder", ["+1000000", "+420000000", "+0", "+7777777", "+1230000000"])
def test_a_placeholder_is_not_clean(placeholder):
    assert by_policy(Kind.PHONE, [placeholder], SPEC) == {}
    assert by_sql(Kind.PHONE, [placeholder], SPEC) == {}


argentine = st.builds(
    "+54{}{}{}{}".format,
    st.text("0123456789", max_size=3),
    st.just(11) | st.integers(200, 399) | st.integers(2_000, 3_999),
    st.sampled_from([1, 15]),
    st.integers(10_000, 999_999_999),
)


@settings(deadline=None, max_examples=10)
@given(values=st.lists(argentine, min_size=100, max_size=300, unique=True))
def test_a_number_of_argentina_whose_prefix_may_be_nothing_has_the_key_of_the_policy(values):
    clean = by_sql(Kind.PHONE, values, SPEC)
    assert clean.items() <= by_policy(Kind.PHONE, values, SPEC).items()
    assert by_sql(Kind.PHONE, ["+541143211234", "+5491143211234"], SPEC).keys() == {
        "+541143211234",
        "+5491143211234",
    }


@pytest.mark.parametrize("email", ["İpek@x.example", "\u212aim@x.example", "ann@x.e\u00adxample"])
def test_an_email_beyond_ascii_is_not_clean(email):
    assert by_sql(Kind.EMAIL, [email], SPEC) == {}
