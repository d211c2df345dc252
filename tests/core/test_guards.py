from dataclasses import replace

import pytest

from benchmarks.guards import measure, shop_history
from reunite.core.identifiers.fillers import NO_FILLERS
from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.identify.guards import (
    GuardFacts,
    RetireHub,
    guard,
    may_stop,
    needs_facts,
)
from reunite.core.identify.plan import HoldReason, Party, Review, ReviewState
from reunite.core.persons.person import Primary
from reunite.core.persons.suspicion import Counts
from reunite.core.policy.parts import Limits, Values
from reunite.core.policy.policy import PROTECT, SPEC
from tests.builders import NOON, details_of

OLDER, YOUNGER = Primary(NOON, 1), Primary(NOON, 2)
DETAILS = details_of("a@x.example", "1")
EMAIL, PHONE = DETAILS.identifiers
OLDER_BY_EMAIL, NEW_EMAIL = Party(OLDER, (EMAIL,)), Party(None, (EMAIL,))
OLDER_BY_PHONE, NEW_PHONE = Party(OLDER, (PHONE,)), Party(None, (PHONE,))
YOUNGER_BY_PHONE = Party(YOUNGER, (PHONE,))
REVIEW = Review(
    Identifier(Kind.EMAIL, "b@x.example"), PHONE, HoldReason.KEPT_APART, ReviewState.REJECTED, 7
)
TWO = replace(SPEC, limits=Limits(2, 2, 2, 2))
VERIFIED_ONLY = replace(SPEC, join_only_verified=True)


def new_review(reason):
    return Review(EMAIL, PHONE, reason)


def sizes(*counts):
    return GuardFacts(counts=[Counts(*each) for each in counts])


@pytest.mark.parametrize(
    ("facts", "policy", "review"),
    [
        (GuardFacts(kept_apart=True), SPEC, new_review(HoldReason.KEPT_APART)),
        (GuardFacts(review=REVIEW), SPEC, REVIEW),
        (GuardFacts(), VERIFIED_ONLY, new_review(HoldReason.NOT_VERIFIED)),
        (sizes((5, (2, 1)), (4, (1, 0))), TWO, new_review(HoldReason.TOO_MANY_IDENTIFIERS)),
        (sizes((9, (1, 3))), TWO, new_review(HoldReason.TOO_MANY_IDENTIFIERS)),
    ],
)
def test_a_merge_is_held_for_a_reason_or_by_the_review_that_it_had(facts, policy, review):
    assert guard([OLDER_BY_EMAIL], YOUNGER_BY_PHONE, facts, policy=policy) == review


@pytest.mark.parametrize(
    ("facts", "policy", "verified"),
    [
        (sizes((9, (99, 99))), SPEC, frozenset()),
        (sizes((9, (2, 2))), TWO, frozenset()),
        (GuardFacts(), VERIFIED_ONLY, frozenset(Kind)),
    ],
)
def test_a_merge_passes_where_nothing_stands_against_it(facts, policy, verified):
    parties = [OLDER_BY_EMAIL], YOUNGER_BY_PHONE
    assert guard(*parties, facts, policy=policy, verified=verified) is None


@pytest.mark.parametrize(
    ("first", "other", "facts", "stopped"),
    [
        (
            OLDER_BY_EMAIL,
            NEW_PHONE,
            GuardFacts(counts=[Counts(9, (1, 1))], carriers={EMAIL: 1}),
            None,
        ),
        (OLDER_BY_EMAIL, NEW_PHONE, GuardFacts(carriers={EMAIL: 2}), RetireHub(EMAIL)),
        (NEW_EMAIL, OLDER_BY_PHONE, GuardFacts(carriers={PHONE: 2}), RetireHub(PHONE)),
        (
            NEW_EMAIL,
            OLDER_BY_PHONE,
            sizes((9, (2, 1))),
            new_review(HoldReason.TOO_MANY_IDENTIFIERS),
        ),
        (
            OLDER_BY_EMAIL,
            NEW_PHONE,
            sizes((9, (1, 2))),
            new_review(HoldReason.TOO_MANY_IDENTIFIERS),
        ),
        # What it does not bring cannot be too many.
        (OLDER_BY_EMAIL, NEW_PHONE, sizes((9, (9, 1))), None),
    ],
)
def test_a_newcomer_joins_unless_it_is_one_too_many(first, other, facts, stopped):
    assert guard([first], other, facts, policy=TWO) == stopped


def test_what_the_newcomer_brings_counts_where_a_person_joins_both():
    facts = sizes((9, (1, 1)), (9, (1, 0)))
    parties = [OLDER_BY_EMAIL, Party(None, (Identifier(Kind.EMAIL, "c@x.example"),))]
    held = guard(parties, YOUNGER_BY_PHONE, facts, policy=TWO)
    assert held == new_review(HoldReason.TOO_MANY_IDENTIFIERS)
    assert guard(parties[:1], YOUNGER_BY_PHONE, facts, policy=TWO) is None


def test_an_allowed_identifier_is_no_hub():
    policy = replace(TWO, allowed=Values(emails=("A@x.example",)))
    facts = GuardFacts(carriers={EMAIL: 9})
    assert guard([OLDER_BY_EMAIL], NEW_PHONE, facts, policy=policy) is None


def test_newcomers_are_looked_at_only_where_there_are_limits():
    assert not needs_facts(SPEC)
    assert needs_facts(PROTECT)
    assert needs_facts(replace(SPEC, limits=Limits(contacts_per_phone=3)))


def test_a_policy_may_stop_what_is_not_verified_by_limits_or_by_asking_for_proof():
    assert not may_stop(SPEC)
    assert may_stop(PROTECT)
    assert may_stop(replace(SPEC, join_only_verified=True))


def test_a_call_centre_makes_no_blob_of_strangers():
    orders = shop_history()[:1_500]
    # The shop's own address is on the list of fillers, and would not become a hub.
    limits_alone = replace(PROTECT, fillers=NO_FILLERS)

    unguarded, guarded = (measure(orders, policy) for policy in (SPEC, limits_alone))

    assert unguarded.largest > 500
    assert guarded.largest < 20
    assert guarded.precision == 1.0
    assert guarded.retired == 2
