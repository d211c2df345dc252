import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reunite.core.errors import InvalidPolicy, InvalidRequest
from reunite.core.identifiers.fillers import Fillers
from reunite.core.identifiers.kinds import FIRST_RULES, LATEST_RULES, Kind, NormalizationRules
from reunite.core.policy.parts import Blocked, Limits, Pattern, Values
from reunite.core.policy.policy import PROTECT, SPEC, Policy
from reunite.core.policy.rules import MAX_PROGRAM, policy_from, rules_of, stored_policy


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
            "fillers": {"emails": ["nobody@shop.example"], "names": ["till"]},
            "blocked": {
                "emails": ["info@shop.example"],
                "domains": ["mailinator.com"],
                "patterns": [{"kind": "phone", "pattern": "^0900"}],
            },
            "allowed": {"phoneNumbers": ["0000000"]},
            "limits": {"emailsPerPerson": 3, "phonesPerPerson": None},
            "joinOnlyVerified": True,
            "erased": "accept",
            "normalization": {"defaultRegion": "US", "foldGmail": True, "foldMobile": True},
        }
    )
    assert policy == Policy(
        placeholders=False,
        fillers=Fillers(known=True, emails=("nobody@shop.example",), names=("till",)),
        blocked=Blocked(
            emails=("info@shop.example",),
            domains=("mailinator.com",),
            patterns=(Pattern(Kind.PHONE, "^0900"),),
        ),
        allowed=Values(phone_numbers=("0000000",)),
        limits=Limits(
            emails_per_person=3, persons_per_email=5, persons_per_phone=2, emails_per_phone=10
        ),
        join_only_verified=True,
        erased="accept",
        normalization=NormalizationRules(default_region="US", fold_gmail=True, fold_mobile=True),
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
    fillers=st.builds(
        Fillers,
        known=st.booleans(),
        emails=st.lists(emails, max_size=2).map(tuple),
        names=st.lists(names, max_size=2).map(tuple),
        phone_numbers=st.lists(numbers, max_size=2).map(tuple),
    ),
    blocked=st.builds(
        Blocked,
        emails=st.lists(emails, max_size=2).map(tuple),
        phone_numbers=st.lists(numbers, max_size=2).map(tuple),
        domains=st.lists(names.map("{}.example".format), max_size=2).map(tuple),
        patterns=st.lists(st.builds(Pattern, st.sampled_from(Kind), names), max_size=2).map(tuple),
    ),
    allowed=st.builds(Values, emails=st.lists(emails, max_size=2).map(tuple)),
    limits=st.builds(Limits, limits, limits, limits, limits),
    join_only_verified=st.booleans(),
    erased=st.sampled_from(["refuse", "accept"]),
    normalization=st.builds(
        NormalizationRules,
        st.sampled_from([None, "US"]),
        st.booleans(),
        st.sampled_from([FIRST_RULES, LATEST_RULES]),
        st.booleans(),
    ),
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
            for bad in (0, -1, True, 2.5, "3", 10**9 + 1, 2**63)
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
            for bad in ("(", "(?=a)", r"(a)\1", "((a{100}){100}){100}", "a\0", "\ud800")
        ),
        *(
            (
                {
                    "blocked": {
                        "patterns": [{"kind": kind, "pattern": bad}, {"kind": kind, "pattern": "("}]
                    }
                },
                [
                    ("blocked.patterns.0", "invalid_pattern"),
                    ("blocked.patterns.1", "invalid_pattern"),
                ],
            )
            for kind in Kind
            for bad in (
                "",
                "a{0}",
                "x*",
                "(?:)",
                "a?",
                "^a?",
                "x*$",
                "|x",
                "^",
                "$",
                "(?i)",
                ".",
                ".+",
            )
        ),
        *(
            (
                {"blocked": {"patterns": [{"kind": kind, "pattern": bad}]}},
                [("blocked.patterns.0", "invalid_pattern")],
            )
            for kind, bad in (
                ("email", "@"),
                ("email", r"\."),
                ("email", "[a-z]"),
                ("email", "[^0]"),
                ("email", "^[^@]+@"),
                ("email", r"\b"),
                ("phone", "[0-9]"),
                ("phone", r"\d$"),
                ("phone", r"^\+?[0-9]"),
            )
        ),
        *(
            (
                {"blocked": {"patterns": [{"kind": "email", "pattern": bad}] * 100}},
                [(f"blocked.patterns.{place}", "pattern_too_large")],
            )
            for bad, place in ((r"(?:\p{L}|\p{N}){1,150}N", 0), (r"\p{L}{1,3}N", 5))
        ),
        ({"fillers": {"known": "yes"}}, [("fillers.known", "invalid_type")]),
        ({"fillers": {"names": ["a@b", "info"]}}, [("fillers.names.0", "invalid_value")]),
        ({"fillers": {"names": ["mailto:a"]}}, [("fillers.names.0", "invalid_value")]),
        ({"fillers": {"domains": []}}, [("fillers.domains", "unknown_field")]),
        ({"fillers": {"emails": ["a"]}}, [("fillers.emails.0", "invalid_value")]),
        ({"normalization": {"foldMobile": 1}}, [("normalization.foldMobile", "invalid_type")]),
        *(
            ({"normalization": {"version": bad}}, [("normalization.version", "invalid_choice")])
            for bad in (0, 3, "2", True, None)
        ),
        (
            {"blocked": {"emails": ["a@x.example"] * 2_500, "domains": ["x.example"] * 2_501}},
            [("blocked.domains", "too_many_values")],
        ),
    ],
)
def test_what_cannot_be_read_is_named(rules, errors):
    assert refused(rules) == errors


