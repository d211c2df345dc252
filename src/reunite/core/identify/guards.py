"""What stops a plan: the guards against joining strangers that look at persons.

A guard sees a plan and how the persons it touches stand, and lets it pass or says what to do
instead. Guards that look at a value alone are in ``policy``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from reunite.core.identifiers.kinds import ContactDetails, Identifier, Kind
from reunite.core.identify.plan import HoldReason, Known, Link, Merge, Outcome, Review
from reunite.core.persons.person import Primary
from reunite.core.persons.suspicion import Counts
from reunite.core.policy.policy import Limits, Policy


@dataclass(frozen=True, slots=True)
class Standing:
    """How the persons of a plan stand, all of them together.

    ``counts`` is how large each is; where the policy sets no limits, no further than it matters to
    whether one becomes suspicious. ``carriers`` is how many contacts carry the identifier that
    leads to the person whom a newcomer would join.
    """

    kept_apart: bool = False
    review: Review | None = None
    counts: Sequence[Counts] = ()
    carriers: int = 0

    def count(self, kind: Kind) -> int:
        """How many different identifiers of a kind: none belongs to two."""
        return sum(each.emails if kind is Kind.EMAIL else each.phones for each in self.counts)


@dataclass(frozen=True, slots=True)
class Hold:
    """The two persons stay two. The answer is that of the stronger identifier, the email."""

    outcome: ClassVar = Outcome.HELD
    person: Primary
    other: Primary
    review: Review


@dataclass(frozen=True, slots=True)
class StartApart:
    """The newcomer would be one identifier too many for ``person``, so it starts its own.

    The identifier that leads to ``person``, of the kind ``withheld``, does not count in it.
    """

    outcome: ClassVar = Outcome.HELD
    person: Primary
    withheld: Kind
    review: Review


@dataclass(frozen=True, slots=True)
class RetireHub:
    """Too many contacts carry an identifier: it must no longer count before anything else."""

    identifier: Identifier


def needs_standing(policy: Policy) -> bool:
    """Whether a newcomer may be stopped under the policy; a merge always may."""
    return policy.limits != Limits()


def may_stop(policy: Policy) -> bool:
    """Whether a guard of the policy may stop a merge or a newcomer of which nothing is verified.

    Separations and reviews may stop a merge under any policy.
    """
    return policy.join_only_verified or needs_standing(policy)


def guard_merge(
    plan: Merge,
    details: ContactDetails,
    known: Known,
    standing: Standing,
    *,
    policy: Policy,
    verified: frozenset[Kind] = frozenset(),
) -> Merge | Hold:
    """Let two persons become one, unless something stands against it.

    What was held once waits for its review, and what was rejected stays so.
    """
    review = standing.review
    if review is None:
        reason = _against_merge(standing, policy, verified)
        if reason is None:
            return plan
        left, right = details.identifiers
        review = Review(left, right, reason)
    stronger, other = (person for person in (known.by_email, known.by_phone) if person is not None)
    return Hold(stronger, other, review)


def guard_link(
    plan: Link, details: ContactDetails, known: Known, standing: Standing, *, policy: Policy
) -> Link | StartApart | RetireHub:
    """Let a newcomer join the person, unless the way there is a hub or the person is full."""
    email, phone = details.identifiers
    led_by, brings = (email, phone) if known.by_phone is None else (phone, email)
    carriers_limit = policy.limits.contacts(led_by.kind)
    if (
        carriers_limit is not None
        and standing.carriers >= carriers_limit
        and led_by not in policy.allowed_identifiers
    ):
        return RetireHub(led_by)
    limit = policy.limits.per_person(brings.kind)
    if limit is not None and standing.count(brings.kind) >= limit:
        review = Review(email, phone, HoldReason.TOO_MANY_IDENTIFIERS)
        return StartApart(plan.person, led_by.kind, review)
    return plan


def _against_merge(
    standing: Standing, policy: Policy, verified: frozenset[Kind]
) -> HoldReason | None:
    if standing.kept_apart:
        return HoldReason.KEPT_APART
    if policy.join_only_verified and not verified.issuperset(Kind):
        return HoldReason.NOT_VERIFIED
    for kind in Kind:
        limit = policy.limits.per_person(kind)
        if limit is not None and standing.count(kind) > limit:
            return HoldReason.TOO_MANY_IDENTIFIERS
    return None
