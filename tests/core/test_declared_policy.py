"""Kinds in the JSON form of a policy: what is read, what is refused, and how it is stored."""

import json

import pytest

from reunite.core.errors import InvalidPolicy, InvalidRequest
from reunite.core.identifiers.kinds import Ignored, Kind, Value, others_of
from reunite.core.persons.person import Contact, Person
from reunite.core.policy.declared import DeclaredKind, Normalize
from reunite.core.policy.details import contact_details, given_values
from reunite.core.policy.policy import SPEC
from reunite.core.policy.rules import policy_from, rules_of, rules_to_store, stored_policy
from reunite.core.repair.erasure import mentions
from tests.builders import NOON

KINDS = {
    "whatsapp:shopA": {"normalize": "none", "perPerson": 3},
    "email": {},
    "card": {"normalize": "digits", "pattern": "[0-9]+", "blocked": ["0-0"], "links": False},
}


def wrong(kinds):
    with pytest.raises(InvalidPolicy) as refused:
        policy_from({"kinds": kinds})
    return sorted((each.field, each.code) for each in refused.value.errors)


def test_kinds_keep_their_order_in_the_form_that_is_stored():
    policy = policy_from({"kinds": KINDS})
    assert [name for name, _ in policy.kinds] == list(KINDS)
    assert list(policy.strength) == ["whatsapp:shopA", Kind.EMAIL, "card", Kind.PHONE]
    stored = json.loads(json.dumps(rules_to_store(policy), sort_keys=True))
    assert stored_policy(stored) == policy
    assert policy_from(rules_of(policy)) == policy
    assert "kinds" not in rules_to_store(SPEC)


def test_what_is_wrong_is_told_by_field():
    assert wrong([]) == [("kinds", "invalid_type")]
    assert wrong({f"k{n}": {} for n in range(17)}) == [("kinds", "too_many_kinds")]
    assert wrong({"a b": {}, "contact": {}, "x": 1, "email": {"links": True}}) == [
        ("kinds.a b", "invalid_name"),
        ("kinds.contact", "invalid_name"),
        ("kinds.email", "invalid_value"),
        ("kinds.x", "invalid_type"),
    ]
    patterns = {"a": "(", "b": 5, "c": "x" * 201, "d": "\0", "e": r"(?:\p{L}|\p{N}){1,150}"}
    assert wrong({kind: {"pattern": each} for kind, each in patterns.items()}) == [
        ("kinds.a.pattern", "invalid_pattern"),
        ("kinds.b.pattern", "invalid_type"),
        ("kinds.c.pattern", "pattern_too_long"),
        ("kinds.d.pattern", "invalid_pattern"),
        ("kinds.e.pattern", "pattern_too_large"),
    ]
    assert wrong({"a": {"normalize": "digits", "blocked": ["1", "x"]}}) == [
        ("kinds.a.blocked.1", "invalid_value")
    ]


@pytest.mark.parametrize(
    ("normalize", "given", "canonical"),
    [
        ("none", " A ", " A "),
        ("trim", " A ", "A"),
        ("lower", " A ", "a"),
        ("digits", "1-\N{ARABIC-INDIC DIGIT TWO}", "12"),
        ("email", " A@X.example", "a@x.example"),
        ("phone", "(1) 23", "123"),
    ],
)
def test_values_of_a_kind_have_its_canonical_form(normalize, given, canonical):
    kind = DeclaredKind(normalize=Normalize(normalize))
    assert kind.canonical(given, SPEC.normalization) == canonical


@pytest.mark.parametrize(
    ("normalize", "given"),
    [
        ("none", "0"),
        ("trim", " 000 "),
        ("lower", "0"),
        ("digits", "no. 0"),
        ("email", "none@none.com"),
        ("phone", "+49 (0)"),
    ],
)
def test_a_value_that_stands_for_a_missing_one_does_not_count(normalize, given):
    policy = policy_from({"kinds": {"card": {"normalize": normalize}}})
    assert policy.canonical("card", given) == (None, "placeholder")
    assert policy.says_nothing("card", given, Ignored.PLACEHOLDER)
    accepting = policy_from({"kinds": {"card": {"normalize": normalize}}, "placeholders": False})
    assert accepting.canonical("card", given)[1] is None


def test_a_value_with_a_zero_counts():
    policy = policy_from({"kinds": {"card": {}}})
    assert policy.canonical("card", "0-0") == ("0-0", None)
    assert policy.canonical("card", "00100") == ("00100", None)


def test_values_that_no_policy_reads_any_more_stand_for_themselves():
    policy = policy_from({"kinds": KINDS})
    assert policy.canonical("gone", "x") == (None, "undeclared")
    assert policy.per_person("gone") is None
    assert policy.contacts_per_value("gone") is None
    assert policy.form("card", "x") == "x"


def test_values_are_given_by_kind_or_not_at_all():
    policy = policy_from({"kinds": KINDS})
    assert given_values(None, None, {"card": ["1", " "]}, policy=policy) == [("card", "1")]
    with pytest.raises(InvalidRequest):
        given_values(None, None, {"gone": ["1"]}, policy=policy)
    with pytest.raises(InvalidRequest):
        contact_details(None, None, {"card": [" "]}, policy=policy)
    with pytest.raises(InvalidRequest) as refused:
        contact_details("a@x.example", None, {"a b": ["1"]}, policy=policy)
    assert refused.value.errors[0].field == "identifiers"


def test_short_values_of_declared_kinds_are_not_sought_in_texts():
    assert mentions("orders of K-10023.csv", [("customerNumber", "k-10023")])
    assert not mentions("orders of 10023.csv", [("customerNumber", "10023")])


def test_a_policy_may_say_the_order_of_email_and_phone_alone():
    policy = policy_from({"kinds": {"phone": {}}})
    details = contact_details("a@x.example", "1", {"card": ["1"]}, policy=policy)
    assert [value.kind for value in details.values] == [Kind.PHONE, Kind.EMAIL]
    assert not details.declared


def test_a_person_lists_values_of_declared_kinds_by_kind_each_once():
    values = Value(Kind.EMAIL, "a@x.example", "a@x.example"), Value("card", "1", "1", "1")
    again = (Value("card", " 1", "1", "1"), Value("card", "2", "2", "2"))
    person = Person((Contact(1, values, NOON), Contact(2, again, NOON)))
    assert person.others == person.with_lists().others == {"card": ["1", "2"]}
    assert others_of(values) == [values[1]]
