from reunite.core.identifiers.kinds import (
    Identifier,
    Kind,
    NormalizationRules,
    key_columns,
    values_of,
)
from reunite.core.policy.keys import counting_values
from reunite.core.policy.parts import Blocked
from reunite.core.policy.policy import SPEC, Policy
from reunite.core.policy.rekeying import KeyedContact, KeyedEnd, Naming, Rekeying

US = Policy(normalization=NormalizationRules(default_region="US"))
FOLDING = Policy(normalization=NormalizationRules(fold_gmail=True))


def contact(email=None, phone=None, withheld=()):
    return KeyedContact(1, values_of((email, phone), (None, None)), frozenset(withheld))


def keys(reader, given, retired=()):
    return key_columns(reader.values(given, retired=retired))


def email(key):
    return Identifier(Kind.EMAIL, key)


def phone(key):
    return Identifier(Kind.PHONE, key)


def test_a_contact_matches_by_what_the_policy_makes_of_its_values():
    reader = Rekeying(US)
    given = contact("A@x.example", "(415) 555-2671")

    assert keys(reader, given) == ("a@x.example", "+14155552671")
    assert keys(reader, contact()) == (None, None)
    assert not reader.uncounted


def test_what_does_not_count_is_counted_by_its_reason():
    reader = Rekeying(Policy(blocked=Blocked(emails=("info@x.example",))))

    assert keys(reader, contact("info@x.example", "0")) == (None, None)
    assert keys(reader, contact("no at sign", "1"), retired={phone("1")}) == (None, None)
    assert keys(reader, contact("a@x.example", "2", {Kind.EMAIL})) == (None, "2")
    assert reader.uncounted == {
        "blocked": 1,
        "placeholder": 1,
        "unreadable": 1,
        "retired": 1,
        "withheld": 1,
    }


def test_by_policy_alone_what_is_retired_or_withheld_counts():
    given = contact("a@x.example", "2", {Kind.EMAIL})
    values = Rekeying(SPEC).by_policy(given)

    def counting(**rules):
        return key_columns(counting_values(values, **rules))

    assert key_columns(values) == ("a@x.example", "2")
    assert counting(retired={phone("2")}) == ("a@x.example", None)
    assert counting(retired=(), withheld={Kind.EMAIL}) == (None, "2")


def test_a_value_is_called_by_the_rules_whatever_counts_and_by_itself_if_they_cannot_read_it():
    naming = Naming(Policy(blocked=Blocked(domains=("x.example",)), normalization=US.normalization))

    assert naming.identifier(Kind.EMAIL, "A@x.example") == email("a@x.example")
    assert naming.identifier(Kind.PHONE, "(415) 555-2671") == phone("+14155552671")
    assert naming.identifier(Kind.PHONE, "no digits") == phone("no digits")


def test_an_end_without_a_value_is_read_by_its_key():
    end = KeyedEnd(phone("4155552671"))

    assert Naming(US).end(end, end.value) == KeyedEnd(phone("+14155552671"), "4155552671")
