"""Keys read quickly for many contacts are those of the policy."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reunite.core.identifiers.kinds import FIRST_RULES, Kind, NormalizationRules
from reunite.core.policy.keys import read_key
from reunite.core.policy.parts import Blocked
from reunite.core.policy.policy import PROTECT, SPEC
from reunite.core.policy.reader import KeyReader
from tests.clean_values import US, emails, numbers

POLICIES = [
    SPEC,
    PROTECT,
    US,
    replace(SPEC, blocked=Blocked(emails=("info@x.example",))),
    replace(SPEC, normalization=NormalizationRules(version=FIRST_RULES)),
]
policies = pytest.mark.parametrize("policy", POLICIES)
ODD = [
    "",
    " ",
    "n/a",
    "info@x.example",
    "Lorraine@HillValley.edu",
    "a@x.example\n",
    "İpek@x.example",
    "\u212aim@x.example",
    f"{'a' * 300}@x.example",
    "+14155552671",
    "+1 (415) 555-2671",
    "+14155552671\n",
    "+000000",
    f"+{'1' * 20}",
    f"+1{' ' * 70}4155552671",
    "(415) 555-2671",
    "123456",
]


def agrees(policy, kind, value):
    return KeyReader(policy).key(kind, value) == read_key(kind, value, policy=policy)[0]


@policies
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("value", ODD)
def test_an_odd_value_has_the_key_of_the_policy(policy, kind, value):
    assert agrees(policy, kind, value)


@policies
@settings(deadline=None, max_examples=100)
@given(value=emails | st.text(max_size=20))
def test_an_email_has_the_key_of_the_policy(policy, value):
    assert agrees(policy, Kind.EMAIL, value)


@policies
@settings(deadline=None, max_examples=100)
@given(value=numbers | st.text("+0123456789 ()-", max_size=20))
def test_a_phone_number_has_the_key_of_the_policy(policy, value):
    assert agrees(policy, Kind.PHONE, value)
