"""The policy table: the rules in force, and when they change."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from reunite.conf import reunite_settings
from reunite.core.identifiers import NormalizationRules
from reunite.core.policy import Policy
from reunite.core.policy_rules import policy_from
from reunite.store.dialects import Statement, dialect

_READ = """
    SELECT w.revision, p.version, CAST(p.rules AS text)
    FROM workspace w LEFT JOIN policy p ON p.id = (
        SELECT id FROM policy WHERE workspace_id = w.id AND applied_at IS NOT NULL
        ORDER BY version DESC LIMIT 1)
    WHERE w.id = %s
"""

# Its value is the time, so that no two policies that a process ever saw share a revision.
_CHANGE = "UPDATE workspace SET revision = {latest}(revision + 1, %s) WHERE id = %s"


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """A policy, its version, and the workspace's revision, which what is retired changes too."""

    policy: Policy
    version: int = 0
    revision: int = 0


_seen: dict[int, PolicyInForce] = {}


def in_force(*, workspace_id: int, revision: int | None = None) -> PolicyInForce:
    """The policy in force; the one read before if it has the ``revision`` that is known by now.

    Without any policy that of the settings, version 0.
    """
    seen = _seen.get(workspace_id)
    if revision is not None and seen is not None and seen.revision == revision:
        return seen
    (rows,) = dialect().run([Statement(_READ, [workspace_id])])
    if not rows or rows[0][1] is None:
        return PolicyInForce(_default(reunite_settings().DEFAULT_REGION), 0, *rows[0][:1])
    current, version, rules = rows[0]
    _seen[workspace_id] = found = PolicyInForce(_from_json(rules), version, current)
    return found


def change(*, workspace_id: int, at: datetime) -> Statement:
    """Say that what counts has changed: every process reads the policy again."""
    micros = round(at.timestamp() * 1_000_000)
    return Statement(dialect().sql(_CHANGE), [micros, workspace_id])


@cache
def _default(region: str | None) -> Policy:
    return Policy(normalization=NormalizationRules(default_region=region))


@cache
def _from_json(rules: str) -> Policy:
    return policy_from(json.loads(rules))
