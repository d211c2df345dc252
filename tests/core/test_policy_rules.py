import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reunite.core.errors import InvalidRequest
from reunite.core.identifiers import Kind, NormalizationRules
from reunite.core.policy import PROTECT, SPEC, Limits, Pattern, Policy, Values
from reunite.core.policy_rules import policy_from, rules_of


def refused(rules):
    with pytest.raises(InvalidRequest) as error:
        policy_from(rules)
    return [(each.field, each.code) for each in error.value.errors]


def test_an_empty_form_is_the_specification():
    assert policy_from({}) == SPEC
    assert policy_from({"preset": "protect"}) == PROTECT


def test_what_a_form_says_takes_the_place_of_what_its_preset_says():
    policy = policy_from(
        {
            "preset": "protect",
            "placeholders": False,
            "blocked": {
                "emails": ["info@shop.example"],
                "domains": ["mailinator.com"],
                "patterns": [{"kind": "phone", "pattern": "^0900"}],
            },
            "allowed": {"phoneNumbers": ["0000000"]},
            "limits": {"emailsPerPerson": 3, "phonesPerPerson": None},
            "joinOnlyVerified": True,
            "erased": "accept",
            "normalization": {"defaultRegion": "US", "foldGmail": True},
        }
    )
    assert policy == Policy(
        placeholders=False,
        blocked=Values(emails=("info@shop.example",)),
        blocked_domains=("mailinator.com",),
        blocked_patterns=(Pattern(Kind.PHONE, "^0900"),),
        allowed=Values(phone_numbers=("0000000",)),
        limits=Limits(emails_per_person=3, contacts_per_email=5, contacts_per_phone=10),
        join_only_verified=True,
        erased="accept",
        normalization=NormalizationRules(default_region="US", fold_gmail=True),
    )


def test_a_region_that_is_left_out_is_that_of_the_settings():
    assert policy_from({}, default_region="US").normalization.default_region == "US"
    none = {"normalization": {"defaultRegion": None}}
    assert policy_from(none, default_region="US").normalization.default_region is None


names = st.text(alphabet="abcdefghij", min_size=1, max_size=5)
emails = st.builds("{}@{}.example".format, names, names)
numbers = st.integers(1, 10**9).map(str)
limits = st.none() | st.integers(1, 100)
policies = st.builds(
    Policy,
    placeholders=st.booleans(),
    blocked=st.builds(
        Values,
        emails=st.lists(emails, max_size=2).map(tuple),
        phone_numbers=st.lists(numbers, max_size=2).map(tuple),
    ),
    blocked_domains=st.lists(names.map("{}.example".format), max_size=2).map(tuple),
    blocked_patterns=st.lists(st.builds(Pattern, st.sampled_from(Kind), names), max_size=2).map(
        tuple
    ),
    allowed=st.builds(Values, emails=st.lists(emails, max_size=2).map(tuple)),
    limits=st.builds(Limits, limits, limits, limits, limits),
    join_only_verified=st.booleans(),
    erased=st.sampled_from(["refuse", "accept"]),
    normalization=st.builds(NormalizationRules, st.sampled_from([None, "US"]), st.booleans()),
)


@given(policies)
@settings(max_examples=60)
def test_what_is_written_is_read_as_the_same_policy(policy):
    assert policy_from(json.loads(json.dumps(rules_of(policy)))) == policy


@pytest.mark.parametrize(
    ("rules", "errors"),
    [
        ({"preset": "strict"}, [("preset", "invalid_choice")]),
        ({"preset": ["spec"]}, [("preset", "invalid_choice")]),
        ({"placeholder": True}, [("placeholder", "unknown_field")]),
        ({"placeholders": 1}, [("placeholders", "invalid_type")]),
        ({"joinOnlyVerified": None}, [("joinOnlyVerified", "invalid_type")]),
        ({"erased": "keep"}, [("erased", "invalid_choice")]),
        ({"erased": ["refuse"]}, [("erased", "invalid_choice")]),
        ({"limits": []}, [("limits", "invalid_type")]),
        ({"limits": {"emails": 3}}, [("limits.emails", "unknown_field")]),
        *(
            ({"limits": {"emailsPerPerson": bad}}, [("limits.emailsPerPerson", "invalid_limit")])
            for bad in (0, -1, True, 2.5, "3")
        ),
        ({"normalization": {"foldGmail": 0}}, [("normalization.foldGmail", "invalid_type")]),
        *(
            (
                {"normalization": {"defaultRegion": bad}},
                [("normalization.defaultRegion", "invalid_region")],
            )
            for bad in ("USA", "us", "", 1)
        ),
        ({"blocked": None}, [("blocked", "invalid_type")]),
        ({"blocked": {"emails": None}}, [("blocked.emails", "invalid_type")]),
        ({"blocked": {"patterns": None}}, [("blocked.patterns", "invalid_type")]),
        ({"blocked": {"email": []}}, [("blocked.email", "unknown_field")]),
        ({"blocked": {"emails": "a@x.example"}}, [("blocked.emails", "invalid_type")]),
        ({"blocked": {"phoneNumbers": [1]}}, [("blocked.phoneNumbers", "invalid_type")]),
        (
            {"blocked": {"emails": ["a@x.example", "b"], "phoneNumbers": ["none"]}},
            [("blocked.emails.1", "invalid_value"), ("blocked.phoneNumbers.0", "invalid_value")],
        ),
        ({"blocked": {"domains": ["x@y.example"]}}, [("blocked.domains.0", "invalid_value")]),
        ({"blocked": {"patterns": {}}}, [("blocked.patterns", "invalid_type")]),
        ({"blocked": {"patterns": [{}] * 101}}, [("blocked.patterns", "too_many_patterns")]),
        ({"blocked": {"patterns": ["a"]}}, [("blocked.patterns.0", "invalid_type")]),
        (
            {"blocked": {"patterns": [{"kind": "email", "pattern": "a", "flags": "i"}]}},
            [("blocked.patterns.0", "invalid_type")],
        ),
        (
            {"blocked": {"patterns": [{"kind": "name", "pattern": "a"}]}},
            [("blocked.patterns.0.kind", "invalid_choice")],
        ),
        (
            {"blocked": {"patterns": [{"kind": "email", "pattern": "a" * 201}]}},
            [("blocked.patterns.0", "pattern_too_long")],
        ),
        *(
            (
                {"blocked": {"patterns": [{"kind": "email", "pattern": bad}]}},
                [("blocked.patterns.0", "invalid_pattern")],
            )
            for bad in ("(", "(?=a)", r"(a)\1", "((a{100}){100}){100}")
        ),
    ],
)
def test_what_cannot_be_read_is_named(rules, errors):
    assert refused(rules) == errors


def test_everything_that_is_wrong_is_named_at_once():
    assert refused({"erased": "no", "limits": {"emailsPerPerson": 0}, "x": 1}) == [
        ("x", "unknown_field"),
        ("erased", "invalid_choice"),
        ("limits.emailsPerPerson", "invalid_limit"),
    ]


def test_a_refused_pattern_says_why():
    with pytest.raises(InvalidRequest) as error:
        policy_from({"blocked": {"patterns": [{"kind": "email", "pattern": "(a"}]}})
    assert error.value.errors[0].detail == "Not an RE2 pattern: missing ): (a."
