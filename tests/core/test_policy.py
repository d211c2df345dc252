from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reunite.core.identifiers.fillers import Fillers
from reunite.core.identifiers.kinds import (
    FIRST_RULES,
    Identifier,
    Ignored,
    Kind,
    NormalizationRules,
)
from reunite.core.policy.parts import Blocked, Limits, Pattern, Values
from reunite.core.policy.policy import PROTECT, SPEC, Policy, domain_key
from reunite.core.policy.presets import preset_of

EMAIL, PHONE = Kind.EMAIL, Kind.PHONE
US = NormalizationRules(default_region="US")
FOLDING = NormalizationRules(fold_gmail=True)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *((EMAIL, f"{name}@hillvalley.edu") for name in ("lorraine", "mcfly", "george")),
        (EMAIL, "biffsucks@hillvalley.edu"),
        (EMAIL, "newunknown@hillvalley.edu"),
        *((PHONE, number) for number in ("123456", "789012", "919191", "717171", "123", "456")),
        *((EMAIL, f"{name}@shop.example") for name in ("abc", "xyz")),
    ],
)
@pytest.mark.parametrize("policy", [SPEC, PROTECT])
def test_no_guard_hits_what_the_specification_shows(policy, kind, value):
    assert policy.canonical(kind, value) == (value, None)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (EMAIL, "null"),
        (EMAIL, " N/A "),
        (EMAIL, "none@none.com"),
        (EMAIL, "noemail@noemail.co.uk"),
        (EMAIL, "unknown@example.com"),
        (EMAIL, "guest@example.org"),
        (EMAIL, "Guest@Test.com"),
        (EMAIL, "na@something.invalid"),
        (EMAIL, "na@nobody.host.invalid"),
        (PHONE, "undefined"),
        (PHONE, "n/a"),
        (PHONE, "0"),
        (PHONE, "+00 000"),
        (PHONE, "000-000-0000"),
        (PHONE, "+1 000 000 0000"),
        (PHONE, "9999999"),
        (PHONE, "+1 111 111 1111"),
    ],
)
def test_placeholders_match_nothing(kind, value):
    assert SPEC.canonical(kind, value) == (None, Ignored.PLACEHOLDER)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (EMAIL, "unknown@hillvalley.edu"),
        (EMAIL, "no@telenor.no"),
        (EMAIL, "nonesuch@none.com"),
        (EMAIL, "biff@example.com"),
        (PHONE, "1000000"),
        (PHONE, "999999"),
        (PHONE, "99999990"),
    ],
)
def test_what_only_looks_a_little_like_a_placeholder_counts(kind, value):
    assert SPEC.canonical(kind, value) == (value, None)


def test_placeholders_can_be_let_count():
    policy = Policy(placeholders=False)

    assert policy.canonical(EMAIL, "None@none.com") == ("none@none.com", None)
    assert policy.canonical(PHONE, "000") == ("000", None)
    with pytest.raises(ValueError, match="send"):
        policy.canonical(EMAIL, "null")


def test_blocked_values_match_nothing_however_they_are_written():
    policy = Policy(
        blocked=Blocked(emails=("INFO@shop.example",), phone_numbers=("(415) 555-2671",)),
        normalization=US,
    )
    assert policy.canonical(EMAIL, "info@Shop.example") == (None, Ignored.BLOCKED)
    assert policy.canonical(PHONE, "+1 415 555 2671") == (None, Ignored.BLOCKED)
    assert policy.canonical(EMAIL, "infos@shop.example") == ("infos@shop.example", None)


def test_a_blocked_domain_takes_its_subdomains_along():
    policy = Policy(blocked=Blocked(domains=("Bücher.example",)))

    for domain in ("bücher.example", "XN--BCHER-KVA.example", "mail.bücher.example"):
        assert policy.canonical(EMAIL, f"a@{domain}") == (None, Ignored.BLOCKED)
    assert policy.canonical(EMAIL, "a@kochbücher.example")[1] is None
    assert policy.canonical(PHONE, "123") == ("123", None)


def test_a_blocked_domain_is_folded_as_emails_are():
    policy = Policy(blocked=Blocked(domains=("googlemail.com",)), normalization=FOLDING)
    assert policy.canonical(EMAIL, "a@gmail.com") == (None, Ignored.BLOCKED)
    assert domain_key("Googlemail.com", rules=NormalizationRules()) == "googlemail.com"


