"""The policy of a workspace: show it, list its versions, change it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from reunite.conf import reunite_settings
from reunite.core.errors import PolicyBeingPrepared, PolicyChanged, PolicyNeedsAJob
from reunite.core.identifiers.kinds import LATEST_RULES, Kind, canonical_form
from reunite.core.policy.policy import Policy
from reunite.core.policy.rules import policy_from
from reunite.services.policy.keys import apply_keys
from reunite.services.repair.shared import alone
from reunite.services.snapshots import from_snapshot
from reunite.store.database.dialects import Statement
from reunite.store.database.transactions import Transaction
from reunite.store.policy import rekeying
from reunite.store.tables import policies, policy_versions
from reunite.store.tables.events import Told
from reunite.store.tables.policy_versions import PolicyVersion
from reunite.store.tables.workspaces import DEFAULT_WORKSPACE_ID

APPLIED_AT_ONCE = 5_000
"""In a workspace of so many contacts, a policy that changes keys is applied within the request."""


@dataclass(frozen=True, slots=True)
class ShownPolicy:
    """The policy in force, since when, and the version that is being prepared, if one is.

    Version 0 is that of the settings; it was never written, so it has no time.
    """

    version: int
    policy: Policy
    created_at: datetime | None
    prepared: PolicyVersion | None = None


def read_policy(rules: Mapping[str, Any], *, workspace_id: int = DEFAULT_WORKSPACE_ID) -> Policy:
    """The policy of a JSON form.

    Where they are left out, the region is that of the settings, and the version of the rules for
    identifiers the one in force: nobody leaves it without saying so. Raises InvalidPolicy naming
    the fields that are wrong, or TemporarilyUnavailable.
    """
    current = from_snapshot(lambda: policies.in_force(workspace_id=workspace_id).policy)
    return policy_from(
        rules,
        default_region=reunite_settings().DEFAULT_REGION,
        rules_version=current.normalization.version,
    )


def canonical_form_in_force(
    kind: Kind, given: str, *, workspace_id: int = DEFAULT_WORKSPACE_ID
) -> str:
    """What a value that does not count is compared by, as this process last read the policy."""
    rules = policies.last_seen(workspace_id=workspace_id).policy.normalization
    return canonical_form(kind, given, rules)


def with_latest_rules(policy: Policy) -> Policy:
    """The same policy by the latest version of the rules for identifiers."""
    rules = replace(policy.normalization, version=LATEST_RULES)
    return replace(policy, normalization=rules)


def show_policy(*, workspace_id: int = DEFAULT_WORKSPACE_ID) -> ShownPolicy:
    """The policy in force. Raises TemporarilyUnavailable, as all here do."""

    def read() -> ShownPolicy:
        current = policy_versions.current(workspace_id=workspace_id)
        prepared = policy_versions.being_prepared(workspace_id=workspace_id)
        if current is None:
            policy = policies.in_force(workspace_id=workspace_id).policy
            return ShownPolicy(0, policy, None, prepared)
        return ShownPolicy(current.version, current.policy, current.created_at, prepared)

    return from_snapshot(read)


def list_policy_versions(
    *, after: int, limit: int, workspace_id: int = DEFAULT_WORKSPACE_ID
) -> Sequence[PolicyVersion]:
    """Up to ``limit`` versions in order, from the one after ``after`` on."""
    return from_snapshot(
        lambda: policy_versions.listed(after=after, limit=limit, workspace_id=workspace_id)
    )


def change_policy(
    policy: Policy,
    *,
    expected_version: int | None = None,
    workspace_id: int = DEFAULT_WORKSPACE_ID,
    request_id: str | None = None,
) -> ShownPolicy:
    """Let another policy be in force, as a new version; the one that is in force already stays.

    What stored contacts match by is changed with it. Raises PolicyChanged if the version in force
    is not the ``expected_version``; PolicyBeingPrepared; PolicyNeedsAJob if keys may change of more
    than APPLIED_AT_ONCE contacts; WouldJoinKeptApart.
    """
    told = Told(workspace_id, request_id)

    def write(locked: Transaction) -> None:
        current = policies.in_force(workspace_id=workspace_id)
        if expected_version not in (None, current.version):
            raise PolicyChanged
        if policy_versions.being_prepared(workspace_id=workspace_id) is not None:
            raise PolicyBeingPrepared
        if current.version and current.policy == policy:
            return
        now = datetime.now(UTC)
        keys_differ = current.policy.keys_differ(policy)
        if keys_differ and rekeying.has_more_contacts_than(
            APPLIED_AT_ONCE, locked, workspace_id=workspace_id
        ):
            raise PolicyNeedsAJob
        version = policy_versions.insert(
            locked, policy, workspace_id=workspace_id, at=now, applied_at=now
        )
        keys: list[Statement] = []
        if keys_differ:
            _, keys = apply_keys(
                locked,
                before=current.policy,
                after=policy,
                version=version,
                staged_up_to=0,
                told=told,
                at=now,
            )
        locked.commit(*keys, policies.change(workspace_id=workspace_id, at=now))

    alone(write, workspace_id)
    return show_policy(workspace_id=workspace_id)