def test_a_whole_answer_is_refused_with_the_field_that_holds_the_policy():
    answer = {"version": 1, "preset": None, "policy": rules_of(SPEC), "prepared": None}
    with pytest.raises(InvalidPolicy) as refused:
        policy_from(answer)
    (error,) = refused.value.errors
    assert (error.field, error.code) == ("policy", "unknown_field")
    assert "send its value alone" in error.detail
    assert policy_from(answer["policy"]) == SPEC


def test_everything_that_is_wrong_is_named_at_once():
    assert refused({"erased": "no", "limits": {"emailsPerPerson": 0}, "x": 1}) == [
        ("x", "unknown_field"),
        ("limits.emailsPerPerson", "invalid_limit"),
        ("erased", "invalid_choice"),
    ]


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        ("email", "^noreply@"),
        ("email", "^$"),
        ("email", "^.{0,9}$"),
        ("email", ".{9,}"),
        ("email", "[a-y]@"),
        ("email", r"\.(com|de)$"),
        ("email", r"\+"),
        ("phone", "^[0-9]{0,4}$"),
        ("phone", "[0-9]{4}"),
        ("phone", r"^\+"),
        ("phone", "[0-8]"),
    ],
)
def test_a_pattern_that_leaves_some_values_is_accepted_also_if_it_matches_the_empty_text(
    kind, pattern
):
    rules = {"blocked": {"patterns": [{"kind": kind, "pattern": pattern}]}}
    assert policy_from(rules).blocked.patterns == (Pattern(Kind(kind), pattern),)


def test_a_refused_pattern_says_why():
    with pytest.raises(InvalidRequest) as error:
        policy_from({"blocked": {"patterns": [{"kind": "email", "pattern": "(a"}]}})
    assert error.value.errors[0].detail == "Not an RE2 pattern: missing ): (a."


HUGE = {"kind": "email", "pattern": r"(?:\p{L}|\p{N}){1,150}N"}


def test_a_pattern_that_is_too_large_is_refused_in_silence(capfd):
    with pytest.raises(InvalidRequest) as error:
        policy_from({"blocked": {"patterns": [HUGE] * 100}})
    assert "repeat less" in error.value.errors[0].detail
    assert capfd.readouterr() == ("", "")


def test_as_many_patterns_as_allowed_may_be_as_long_as_allowed():
    patterns = [{"kind": "email", "pattern": f"{n:03}" + "a" * 90} for n in range(100)]
    assert len(policy_from({"blocked": {"patterns": patterns}}).blocked.patterns) == 100
    assert MAX_PROGRAM >= 100 * 200


def test_at_most_a_hundred_mistakes_are_told_and_names_are_cut():
    with pytest.raises(InvalidRequest) as error:
        policy_from({f"{n:04}" + "x" * 500: 1 for n in range(1_000)})
    assert len(error.value.errors) == 100
    assert max(len(each.field) for each in error.value.errors) == 100


def test_what_was_stored_once_is_read_whatever_would_be_refused_today(capfd):
    rules = {
        **rules_of(SPEC),
        "blocked": {
            "emails": ["mailto:"],
            "phoneNumbers": ["see note 2", "0900 123"],
            "domains": ["nowhere", "spam.example"],
            "patterns": [HUGE] * 2,
        },
    }
    policy = stored_policy(rules)

    assert rules_of(policy) == rules
    assert policy.canonical(Kind.PHONE, "0900-123")[0] is None
    assert policy.canonical(Kind.EMAIL, "ann@spam.example")[0] is None
    assert policy.canonical(Kind.EMAIL, "ann@hillvalley.edu")[0] == "ann@hillvalley.edu"
    assert capfd.readouterr() == ("", "")


def test_what_was_stored_before_rules_had_versions_is_of_the_first():
    rules = rules_of(SPEC)
    del rules["fillers"], rules["normalization"]["version"], rules["normalization"]["foldMobile"]
    assert stored_policy(rules).normalization.version == FIRST_RULES
    assert policy_from({}).normalization.version == LATEST_RULES
    assert policy_from({}, rules_version=FIRST_RULES).normalization.version == FIRST_RULES