def test_a_pattern_is_sought_in_the_canonical_values_of_its_kind():
    policy = Policy(
        blocked=Blocked(patterns=(Pattern(EMAIL, "^no-?reply@"), Pattern(PHONE, "^0900")))
    )

    assert policy.canonical(EMAIL, "NoReply@shop.example") == (None, Ignored.BLOCKED)
    assert policy.canonical(PHONE, "0900 123") == (None, Ignored.BLOCKED)
    assert policy.canonical(EMAIL, "x-noreply@shop.example")[1] is None
    assert policy.canonical(EMAIL, "0900@shop.example")[1] is None


def test_allowed_values_pass_every_guard():
    policy = Policy(
        blocked=Blocked(domains=("shop.example",)),
        allowed=Values(emails=("Owner@shop.example", "none@none.com"), phone_numbers=("0000000",)),
    )
    assert policy.canonical(EMAIL, "owner@shop.example") == ("owner@shop.example", None)
    assert policy.canonical(EMAIL, "none@none.com") == ("none@none.com", None)
    assert policy.canonical(PHONE, "000 0000") == ("0000000", None)
    assert policy.canonical(EMAIL, "other@shop.example") == (None, Ignored.BLOCKED)
    assert policy.allowed_identifiers == {
        Identifier(EMAIL, "owner@shop.example"),
        Identifier(EMAIL, "none@none.com"),
        Identifier(PHONE, "0000000"),
    }


def test_limits_are_told_by_kind():
    limits = Limits(
        emails_per_person=1, phones_per_person=2, contacts_per_email=3, contacts_per_phone=4
    )
    assert [limits.per_person(kind) for kind in Kind] == [1, 2]
    assert [limits.contacts(kind) for kind in Kind] == [3, 4]


def test_keys_differ_when_some_value_may_get_another_key():
    for other in (
        Policy(placeholders=False),
        Policy(blocked=Blocked(emails=("a@x.example",))),
        Policy(blocked=Blocked(domains=("x.example",))),
        Policy(blocked=Blocked(patterns=(Pattern(EMAIL, "a"),))),
        Policy(allowed=Values(phone_numbers=("0",))),
        Policy(normalization=US),
        Policy(normalization=NormalizationRules(fold_mobile=True)),
        Policy(normalization=NormalizationRules(version=FIRST_RULES)),
        PROTECT,
        Policy(fillers=Fillers(emails=("a@x.example",))),
        Policy(fillers=Fillers(names=("shop",))),
    ):
        assert SPEC.keys_differ(other)
    for same in (
        Policy(limits=PROTECT.limits),
        Policy(join_only_verified=True),
        Policy(erased="accept"),
    ):
        assert not SPEC.keys_differ(same)
    assert not Policy(blocked=Blocked(emails=("A@x.example", "b@x.example"))).keys_differ(
        Policy(blocked=Blocked(emails=("b@x.example", "a@x.example", "a@X.example")))
    )


def test_a_policy_knows_the_preset_that_it_is_whatever_its_region():
    assert preset_of(SPEC) == "spec"
    assert preset_of(replace(PROTECT, normalization=US)) == "protect"
    assert preset_of(Policy(limits=PROTECT.limits)) is None
    assert preset_of(Policy(normalization=FOLDING)) is None


@given(
    st.text(alphabet="aB.+_١é", min_size=1, max_size=12),
    st.sampled_from(["gmail.com", "GoogleMail.com", "x.example"]),
)
@settings(max_examples=60)
def test_what_gmail_ignores_is_folded_once_and_for_all(local, domain):
    policy = Policy(normalization=FOLDING)
    try:
        key, _ = policy.canonical(EMAIL, f"{local}@{domain}")
    except ValueError:
        return
    assert policy.canonical(EMAIL, key) == (key, None)
    assert policy.canonical(EMAIL, key.upper()) == (key, None)


def test_gmail_addresses_are_one_whatever_their_dots_and_tags():
    policy = Policy(normalization=FOLDING)
    spellings = ("doc.brown@gmail.com", "D.o.c.Brown+lab@googlemail.com", "docbrown@gmail.com")

    assert {policy.canonical(EMAIL, each) for each in spellings} == {("docbrown@gmail.com", None)}
    assert policy.canonical(EMAIL, "+tag@gmail.com") == ("+tag@gmail.com", None)
    assert policy.canonical(EMAIL, "d.b@x.example") == ("d.b@x.example", None)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*a){12}b", "^(([a-z])+.)+[A-Z]$"])
def test_a_hostile_pattern_takes_no_time_worth_telling(pattern):
    policy = Policy(blocked=Blocked(patterns=(Pattern(EMAIL, pattern),)))
    hostile = "a" * 64 + "@" + ".".join(["a" * 60] * 2) + ".example"

    # Python's own patterns would take years.
    assert policy.canonical(EMAIL, hostile) == (hostile, None)
