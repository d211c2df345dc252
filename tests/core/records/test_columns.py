"""Columns are those a user names, else those whose names are recognised."""

import pytest

from reunite.core.files import Columns, Unreadable
from reunite.core.records.columns import choose, recognised_count, told


def chosen(*names, has_times=True, **asked):
    found = choose(names, Columns(**asked), has_times=has_times)
    return [names[index] for index in found.wanted], [names[index] for index in found.unread]


@pytest.mark.parametrize(
    ("names", "read", "unread"),
    [
        (["E-Mail", "Telefon"], ["E-Mail", "Telefon"], []),
        (["EmailID", "Handy"], ["EmailID", "Handy"], []),
        (["Email Address", "Mobile Number"], ["Email Address", "Mobile Number"], []),
        (["E-mail 1 - Value", "Phone 1 - Value"], ["E-mail 1 - Value", "Phone 1 - Value"], []),
        (["billing_email", "billing_phone"], ["billing_email", "billing_phone"], []),
        (["Téléphone", "Courriel"], ["Courriel", "Téléphone"], []),
        (["Created (UTC)", "Email"], ["Email", "Created (UTC)"], []),
        (["Email", "Phone", "Mobile", "Fax"], ["Email", "Phone"], ["Mobile"]),
        (["Email", "Accepts Email Marketing", "Email Status"], ["Email"], []),
        (["email", "E-mail"], ["email"], ["E-mail"]),
        (["Email", "Time", "Created Time"], ["Email", "Created Time"], []),
        (["Email", "external_id", "source"], ["Email", "external_id", "source"], []),
    ],
)
def test_columns_are_recognised(names, read, unread):
    assert chosen(*names) == (read, unread)


def test_columns_that_are_asked_for_are_read_all():
    names = ("Email", "Phone", "Mobile", "Phone", "at")
    assert chosen(*names, phone_number=("Phone", "Mobile"), created_at="at") == (
        ["Email", "Phone", "Phone", "Mobile", "at"],
        [],
    )
    assert chosen("Email", "created_at", has_times=False)[0] == ["Email"]


def test_what_is_not_there_is_told_without_values():
    with pytest.raises(Unreadable, match="no column 'mail' among a, email"):
        chosen("a", "email", email=("mail",))
    with pytest.raises(Unreadable, match="among a, b: name them with --email and --phone"):
        chosen("a", "b")
    with pytest.raises(Unreadable) as told_of:
        chosen("ann@hillvalley.edu", "x")
    assert "put the columns' names above it" in str(told_of.value)
    assert "ann" not in str(told_of.value)


def test_what_is_read_is_told_and_what_is_not():
    names = ("Email", "Phone", "Mobile", "Phone", "Created at", "source", "external_id")
    found = choose(names, Columns())
    read, unread = told(names, found)
    assert read == (
        "reads Email as email, Phone as phone, Created at as time, external_id as external id, "
        "source as source"
    )
    assert unread == (
        "does not read Mobile, the second Phone: name them with --email or --phone to have them "
        "read, too"
    )
    assert list(told(["email"], choose(["email"], Columns()))) == ["reads email as email"]


def test_a_header_is_told_by_its_columns():
    assert recognised_count(["date", "source"], Columns()) == 0
    assert recognised_count(["x", "date"], Columns(email=("x",))) == 2
