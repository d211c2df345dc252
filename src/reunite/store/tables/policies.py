"""The policy table: the rules in force, and when they change."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial

from reunite.conf import reunite_settings
from reunite.core.identifiers.kinds import NormalizationRules
from reunite.core.policy.policy import Policy
from reunite.core.policy.rules import stored_policy
from reunite.core.scope import Scope
from reunite.store.database.dialects import Restart, Row, Statement, dialect
from reunite.store.database.queries import Query, Reader, outside, query

_READ = """
    SELECT w.revision, w.rules_version, p.version, CAST(p.rules AS text),
           EXISTS (SELECT 1 FROM retired WHERE workspace_id = w.id)
    FROM workspace w LEFT JOIN policy p ON p.id = (
        SELECT id FROM policy WHERE workspace_id = w.id AND applied_at IS NOT NULL
        ORDER BY version DESC LIMIT 1)
    WHERE w.id = %s
"""

# Its value is the time, so that no two policies that a process ever saw share a revision.
_CHANGE = "UPDATE workspace SET revision = {latest}(revision + 1, %s) WHERE id = %s"


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """A policy, its version, and the workspace's revision, which what is retired changes too.

    So whether anything is retired is known by the revision.
    """

    policy: Policy
    version: int = 0
    revision: int = 0
    has_retired: bool = False


_seen: dict[int, PolicyInForce] = {}


def last_seen(scope: Scope, reader: Reader = outside) -> PolicyInForce:
    """The policy as this process last read it; a caller that relies on it compares the revision.

    ``reader`` reads the policy where this process has not read any.
    """
    seen = _seen.get(scope.workspace_id)
    if seen is None:
        return reader.read(in_force(scope))
    rules = seen.policy.normalization
    if seen.version or rules.default_region == reunite_settings().DEFAULT_REGION:
        return seen
    return _of_settings(seen.revision, rules.version, seen.has_retired)


def in_force(scope: Scope) -> Query[PolicyInForce]:
    """The policy in force; without any, version 0, the policy of the settings.

    Raises LookupError if there is no such workspace.
    """
    return query(Statement(_READ, [scope.workspace_id]), partial(_in_force_from, scope))


def _in_force_from(scope: Scope, rows: Sequence[Row]) -> PolicyInForce:
    if not rows:
        raise LookupError(f"There is no workspace {scope.workspace_id}.")
    revision, rules_version, version, rules, has_retired = rows[0]
    found = (
        _of_settings(revision, rules_version, bool(has_retired))
        if version is None
        else PolicyInForce(_from_json(rules), version, revision, bool(has_retired))
    )
    _seen[scope.workspace_id] = found
    return found


def require_current(scope: Scope, reader: Reader, current: PolicyInForce) -> None:
    """Read the policy again; raise Restart unless it is still ``current``."""
    if reader.read(in_force(scope)) != current:
        raise Restart


def require_revision(scope: Scope, reader: Reader, current: PolicyInForce, revision: int) -> None:
    """Read the policy again and raise Restart where another revision than its own was seen.

    Asked before anything follows from what was seen, also a refusal.
    """
    if revision != current.revision:
        reader.read(in_force(scope))
        raise Restart


def _of_settings(revision: int, rules_version: int, has_retired: bool) -> PolicyInForce:
    policy = _default(reunite_settings().DEFAULT_REGION, rules_version)
    return PolicyInForce(policy, revision=revision, has_retired=has_retired)


def change(scope: Scope, *, at: datetime) -> Statement:
    """Say that what counts has changed: every process reads the policy again."""
    micros = round(at.timestamp() * 1_000_000)
    return Statement(dialect().sql(_CHANGE), [micros, scope.workspace_id])


@cache
def _default(region: str | None, rules_version: int) -> Policy:
    return Policy(normalization=NormalizationRules(default_region=region, version=rules_version))


@cache
def _from_json(rules: str) -> Policy:
    return stored_policy(json.loads(rules))
