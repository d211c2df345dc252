"""Kinds that the policy declares: what identify makes of them, and what guards stop."""

import pytest

from reunite.core.errors import InvalidRequest, NoUsableIdentifier
from reunite.core.identifiers.kinds import Identifier, Ignored, Kind
from reunite.core.identify.plan import HoldReason, Outcome
from reunite.services.audit.check import check
from reunite.services.identify.batch import identify_batch
from reunite.services.identify.identify import identify
from reunite.services.identify.resolve import resolve
from reunite.services.policy.change import change_policy, read_policy
from tests.builders import set_policy
from tests.scopes import SCOPE

pytestmark = pytest.mark.django_db(transaction=True)

CUSTOMER = {
    "customerNumber": {"perPerson": 1},
    "email": {},
    "whatsapp": {},
    "note": {"links": False},
}


@pytest.fixture(autouse=True)
def consistent():
    yield
    assert list(check()) == []


def declare(kinds=CUSTOMER, **rules):
    change_policy(SCOPE, read_policy(SCOPE, {"kinds": kinds, **rules}))


def tell(email=None, phone=None, **identifiers):
    given = {kind: [each] if isinstance(each, str) else each for kind, each in identifiers.items()}
    return identify(SCOPE, email, phone, identifiers=given)


def test_a_request_of_declared_kinds_alone_is_a_request_like_any_other():
    declare()
    first = tell(customerNumber="10023")
    assert first.outcome is Outcome.CREATED
    assert first.person.others == {"customerNumber": ["10023"]}
    assert tell(customerNumber=" 10023 ").outcome is Outcome.UNCHANGED
    linked = tell("a@x.example", customerNumber="10023")
    assert (linked.outcome, linked.person.id) == (Outcome.LINKED, first.person.id)
    assert tell("a@x.example").person.others == {"customerNumber": ["10023"]}


def test_a_request_merges_all_whom_it_knows_and_the_oldest_survives():
    declare()
    ids = [tell(whatsapp=f"IN.{n}").person.id for n in range(8)]
    merged = tell(whatsapp=[f"IN.{n}" for n in reversed(range(8))])
    assert merged.outcome is Outcome.MERGED
    assert merged.person.id == ids[0]
    assert merged.decision.absorbed == tuple(ids[1:])
    assert merged.decision.created is None
    assert len(merged.decision.links) == 7


def test_what_is_new_makes_the_contact_that_is_the_evidence_of_a_merge():
    declare()
    first, second = tell(whatsapp="IN.1"), tell("b@x.example")
    merged = tell("b@x.example", "1", whatsapp="IN.1")
    assert merged.outcome is Outcome.MERGED
    assert merged.decision.links == ()
    assert merged.decision.created
    assert merged.person.id == first.person.id
    assert merged.decision.absorbed == (second.person.id,)


def test_different_values_of_an_exclusive_kind_hold_the_merge():
    declare()
    one = tell("a@x.example", "1", customerNumber="1")
    other = tell("b@x.example", customerNumber="2")
    held = tell("b@x.example", "1")
    assert held.outcome is Outcome.HELD
    assert held.person.id == other.person.id
    (review,) = held.decision.held
    assert review.reason is HoldReason.TOO_MANY_IDENTIFIERS
    assert review.kinds == ("customerNumber",)
    assert (review.left, review.right) == (
        Identifier(Kind.EMAIL, "b@x.example"),
        Identifier(Kind.PHONE, "1"),
    )
    again = tell("b@x.example", "1")
    assert again.decision.held[0].link_id == review.link_id
    assert resolve(SCOPE, "a@x.example", None).person.id == one.person.id


def test_a_newcomer_with_another_exclusive_value_stays_apart():
    declare()
    one = tell("a@x.example", "1", customerNumber="1")
    held = tell("b@x.example", "1", customerNumber="2")
    assert held.outcome is Outcome.HELD
    assert held.person.id != one.person.id
    assert held.person.others == {"customerNumber": ["2"]}
    assert tell(None, "1").person.id == one.person.id
    # The shared phone is withheld in the newcomer, so it grows on its own.
    more = tell("c@x.example", "1", customerNumber="2")
    assert more.person.id == held.person.id
    assert more.person.emails == ["b@x.example", "c@x.example"]


def test_of_three_persons_two_join_and_the_third_is_held():
    declare()
    strong = tell("a@x.example", customerNumber="1")
    free = tell(whatsapp="IN.1")
    tell(None, "1", customerNumber="2")
    met = tell("a@x.example", "1", whatsapp="IN.1")
    assert met.outcome is Outcome.HELD
    assert met.person.id == strong.person.id
    assert met.decision.absorbed == (free.person.id,)
    (review,) = met.decision.held
    assert review.right == Identifier(Kind.PHONE, "1")


def test_a_newcomer_that_stays_apart_carries_nothing_of_any_other():
    declare({"customerNumber": {"perPerson": 1}, "whatsapp": {}, "card": {"perPerson": 1}})
    strong = tell(customerNumber="1", whatsapp="W", card="1")
    tell(None, "1", customerNumber="2")
    met = tell(None, "1", whatsapp="W", card="2")
    assert met.outcome is Outcome.HELD
    assert met.person.id == strong.person.id
    assert [each.kinds for each in met.decision.held] == [("card",), ("customerNumber",)]
    newcomer = tell(card="2").person
    assert [contact.identifiers for contact in newcomer.contacts] == [(Identifier("card", "2"),)]


