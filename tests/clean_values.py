"""Values near the edge of what is clean, and what the policy makes of them."""

from dataclasses import replace

import pytest
from hypothesis import strategies as st
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from reunite.core.identifiers.kinds import NormalizationRules
from reunite.core.policy.policy import SPEC

US = replace(SPEC, normalization=NormalizationRules(default_region="US", fold_gmail=True))
policies = pytest.mark.parametrize("policy", [SPEC, US], ids=["no region", "US"])
digits = st.text("0123456789", max_size=14) | st.text("01", max_size=14)
numbers = st.builds(
    "+{}{}{}".format,
    st.sampled_from(sorted(COUNTRY_CODE_TO_REGION_CODE)) | st.just(""),
    st.text("0123456789 ().-", max_size=4),
    digits | st.text("0123456789 ().-", max_size=16),
)
emails = st.builds(
    "{}@{}".format,
    st.text("abxAZ019.+_-!*#", max_size=8) | st.sampled_from(["none", "NULL", "n/a", "-", "no"]),
    st.lists(st.text("abZ09-_", min_size=1, max_size=4), min_size=1, max_size=3).map(".".join)
    | st.sampled_from(["gmail.com", "example.com", "none.example", "test.com", "x.invalid"]),
)


def by_policy(kind, values, policy):
    """The keys of the values that have one."""
    keys = {}
    for value in values:
        try:
            keys[value], _ = policy.canonical(kind, value)
        except ValueError:
            continue
    return {value: key for value, key in keys.items() if key is not None}
