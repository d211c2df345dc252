import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reunite.core.errors import InvalidRequest
from reunite.core.identifiers.kinds import (
    ContactDetails,
    Identifier,
    Kind,
    NormalizationRules,
    Value,
    canonical_email,
    canonical_phone,
)
from reunite.core.policy.details import contact_details
from reunite.core.policy.policy import SPEC

NO_REGION = NormalizationRules()
US = NormalizationRules(default_region="US")


@pytest.mark.parametrize(
    ("given_email", "key"),
    [
        ("mcfly@hillvalley.edu", "mcfly@hillvalley.edu"),
        ("McFly@HillValley.EDU", "mcfly@hillvalley.edu"),
        ("  mcfly@hillvalley.edu\t", "mcfly@hillvalley.edu"),
        ("ｍcfly@hillvalley.edu", "mcfly@hillvalley.edu"),
        ("doc.brown+lab@hillvalley.edu", "doc.brown+lab@hillvalley.edu"),
        ("zoë@bücher.example", "zoë@xn--bcher-kva.example"),
        ("zoe@XN--BCHER-KVA.example", "zoe@xn--bcher-kva.example"),
        ("zoe@bu\u0308cher.example", "zoe@xn--bcher-kva.example"),
        ("a@b。example", "a@b.example"),
        ("İstanbul@example.org", "i̇stanbul@example.org"),
    ],
)
def test_an_email_matches_by_its_trimmed_lower_case_form_with_an_ascii_domain(given_email, key):
    assert canonical_email(given_email, rules=NO_REGION) == unicodedata.normalize("NFKC", key)


@pytest.mark.parametrize(
    "given_email",
    [
        "mcfly",
        "@hillvalley.edu",
        "mcfly@",
        "mcfly@hillvalley",
        "mc fly@hillvalley.edu",
        "mc\x07fly@hillvalley.edu",
        "mcfly@hill valley.edu",
        "mcfly@hillvalley..edu",
        "mcfly@-hillvalley.edu",
        "mcfly@hillvalley.edu-",
        "mc@fly@hillvalley.edu",
        "mcfly@" + "a" * 64 + ".edu",
        "mcfly@ü" + "a" * 70 + ".edu",
        "mcfly@\u200d.edu",
        "mcfly\x00@hillvalley.edu",
        "mcfly\ud800@hillvalley.edu",
    ],
)
def test_what_does_not_look_like_an_email_is_refused(given_email):
    with pytest.raises(ValueError, match="send"):
        canonical_email(given_email, rules=NO_REGION)


def test_an_email_may_have_254_characters_and_64_before_the_at():
    longest = "m" * 64 + "@" + ".".join(["h" * 46] * 4) + ".a"
    longest = longest[: 254 - 2] + ".a" if len(longest) > 254 else longest
    assert len(longest) <= 254
    assert canonical_email(longest, rules=NO_REGION) == longest
    with pytest.raises(ValueError, match="Too long"):
        canonical_email("m" * 65 + "@hillvalley.edu", rules=NO_REGION)
    with pytest.raises(ValueError, match="Too long"):
        canonical_email("m@" + ".".join(["h" * 60] * 4) + "." + "e" * 30, rules=NO_REGION)


@pytest.mark.parametrize(
    ("given_phone", "key"),
    [
        ("123456", "123456"),
        (" 123-456 ", "123456"),
        ("(123) 456", "123456"),
        ("0012345", "0012345"),
        ("١٢٣٤٥٦", "123456"),
        ("１２３４５６", "123456"),
        ("+1 415 555 2671", "+14155552671"),
        ("+1 (415) 555-2671", "+14155552671"),
        ("(+1) 415-555-2671", "+14155552671"),
        ("＋1 415 555 2671", "+14155552671"),
        ("+999 1", "+9991"),
        ("+1 415 555 2671 ext. 7", "+14155552671;ext=7"),
        ("4155552671", "4155552671"),
    ],
)
def test_without_a_region_only_plus_makes_a_phone_number_international(given_phone, key):
    assert canonical_phone(given_phone, rules=NO_REGION) == key


