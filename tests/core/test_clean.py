"""What a file's values need no reading for: the patterns follow the policy."""

import re
from dataclasses import replace

import pytest

from reunite.core.policy.clean import clean_rules
from reunite.core.policy.policy import PROTECT, SPEC


def left_to_reading(policy):
    rules = clean_rules(policy)
    return re.compile(rules.email_not, re.ASCII), re.compile(rules.phone_not, re.ASCII)


def test_names_of_roles_are_read_where_fillers_do_not_count():
    emails, _ = left_to_reading(PROTECT)
    assert emails.search("info@hillvalley.edu")
    assert not emails.search("mcfly@hillvalley.edu")


@pytest.mark.parametrize(("fold", "email"), [("fold_gmail", "m.fly@gmail.com")])
def test_addresses_of_gmail_are_read_where_they_are_folded(fold, email):
    folding = replace(SPEC, normalization=replace(SPEC.normalization, **{fold: True}))
    assert left_to_reading(folding)[0].search(email)
    assert not left_to_reading(SPEC)[0].search(email)


def test_numbers_with_two_spellings_are_read_where_mobiles_are_folded():
    folding = replace(SPEC, normalization=replace(SPEC.normalization, fold_mobile=True))
    assert left_to_reading(folding)[1].search("+5511988888888")
