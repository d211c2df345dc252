"""Columns of declared kinds: those a user names, else those that are called like a kind."""

import pytest

from reunite.core.imports.files import Columns, Unreadable
from reunite.core.imports.records.columns import choose, columns_of, told
from reunite.core.imports.records.recognised import recognised_count

DECLARED = ("customerNumber", "whatsapp", "whatsapp:shopA")


def chosen(names, declared=DECLARED, **asked):
    return choose(names, Columns(**asked).for_kinds(declared))


@pytest.mark.parametrize(
    ("names", "read"),
    [
        (["customerNumber"], {"customerNumber": "customerNumber"}),
        (["email", "Customer Number"], {"customerNumber": "Customer Number"}),
        (["email", "customer_number"], {"customerNumber": "customer_number"}),
        (["phone", "WhatsApp"], {"whatsapp": "WhatsApp"}),
        (["phone", "whatsapp_shop_a"], {"whatsapp:shopA": "whatsapp_shop_a"}),
        (["phone", "customer"], {}),
    ],
)
def test_a_column_that_is_called_like_a_kind_is_recognised(names, read):
    found = chosen(names)

    assert {kind: names[index] for kind, index in found.identifiers} == read


def test_a_column_of_a_declared_kind_is_not_read_as_a_phone_number():
    assert chosen(["whatsapp", "email"]).phone_number == ()
    assert chosen(["whatsapp", "email"], declared=()).phone_number == (0,)


def test_a_column_that_is_asked_for_as_something_else_is_not_recognised():
    found = chosen(["whatsapp", "email", "customerNumber"], phone_number=("whatsapp",))

    assert found.phone_number == (0,)
    assert found.identifiers == (("customerNumber", 2),)


def test_a_user_names_columns_of_a_kind_and_no_other_is_recognised_for_it():
    names = ["email", "customerNumber", "Kunde", "Debitor"]
    asked = (("customerNumber", "Kunde"), ("customerNumber", "column 4"))

    found = chosen(names, identifiers=asked)

    assert found.identifiers == (("customerNumber", 2), ("customerNumber", 3))
    assert found.wanted == (0, 2, 3)
    assert list(told(names, found)) == ["reads email as email, Kunde, Debitor as customerNumber"]
    assert columns_of(names, found)["identifiers"] == ["Kunde", "Debitor"]


def test_nothing_is_recognised_where_all_columns_are_named():
    found = chosen(["email", "whatsapp"], email=("email",), recognises=False)

    assert found.identifiers == ()


def test_a_file_may_have_columns_of_declared_kinds_alone():
    assert chosen(["id", "whatsapp"]).wanted == (1,)
    asked = Columns().for_kinds(DECLARED)
    assert recognised_count(["id", "customer number"], asked) == 1
    assert recognised_count(["id", "whatsap"], asked) == 0


def test_a_file_without_any_column_is_refused_with_the_kinds_that_are_declared():
    with pytest.raises(Unreadable, match="name those of customerNumber, whatsapp, whatsapp:shopA"):
        chosen(["colour", "size"])


@pytest.mark.parametrize(
    ("declared", "says"),
    [
        (DECLARED, "it declares customerNumber, whatsapp, whatsapp:shopA"),
        ((), "it declares none"),
    ],
)
def test_a_kind_that_is_not_declared_is_refused_with_those_that_are(declared, says):
    with pytest.raises(Unreadable, match=f"the kind card, which .* not declare: {says}"):
        chosen(["email", "card"], declared, identifiers=(("card", "card"),))


def test_a_column_that_is_not_there_is_refused():
    with pytest.raises(Unreadable, match="no column of the name that --identifier gives"):
        chosen(["email"], identifiers=(("whatsapp", "wa"),))


def test_more_columns_than_a_request_may_have_values_are_refused():
    names = [f"column {number}" for number in range(1, 19)]
    of_one = tuple(("whatsapp", name) for name in names[:9])
    of_all = tuple((DECLARED[place % 3], name) for place, name in enumerate(names[:15]))

    with pytest.raises(Unreadable, match="has 9 columns for whatsapp: a row may have 8 values"):
        chosen(names, identifiers=of_one)
    with pytest.raises(Unreadable, match="has 15 columns of declared kinds: a row may have 14"):
        chosen(names, identifiers=of_all)
