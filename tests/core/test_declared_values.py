"""Values of declared kinds in a row of a file: what can be read is kept, each once."""

from dataclasses import replace

from reunite.core.identifiers.kinds import Value
from reunite.core.policy.declared import DeclaredKind, Normalize
from reunite.core.policy.details import values_of_declared
from reunite.core.policy.policy import SPEC

POLICY = replace(
    SPEC,
    kinds=(
        ("card", DeclaredKind(pattern="[0-9]+", per_person=2)),
        ("whatsapp", DeclaredKind(normalize=Normalize.LOWER, blocked=("in.0",))),
        ("note", DeclaredKind(links=False)),
    ),
)


def read(*given):
    return values_of_declared(given, policy=POLICY)


def test_values_are_in_the_order_of_strength_and_each_is_there_once():
    found = read(("note", " x"), ("whatsapp", "IN.1"), ("whatsapp", "in.1 "), ("card", "7"))

    assert found.values == (
        Value("card", "7", "7", "7"),
        Value("whatsapp", "IN.1", "in.1", "in.1"),
        Value("note", " x", None, "x"),
    )
    assert (found.unreadable, found.has_too_many) == ((), False)


def test_what_cannot_be_read_is_told_by_its_place_and_blank_values_are_none():
    found = read(("card", "\u2003"), ("card", "a"), ("card", "7"), ("whatsapp", "n/a"))

    assert found.values == (Value("card", "7", "7", "7"),)
    assert found.unreadable == (1,)


def test_a_value_that_is_blocked_is_kept_and_does_not_count():
    assert read(("whatsapp", "IN.0")).values == (Value("whatsapp", "IN.0", None, "in.0"),)


def test_more_values_of_a_kind_than_a_person_may_have_are_told():
    assert not read(("card", "1"), ("card", "2"), ("card", "2 ")).has_too_many
    assert read(("card", "1"), ("card", "2"), ("card", "3")).has_too_many