@pytest.mark.parametrize(
    "given_phone",
    [
        "(415) 555-2671",
        "415.555.2671",
        "+1 415 555 2671",
        "14155552671",
        "1-415-555-2671",
        "415 555 2671 [home!]",
    ],
)
def test_with_a_region_national_and_international_forms_are_one(given_phone):
    assert canonical_phone(given_phone, rules=US) == "+14155552671"


def test_an_invalid_number_keeps_its_digits_whatever_the_region():
    assert canonical_phone("123456", rules=US) == "123456"
    assert canonical_phone("347-4506", rules=US) == "3474506"


@pytest.mark.parametrize("given_phone", ["", "none", "+", "()-", "1\x002", "1\udfff"])
def test_what_is_no_phone_number_is_refused(given_phone):
    with pytest.raises(ValueError, match="send"):
        canonical_phone(given_phone, rules=NO_REGION)


def test_a_phone_number_may_have_64_characters():
    assert canonical_phone("1-" * 12 + " " * 40, rules=NO_REGION) == "1" * 12
    with pytest.raises(ValueError, match="64"):
        canonical_phone("1" + " " * 64, rules=NO_REGION)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=40))
def test_the_canonical_form_of_an_email_is_its_own_canonical_form(local):
    try:
        key = canonical_email(f"{local}@Bücher.example", rules=NO_REGION)
    except ValueError:
        return
    assert canonical_email(key, rules=NO_REGION) == key


@given(
    st.text(alphabet="0123456789+ ()-.x/;=ext٣abc", max_size=30), st.sampled_from([NO_REGION, US])
)
def test_the_canonical_form_of_a_phone_number_is_its_own_canonical_form(given_phone, rules):
    try:
        key = canonical_phone(given_phone, rules=rules)
    except ValueError:
        return
    assert canonical_phone(key, rules=rules) == key


def test_details_keep_what_was_given_beside_the_keys():
    details = contact_details(" McFly@hillvalley.edu", "123-456", policy=SPEC)

    assert details == ContactDetails(
        (
            Value(Kind.EMAIL, " McFly@hillvalley.edu", "mcfly@hillvalley.edu"),
            Value(Kind.PHONE, "123-456", "123456"),
        )
    )
    assert details.identifiers == (
        Identifier(Kind.EMAIL, "mcfly@hillvalley.edu"),
        Identifier(Kind.PHONE, "123456"),
    )


@pytest.mark.parametrize("blank", [None, "", " ", "\t\u2003"])
def test_blank_is_the_same_as_not_given(blank):
    assert contact_details("a@b.example", blank, policy=SPEC).identifiers == (
        Identifier(Kind.EMAIL, "a@b.example"),
    )
    assert contact_details(blank, "1", policy=SPEC).identifiers == (Identifier(Kind.PHONE, "1"),)
    with pytest.raises(InvalidRequest) as refused:
        contact_details(blank, blank, policy=SPEC)
    assert [error.code for error in refused.value.errors] == ["no_identifier"]


def test_every_field_that_cannot_be_read_is_named_at_once():
    with pytest.raises(InvalidRequest) as refused:
        contact_details("mcfly", "call me", policy=SPEC)

    assert [(error.field, error.code) for error in refused.value.errors] == [
        ("email", "invalid_email"),
        ("phoneNumber", "invalid_phone_number"),
    ]


@pytest.mark.parametrize(
    "value",
    ["e" + "\u0316\u0301" * 500_000, "\ufdfa" * 1_000_000, "ü" * 1_000_000 + "@x.example"],
    ids=["marks", "ligatures", "letters"],
)
def test_a_value_is_bounded_before_anything_is_done_with_it(value):
    for kind in Kind:
        for read in (SPEC.canonical, SPEC.normalized):
            with pytest.raises(ValueError, match="Too long"):
                read(kind, value)


def test_a_value_is_bounded_again_when_its_signs_are_spelt_out():
    assert len("\ufdfa" * 15) < len(unicodedata.normalize("NFKC", "\ufdfa" * 15))
    with pytest.raises(ValueError, match="Too long"):
        canonical_email("a@" + "\ufdfa" * 15 + ".example", rules=NO_REGION)
    with pytest.raises(ValueError, match="Too long"):
        canonical_phone("\u2487" * 33, rules=NO_REGION)
