"""Names that are another spelling of a known one."""

import pytest

from reunite.core.spelling import misspelt, near

KNOWN = ("email", "phoneNumber", "verified")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("phone", "phoneNumber"),
        ("phone_number", "phoneNumber"),
        ("PhoneNumber", "phoneNumber"),
        ("PHONE-NUMBER", "phoneNumber"),
        ("phonenumber", "phoneNumber"),
        ("phone number", "phoneNumber"),
        ("phoneNumbers", "phoneNumber"),
        ("phonNumer", "phoneNumber"),
        ("phoneNumber2", "phoneNumber"),
        ("phone_1", "phoneNumber"),
        ("mobile", "phoneNumber"),
        ("Email", "email"),
        ("e-mail", "email"),
        ("emailAddress", "email"),
        ("emails", "email"),
        ("emial", "email"),
        ("mail", "email"),
        ("verifeid", "verified"),
        ("name", None),
        ("number", None),
        ("male", None),
        ("total", None),
        ("emailVerified", None),
        ("shippingAddress", None),
        ("", None),
        ("2", None),
        ("éöü", None),
        ("email" * 100, None),
    ],
)
def test_another_spelling_leads_to_the_known_name(name, meant):
    assert near(name, KNOWN) == meant


def test_names_of_other_systems_lead_to_the_fields_of_a_webhook():
    assert misspelt(["events", "endpoint"], {"url", "types"}) == {
        "events": "types",
        "endpoint": "url",
    }


def test_without_slips_only_equal_spellings_are_told():
    assert misspelt(["emial", "E_mail"], KNOWN, slips=False) == {"E_mail": "email"}


@pytest.mark.parametrize(("name", "meant"), [("From", "from"), ("form", "from"), ("two", None)])
def test_short_names_are_near_nothing_but_their_other_cases(name, meant):
    assert near(name, ("from", "to")) == meant


def test_nothing_is_near_where_nothing_is_known():
    assert near("email", ()) is None


def test_known_names_are_not_told():
    assert misspelt(["email", "Phone", "note"], KNOWN) == {"Phone": "phoneNumber"}


def test_among_many_unknown_names_only_equal_spellings_are_told():
    others = [
        f"field{letter * 3}" for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"
    ]
    assert misspelt([*others, "emial"], KNOWN) == {"emial": "email"}
    assert misspelt([*others, "more", "emial", "E-Mail"], KNOWN) == {"E-Mail": "email"}


def test_only_the_first_thousand_unknown_names_are_looked_at():
    known = {"email"}
    unknown = [f"field {number}x" for number in range(1_000)]
    assert misspelt([*unknown[1:], "E-Mail"], known) == {"E-Mail": "email"}
    assert misspelt([*unknown, "E-Mail"], known) == {}
