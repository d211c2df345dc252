import pytest

from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.policy.policy import SPEC
from reunite.core.repair.erasure import mentions, names


def test_a_value_is_remembered_by_its_names_under_neighbouring_rules():
    assert names(Kind.EMAIL, "M.Fly+shop@gmail.com", policy=SPEC) == {
        Identifier(Kind.EMAIL, "m.fly+shop@gmail.com"),
        Identifier(Kind.EMAIL, "mfly@gmail.com"),
    }


def test_a_value_that_no_rules_can_read_has_no_name():
    assert names(Kind.PHONE, "no number at all", policy=SPEC) == set()


VALUES = {(Kind.EMAIL, "Marty.McFly@hillvalley.edu"), (Kind.PHONE, "+1 415 555 0199")}


@pytest.mark.parametrize(
    "text",
    [
        "orders of marty.mcfly@HILLVALLEY.edu.csv",
        "marty.mcfly%40hillvalley.edu",
        "marty.mcfly%2540hillvalley.edu",
        "ｍarty.mcfly＠hillvalley.edu",
        "orders-14155550199.csv",
        "orders-+1 (415) 555-0199.csv",
        "١٤١٥٥٥٥٠١٩٩",
    ],
)
def test_a_text_mentions_a_value_however_it_is_spelt(text):
    assert mentions(text, VALUES)


@pytest.mark.parametrize("text", ["", "orders-2026-01-31.csv", "marty@hillvalley.edu", "55501"])
def test_another_text_does_not_mention_it(text):
    assert not mentions(text, VALUES)


def test_a_short_number_is_not_sought():
    assert not mentions("orders-2026.csv", {(Kind.PHONE, "2026")})