def test_values_that_are_only_carried_are_kept_and_join_nobody():
    declare()
    first = tell("a@x.example", note="gold")
    assert first.decision.ignored == (("note", Ignored.CARRIED),)
    assert first.person.others == {"note": ["gold"]}
    other = tell("b@x.example", note="gold")
    assert other.person.id != first.person.id
    assert tell("a@x.example", note="gold").outcome is Outcome.UNCHANGED
    new = tell("a@x.example", note="silver")
    assert (new.outcome, new.decision.created) == (Outcome.LINKED, new.person.contacts[-1].id)
    assert new.person.others == {"note": ["gold", "silver"]}
    merged = tell("a@x.example", None, note="bronze", whatsapp="IN.1")
    assert merged.person.others == {"note": ["gold", "silver", "bronze"], "whatsapp": ["IN.1"]}
    with pytest.raises(NoUsableIdentifier):
        tell(note="gold")


def test_a_new_value_that_is_only_carried_is_the_evidence_of_a_merge_too():
    declare()
    tell("a@x.example")
    tell(None, "1")
    merged = tell("a@x.example", "1", note="gold")
    assert merged.outcome is Outcome.MERGED
    assert merged.decision.created
    assert merged.decision.links == ()


def test_kinds_that_are_not_declared_are_refused_where_some_are():
    declare()
    with pytest.raises(InvalidRequest) as refused:
        tell("a@x.example", card="1")
    (error,) = refused.value.errors
    assert (error.field, error.code) == ("identifiers.card", "undeclared_kind")
    assert "customerNumber, whatsapp, note" in error.detail


def test_where_no_kinds_are_declared_identifiers_are_ignored():
    first = tell("a@x.example", card="1")
    assert first.person.others == {}
    with pytest.raises(InvalidRequest):
        tell(card="1")


def test_more_values_than_a_person_may_have_are_refused():
    declare()
    with pytest.raises(InvalidRequest) as refused:
        tell(customerNumber=["1", "2"])
    assert refused.value.errors[0].code == "too_many_values"
    with pytest.raises(InvalidRequest) as refused:
        tell("a@x.example", "1", whatsapp=list("12345678"), note=list("12345678"))
    assert refused.value.errors[0].field == "identifiers"


def test_guests_who_have_the_number_zero_stay_apart():
    declare()
    first = tell("a@x.example", customerNumber="0")
    second = tell("b@x.example", customerNumber="0")
    assert second.person.id != first.person.id
    assert second.person.others == {}


def test_blank_values_and_placeholders_are_not_given():
    declare()
    assert tell("a@x.example", customerNumber="n/a").person.others == {}
    assert tell("a@x.example", customerNumber=" ").outcome is Outcome.UNCHANGED
    with pytest.raises(InvalidRequest) as refused:
        tell(customerNumber=" ")
    assert refused.value.errors[0].code == "no_identifier"


def test_what_the_pattern_or_the_length_forbids_is_refused():
    declare({"card": {"normalize": "digits", "pattern": "[0-9]{4,6}", "blocked": ["00 00"]}})
    assert tell(card="12-34").person.others == {"card": ["12-34"]}
    assert tell(card="1234").outcome is Outcome.UNCHANGED
    for wrong in ("123", "x" * 300, "abc"):
        with pytest.raises(InvalidRequest) as refused:
            tell(card=wrong)
        assert refused.value.errors[0].code == "invalid_identifier"
    assert tell("a@x.example", card="0000").decision.ignored == (("card", Ignored.BLOCKED),)


def test_a_value_that_too_many_contacts_carry_is_retired_as_a_hub():
    declare({"whatsapp": {"contactsPerValue": 2}})
    tell(whatsapp="IN.1")
    tell("a@x.example", whatsapp="IN.1")
    third = tell("b@x.example", whatsapp="IN.1")
    assert third.person.emails == ["b@x.example"]
    assert third.decision.ignored == (("whatsapp", Ignored.RETIRED),)
    with pytest.raises(NoUsableIdentifier):
        tell(whatsapp="IN.1")
    with pytest.raises(NoUsableIdentifier):
        resolve(SCOPE, None, None, identifiers={"whatsapp": ["IN.1"]})


def test_resolve_tells_what_identify_would_do_and_writes_nothing():
    declare()
    tell("a@x.example", customerNumber="1")
    for _ in range(2):
        found = resolve(SCOPE, None, "1", identifiers={"customerNumber": ["1"]})
        assert found.decision.outcome is Outcome.LINKED
        assert found.person.others == {"customerNumber": ["1"]}
    assert resolve(SCOPE, None, None, identifiers={"customerNumber": ["2"]}).person is None


def test_a_batch_decides_as_single_requests_do():
    declare()
    results = identify_batch(
        SCOPE,
        [
            ("a@x.example", None, frozenset(), {"customerNumber": ["1"], "note": ["x"]}),
            ("a@x.example", "1"),
            (None, "1", frozenset(), {"customerNumber": ["2"]}),
            (None, None, frozenset(), {"card": ["1"]}),
            ("a@x.example", None, frozenset(), {"note": ["x"]}),
        ],
    )
    outcomes = [getattr(each, "outcome", None) for each in results]
    assert outcomes == ["created", "linked", "held", None, "unchanged"]


def test_large_persons_take_values_of_declared_kinds(settings):
    declare()
    tell("a0@x.example", "1", note="gold")
    for n in range(1, 60):
        tell(f"a{n}@x.example", "1")
    assert tell("a5@x.example", note="gold").outcome is Outcome.UNCHANGED
    assert tell("a5@x.example", note="silver").outcome is Outcome.LINKED
    assert tell("a5@x.example").person.others == {"note": ["gold", "silver"]}
    merged = tell("a5@x.example", whatsapp="IN.1")
    assert merged.person.size == 62


def test_a_policy_that_this_process_has_not_seen_is_read_before_a_request_is_answered():
    tell("a@x.example")
    set_policy(kinds=[["customerNumber", {}]])
    assert tell(customerNumber="1").outcome is Outcome.CREATED
