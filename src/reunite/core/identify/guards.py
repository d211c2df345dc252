"""What stops those who meet in a request from becoming one: the guards that look at persons.

Guards that look at a value alone are in ``policy``.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from reunite.core.identifiers.kinds import Identifier
from reunite.core.identify.plan import HoldReason, Party, Review
from reunite.core.persons.person import Ends
from reunite.core.persons.suspicion import Counts
from reunite.core.policy.parts import NO_LIMITS
from reunite.core.policy.policy import SPEC, Policy


@dataclass(frozen=True, slots=True)
class GuardFacts:
    """How the persons stand that would become one, all of them together.

    ``kept_apart`` and ``review`` are about the one that joins and any of the others. ``counts`` is
    how large each person is; where the policy sets no limits, no further than it matters to whether
    one becomes suspicious. ``carriers`` is how many contacts carry the identifiers of the request.
    """

    kept_apart: bool = False
    review: Review | None = None
    counts: Sequence[Counts] = ()
    carriers: Mapping[Identifier, int] = field(default_factory=dict)

    def count(self, kind: str) -> int:
        """How many different identifiers of a kind: none belongs to two."""
        return sum(each.of_kind(kind) for each in self.counts)


@dataclass(frozen=True, slots=True)
class GuardContext:
    """What guards know beyond the persons themselves; without arguments, nothing.

    ``separations`` are pairs of contacts, ``links`` the live links of the persons by id.
    """

    policy: Policy = SPEC
    retired: frozenset[Identifier] = frozenset()
    separations: Sequence[tuple[int, int]] = ()
    reviews: Sequence[Review] = ()
    links: Mapping[int, Ends] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RetireHub:
    """Too many contacts carry an identifier: it must no longer count before anything else."""

    identifier: Identifier


def needs_facts(policy: Policy) -> bool:
    """Whether a newcomer may be stopped under the policy; a merge always may."""
    return policy.limits != NO_LIMITS or any(
        kind.per_person is not None or kind.contacts_per_value is not None
        for kind in policy.declared.values()
    )


def may_stop(policy: Policy) -> bool:
    """Whether a guard of the policy may stop a merge or a newcomer without verified identifiers.

    Separations and reviews may stop a merge under any policy.
    """
    return policy.join_only_verified or needs_facts(policy)


def guard(
    joined: Sequence[Party],
    party: Party,
    facts: GuardFacts,
    *,
    policy: Policy,
    verified: Collection[str] = (),
) -> Review | RetireHub | None:
    """What stops a party from joining those that are ``joined`` already; None if nothing does.

    What was held once waits for its review, and what was rejected stays so.
    """
    together = [*joined, party]
    new = [each for one in together if one.person is None for each in one.identifiers]
    if new:
        known = chain.from_iterable(one.identifiers for one in together if one.person is not None)
        for identifier in known:
            if _is_full(identifier, facts, policy):
                return RetireHub(identifier)
    lead = joined[0].lead
    # A newcomer alone is no person that could be kept apart.
    is_merge = party.person is not None and any(one.person is not None for one in joined)
    if is_merge:
        if facts.review is not None:
            return facts.review
        reason = _against_merge(lead, party.lead, facts, policy, verified)
        if reason is not None:
            return Review(lead, party.lead, reason)
    if kinds := _too_many(new, facts, policy, of_all_kinds=is_merge):
        told = kinds if policy.declared else ()
        return Review(lead, party.lead, HoldReason.TOO_MANY_IDENTIFIERS, kinds=told)
    return None


def _is_full(identifier: Identifier, facts: GuardFacts, policy: Policy) -> bool:
    """Whether as many contacts carry an identifier as may, so that one more is too many."""
    limit = policy.contacts_per_value(identifier.kind)
    return (
        limit is not None
        and facts.carriers.get(identifier, 0) >= limit
        and identifier not in policy.allowed_identifiers
    )


def _against_merge(
    lead: Identifier,
    other: Identifier,
    facts: GuardFacts,
    policy: Policy,
    verified: Collection[str],
) -> HoldReason | None:
    if facts.kept_apart:
        return HoldReason.KEPT_APART
    if policy.join_only_verified and not (lead.kind in verified and other.kind in verified):
        return HoldReason.NOT_VERIFIED
    return None


def _too_many(
    new: Sequence[Identifier], facts: GuardFacts, policy: Policy, *, of_all_kinds: bool
) -> tuple[str, ...]:
    """The kinds with more identifiers than the person may have.

    A newcomer is asked about the kinds alone that it brings.
    """
    kinds = [each.kind for each in new]
    return tuple(
        kind
        for kind in (policy.strength if of_all_kinds else dict.fromkeys(kinds))
        if (limit := policy.per_person(kind)) is not None
        and facts.count(kind) + kinds.count(kind) > limit
    )
