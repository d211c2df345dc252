from dataclasses import replace

import pytest

from benchmarks.guards import measure, shop_history
from reunite.core.identifiers.fillers import NO_FILLERS
from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.identify.guards import (
    Hold,
    RetireHub,
    Standing,
    StartApart,
    guard_link,
    guard_merge,
    may_stop,
    needs_standing,
)
from reunite.core.identify.plan import HoldReason, Known, Link, Merge, Review, ReviewState
from reunite.core.persons.person import Primary
from reunite.core.persons.suspicion import Counts
from reunite.core.policy.policy import PROTECT, SPEC, Limits, Values
from tests.builders import NOON, details_of

OLDER, YOUNGER = Primary(NOON, 1), Primary(NOON, 2)
DETAILS = details_of("a@x.example", "1")
EMAIL, PHONE = DETAILS.identifiers
MERGE = Merge(OLDER, YOUNGER)
KNOWN = Known(YOUNGER, OLDER)
REVIEW = Review(
    Identifier(Kind.EMAIL, "b@x.example"), PHONE, HoldReason.KEPT_APART, ReviewState.REJECTED, 7
)
TWO = replace(SPEC, limits=Limits(2, 2, 2, 2))
VERIFIED_ONLY = replace(SPEC, join_only_verified=True)


def new_review(reason):
    return Review(EMAIL, PHONE, reason)


@pytest.mark.parametrize(
    ("standing", "policy", "review"),
    [
        (Standing(kept_apart=True), SPEC, new_review(HoldReason.KEPT_APART)),
        (Standing(review=REVIEW), SPEC, REVIEW),
        (Standing(), VERIFIED_ONLY, new_review(HoldReason.NOT_VERIFIED)),
        (Standing(counts=[Counts(9, 3, 1)]), TWO, new_review(HoldReason.TOO_MANY_IDENTIFIERS)),
        (Standing(counts=[Counts(9, 1, 3)]), TWO, new_review(HoldReason.TOO_MANY_IDENTIFIERS)),
    ],
)
def test_a_merge_is_held_and_answered_with_the_person_of_the_email(standing, policy, review):
    held = guard_merge(MERGE, DETAILS, KNOWN, standing, policy=policy)
    assert held == Hold(YOUNGER, OLDER, review)


@pytest.mark.parametrize(
    ("standing", "policy", "verified"),
    [
        (Standing(counts=[Counts(9, 99, 99)]), SPEC, frozenset()),
        (Standing(counts=[Counts(9, 2, 2)]), TWO, frozenset()),
        (Standing(), VERIFIED_ONLY, frozenset(Kind)),
    ],
)
def test_a_merge_passes_where_nothing_stands_against_it(standing, policy, verified):
    guarded = guard_merge(MERGE, DETAILS, KNOWN, standing, policy=policy, verified=verified)
    assert guarded == MERGE


@pytest.mark.parametrize(
    ("known", "standing", "guarded"),
    [
        (Known(OLDER, None), Standing(counts=[Counts(9, 1, 1)], carriers=1), Link(OLDER)),
        (Known(OLDER, None), Standing(carriers=2), RetireHub(EMAIL)),
        (Known(None, OLDER), Standing(carriers=2), RetireHub(PHONE)),
        (
            Known(None, OLDER),
            Standing(counts=[Counts(9, 2, 1)]),
            StartApart(OLDER, Kind.PHONE, new_review(HoldReason.TOO_MANY_IDENTIFIERS)),
        ),
        (
            Known(OLDER, None),
            Standing(counts=[Counts(9, 1, 2)]),
            StartApart(OLDER, Kind.EMAIL, new_review(HoldReason.TOO_MANY_IDENTIFIERS)),
        ),
        # What it does not bring cannot be too many.
        (Known(OLDER, None), Standing(counts=[Counts(9, 9, 1)]), Link(OLDER)),
    ],
)
def test_a_newcomer_joins_unless_it_is_one_too_many(known, standing, guarded):
    assert guard_link(Link(OLDER), DETAILS, known, standing, policy=TWO) == guarded


def test_an_allowed_identifier_is_no_hub():
    policy = replace(TWO, allowed=Values(emails=("A@x.example",)))
    standing = Standing(carriers=9)
    known = Known(OLDER, None)
    assert guard_link(Link(OLDER), DETAILS, known, standing, policy=policy) == Link(OLDER)


def test_newcomers_are_looked_at_only_where_there_are_limits():
    assert not needs_standing(SPEC)
    assert needs_standing(PROTECT)
    assert needs_standing(replace(SPEC, limits=Limits(contacts_per_phone=3)))


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
