"""What people type instead of an email or a phone number, and the mailboxes of roles."""

import pytest

from reunite.core.errors import NoUsableIdentifier
from reunite.core.identifiers.fillers import Fillers
from reunite.core.identifiers.kinds import FIRST_RULES, Ignored, Kind, NormalizationRules, Value
from reunite.core.policy.details import contact_details
from reunite.core.policy.parts import Values
from reunite.core.policy.policy import PROTECT, SPEC, Policy

FILLERS = [
    (Kind.EMAIL, "noemail@gmail.com"),
    (Kind.EMAIL, "No-Email@Hotmail.com"),
    (Kind.EMAIL, "test@test.com"),
    (Kind.EMAIL, "test@gmail.com"),
    (Kind.EMAIL, "asdf@asdf.co.uk"),
    (Kind.EMAIL, "a@a.com"),
    (Kind.EMAIL, "aaa@aaa.com"),
    (Kind.PHONE, "1234567890"),
    (Kind.PHONE, "(123) 456-7890"),
    (Kind.PHONE, "+1 123 456 7890"),
    (Kind.PHONE, "0123456789"),
    (Kind.PHONE, "1"),
    (Kind.PHONE, "49"),
    (Kind.EMAIL, "xxx@hillvalley.edu"),
    (Kind.EMAIL, "jxxxxxd@hillvalley.edu"),
]
ROLES = ["info@shop.example", "no-reply@shop.example", "NoReply+7@shop.example", "sales@a.example"]


@pytest.mark.parametrize(("kind", "value"), FILLERS)
def test_fillers_count_as_placeholders_where_a_policy_knows_them(kind, value):
    assert PROTECT.canonical(kind, value) == (None, Ignored.PLACEHOLDER)
    assert SPEC.canonical(kind, value)[1] is None


@pytest.mark.parametrize("value", ROLES)
def test_mailboxes_of_roles_count_as_placeholders_too_and_are_kept(value):
    assert PROTECT.canonical(Kind.EMAIL, value) == (None, Ignored.PLACEHOLDER)
    assert SPEC.canonical(Kind.EMAIL, value)[1] is None

    details = contact_details(value, "919191", policy=PROTECT)
    assert details.values[0] == Value(Kind.EMAIL, value, None)
    assert details.ignored == ((Kind.EMAIL, Ignored.PLACEHOLDER),)


@pytest.mark.parametrize("value", ["n/a", "test@test.com", "none@none.com"])
def test_what_says_nothing_is_not_kept(value):
    assert contact_details(value, "919191", policy=PROTECT).given(Kind.EMAIL) is None
    phone = contact_details("ann@hillvalley.edu", "1234567890", policy=PROTECT)
    assert (phone.given(Kind.PHONE), phone.key(Kind.PHONE)) == (None, None)


@pytest.mark.parametrize(
    "value",
    [
        "ann@gmail.com",
        "tester@hillvalley.edu",
        "information@shop.example",
        "ab@ab.com",
        "a@b.com",
        "test@testing-ground.com",
        "123456@gmail.com",
        "foxxx@hillvalley.edu",
    ],
)
def test_what_may_be_a_persons_own_counts(value):
    assert PROTECT.canonical(Kind.EMAIL, value) == (value, None)


@pytest.mark.parametrize("value", ["123456", "1234", "12345", "2345678", "12345678901234"])
def test_some_digits_in_a_row_count(value):
    assert PROTECT.canonical(Kind.PHONE, value) == (value, None)


def test_a_policy_extends_the_list_and_makes_exceptions():
    policy = Policy(
        fillers=Fillers(
            known=True,
            emails=("Till@shop.example",),
            names=("Kasse",),
            phone_numbers=("030/901820",),
        ),
        allowed=Values(emails=("info@hillvalley.edu",), phone_numbers=("1234567890",)),
    )
    for value in ("till@shop.example", "kasse@shop.example", "kasse+2@other.example"):
        assert policy.canonical(Kind.EMAIL, value) == (None, Ignored.PLACEHOLDER)
    assert policy.canonical(Kind.PHONE, "030 901820") == (None, Ignored.PLACEHOLDER)
    assert policy.canonical(Kind.EMAIL, "info@hillvalley.edu")[1] is None
    assert policy.canonical(Kind.PHONE, "1234567890")[1] is None
    assert contact_details("till@shop.example", "919191", policy=policy).given(Kind.EMAIL) is None
    assert (
        contact_details("kasse@shop.example", "919191", policy=policy).given(Kind.EMAIL)
        == "kasse@shop.example"
    )


def test_a_request_with_fillers_alone_is_refused():
    with pytest.raises(NoUsableIdentifier):
        contact_details("info@shop.example", "1234567890", policy=PROTECT)


@pytest.mark.parametrize(
    "value",
    [
        "\\N",
        "#N/A",
        "(null)",
        "<none>",
        "[empty]",
        '"NULL"',
        "no email",
        "No Phone",
        "no-phone",
        "NO_EMAIL",
        "not available",
        "n/a\u200b",
        "Ｎ／Ａ",  # As it is typed on keyboards for wide characters.
        "#REF!",
        "---",
    ],
)
@pytest.mark.parametrize("kind", Kind)
def test_what_databases_and_spreadsheets_write_for_nothing_is_a_placeholder(kind, value):
    assert SPEC.canonical(kind, value) == (None, Ignored.PLACEHOLDER)


@pytest.mark.parametrize("value", ["no-email@none.com", "not-provided@example.com"])
def test_such_words_are_placeholders_in_an_email_at_a_placeholders_domain(value):
    assert SPEC.canonical(Kind.EMAIL, value) == (None, Ignored.PLACEHOLDER)


def test_the_first_rules_have_their_own_placeholders():
    policy = Policy(normalization=NormalizationRules(version=FIRST_RULES))
    assert policy.canonical(Kind.EMAIL, " N/A ") == (None, Ignored.PLACEHOLDER)
    assert policy.canonical(Kind.PHONE, "(555) 555-5555") == (None, Ignored.PLACEHOLDER)
    assert policy.canonical(Kind.PHONE, "+1 (555) 555-5555") == ("+15555555555", None)
    for value in ("(null)", "no email"):
        with pytest.raises(ValueError, match="send"):
            policy.canonical(Kind.EMAIL, value)
