from reunite.core.erasure import names
from reunite.core.identifiers import Identifier, Kind
from reunite.core.policy import SPEC


def test_a_value_is_remembered_by_its_names_under_neighbouring_rules():
    assert names(Kind.EMAIL, "M.Fly+shop@gmail.com", policy=SPEC) == {
        Identifier(Kind.EMAIL, "m.fly+shop@gmail.com"),
        Identifier(Kind.EMAIL, "mfly@gmail.com"),
    }


def test_a_value_that_no_rules_can_read_has_no_name():
    assert names(Kind.PHONE, "no number at all", policy=SPEC) == set()
