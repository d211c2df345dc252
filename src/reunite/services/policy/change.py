"""The policy of a workspace: show it, list its versions, change it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from reunite.conf import reunite_settings
from reunite.core.errors import PolicyBeingPrepared, PolicyChanged, PolicyNeedsAJob
from reunite.core.identifiers.kinds import LATEST_RULES, Kind, canonical_form
from reunite.core.policy.declared import DeclaredKind
from reunite.core.policy.policy import Policy
from reunite.core.policy.rekeying import differing_kinds
from reunite.core.policy.rules import policy_from
from reunite.core.scope import Scope
from reunite.services.policy.keys import apply_keys
from reunite.services.repair.edit import exclusively
from reunite.services.snapshots import found_in_snapshot, from_snapshot
from reunite.store.database.dialects import Statement
from reunite.store.database.queries import Query, Reader, Snapshot
from reunite.store.database.transactions import Transaction
from reunite.store.policy import rekeying
from reunite.store.tables import policies, policy_versions
from reunite.store.tables.policy_versions import PolicyVersion

APPLIED_AT_ONCE = 5_000
"""In a workspace of so many contacts, a policy that changes keys is applied within the request."""


@dataclass(frozen=True, slots=True)
class ShownPolicy:
    """The policy in force, since when, and the version that is being prepared, if one is.

    Version 0 is the policy of the settings. It was never written, so it has no time.
    """

    version: int
    policy: Policy
    created_at: datetime | None
    prepared: PolicyVersion | None = None


def read_policy(scope: Scope, rules: Mapping[str, Any]) -> Policy:
    """The policy of a JSON form.

    A missing region is the region of the settings. A missing version of the rules for identifiers
    is the version in force, so a client must name another version to change it.
    Raises InvalidPolicy naming
    the fields that are wrong, or TemporarilyUnavailable.
    """
    current = found_in_snapshot(policies.in_force(scope)).policy
    return policy_from(
        rules,
        default_region=reunite_settings().DEFAULT_REGION,
        rules_version=current.normalization.version,
    )


def canonical_form_in_force(scope: Scope, kind: Kind, given: str) -> str:
    """The form that compares a value that does not count, by the policy as last read."""
    rules = policies.last_seen(scope).policy.normalization
    return canonical_form(kind, given, rules)


def declared_kinds(scope: Scope) -> Mapping[str, DeclaredKind]:
    """The kinds that the policy declares, as this process last read it."""
    return policies.last_seen(scope).policy.declared


def with_latest_rules(policy: Policy) -> Policy:
    """The same policy by the latest version of the rules for identifiers."""
    rules = replace(policy.normalization, version=LATEST_RULES)
    return replace(policy, normalization=rules)


def show_policy(scope: Scope) -> ShownPolicy:
    """The policy in force. Raises TemporarilyUnavailable, as all here do."""

    def read(snapshot: Snapshot) -> ShownPolicy:
        current, prepared, in_force = snapshot.read(
            policy_versions.current(scope),
            policy_versions.being_prepared(scope),
            policies.in_force(scope),
        )
        if current is None:
            return ShownPolicy(0, in_force.policy, None, prepared)
        return ShownPolicy(current.version, current.policy, current.created_at, prepared)

    return from_snapshot(read)


def list_policy_versions(scope: Scope, *, after: int, limit: int) -> Sequence[PolicyVersion]:
    """Up to ``limit`` versions in order, from the one after ``after`` on."""
    return found_in_snapshot(policy_versions.listed(scope, after=after, limit=limit))


def needs_a_job(scope: Scope, policy: Policy) -> bool:
    """Whether ``change_policy`` would refuse the policy, because too many keys may change."""

    def read(snapshot: Snapshot) -> bool:
        current = snapshot.read(policies.in_force(scope)).policy
        may_change_keys = _may_change_keys(scope, snapshot, current, policy)
        return may_change_keys and snapshot.read(_are_too_many(scope))

    return from_snapshot(read)


def change_policy(
    scope: Scope, policy: Policy, *, expected_version: int | None = None
) -> ShownPolicy:
    """Let another policy be in force, as a new version; the one that is in force already stays.

    What stored contacts match by is changed with it. Raises PolicyChanged if the version in force
    is not the ``expected_version``; PolicyBeingPrepared; PolicyNeedsAJob if keys may change of more
    than APPLIED_AT_ONCE contacts; WouldJoinKeptApart.
    """

    def write(locked: Transaction) -> None:
        current, prepared = locked.read(
            policies.in_force(scope), policy_versions.being_prepared(scope)
        )
        if expected_version not in (None, current.version):
            raise PolicyChanged
        if prepared is not None:
            raise PolicyBeingPrepared
        if current.version and current.policy == policy:
            return
        now = datetime.now(UTC)
        keys_differ = _may_change_keys(scope, locked, current.policy, policy)
        if keys_differ and locked.read(_are_too_many(scope)):
            raise PolicyNeedsAJob
        version = locked.read(policy_versions.insert(scope, policy, at=now, applied_at=now))
        keys: list[Statement] = []
        if keys_differ:
            _, keys = apply_keys(
                scope,
                locked,
                before=current.policy,
                after=policy,
                version=version,
                staged_up_to=0,
                at=now,
            )
        locked.commit(*keys, policies.change(scope, at=now))

    exclusively(scope, write)
    return show_policy(scope)


def _may_change_keys(scope: Scope, reader: Reader, current: Policy, policy: Policy) -> bool:
    """Whether stored values may have other keys; not if only kinds differ that have no values."""
    if not current.keys_differ(policy):
        return False
    kinds = differing_kinds(current, policy)
    return kinds is None or reader.read(rekeying.has_values_of(scope, kinds))


def _are_too_many(scope: Scope) -> Query[bool]:
    return rekeying.has_more_contacts_than(scope, APPLIED_AT_ONCE)
