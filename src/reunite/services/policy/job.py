"""A policy that changes what many contacts match by: prepared in chunks, then applied at once.

It may end at any moment, and goes on where it was when it is begun again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from reunite.core.errors import PolicyBeingPrepared
from reunite.core.identifiers.kinds import Value
from reunite.core.policy.policy import Policy
from reunite.core.policy.rekeying import Rekeying
from reunite.core.scope import Scope
from reunite.services.policy.keys import apply_keys
from reunite.services.repair.edit import exclusively
from reunite.store.database.dialects import Statement
from reunite.store.database.queries import outside
from reunite.store.database.transactions import Transaction, retried, transaction
from reunite.store.policy import rekeying
from reunite.store.tables import policies, policy_versions
from reunite.store.tables.policy_versions import PolicyVersion


@dataclass(frozen=True, slots=True)
class Applied:
    """The version that is in force now, and what applying it changed.

    ``rekeyed`` is how many contacts got other keys; the persons are those that this touched.
    """

    version: int
    rekeyed: int
    persons_before: int
    persons_after: int


def apply_policy(
    scope: Scope, policy: Policy, *, on_progress: Callable[[int], None] = lambda _: None
) -> Applied:
    """Prepare a policy and let it be in force; one that is in force already stays.

    A version that was being prepared is gone on with if it is this policy, and forgotten if it is
    another one. ``on_progress`` gets the number of contacts read so far. Requests are served
    while it is prepared, and wait while it is applied. Raises WouldJoinKeptApart, and then the
    policy stays prepared; PolicyBeingPrepared if another process prepares at the same time.
    """
    prepared = _begin(scope, policy)
    if prepared is None:
        current = outside.read(policies.in_force(scope))
        return Applied(current.version, 0, 0, 0)
    version, last = prepared
    _stage(scope, version, last, on_progress=on_progress)
    return _apply(scope, version.id)


def cancel_policy(scope: Scope) -> bool:
    """Forget the policy that is being prepared; False if none is."""

    def write(locked: Transaction) -> bool:
        found = locked.read(policy_versions.being_prepared(scope)) is not None
        locked.commit(*_forget(scope))
        return found

    return exclusively(scope, write)


def _begin(scope: Scope, policy: Policy) -> tuple[PolicyVersion, int] | None:
    """The version to prepare and the last contact to do so for; None if it is in force."""

    def write(locked: Transaction) -> tuple[PolicyVersion, int] | None:
        current, prepared = locked.read(
            policies.in_force(scope), policy_versions.being_prepared(scope)
        )
        if prepared is None or prepared.policy != policy:
            locked.run(*_forget(scope))
            if current.version and current.policy == policy:
                locked.commit()
                return None
            now = datetime.now(UTC)
            number = locked.read(policy_versions.insert(scope, policy, at=now, applied_at=None))
            (prepared,) = locked.read(policy_versions.listed(scope, after=number - 1, limit=1))
        # Behind the gate: all requests that took ids up to this one have written, or failed.
        last = locked.read(rekeying.latest_contact_id())
        locked.commit()
        return prepared, last

    return exclusively(scope, write)


def _stage(
    scope: Scope, version: PolicyVersion, last: int, *, on_progress: Callable[[int], None]
) -> None:
    reader = Rekeying(version.policy)
    contacts = 0
    while chunk := outside.read(rekeying.next_chunk(scope, after=version.staged_up_to, up_to=last)):
        new = {contact.id: reader.by_policy(contact) for contact in chunk}
        changed = {each.id: new[each.id] for each in chunk if new[each.id] != each.values}
        version = _note(version, changed, up_to=chunk[-1].id)
        contacts += len(chunk)
        on_progress(contacts)


def _note(
    version: PolicyVersion, values: Mapping[int, tuple[Value, ...]], *, up_to: int
) -> PolicyVersion:
    """Write what was computed, and how far, in one transaction."""

    def attempt(seconds_left: float) -> PolicyVersion:
        with transaction(wait_seconds=seconds_left) as writing:
            if not writing.read(policy_versions.note_staged(version, up_to=up_to)):
                raise PolicyBeingPrepared
            writing.commit(*rekeying.stage(values))
        return replace(version, staged_up_to=up_to)

    return retried(attempt)


def _apply(scope: Scope, version_id: int) -> Applied:

    def write(locked: Transaction) -> Applied:
        version, in_force = locked.read(
            policy_versions.being_prepared(scope), policies.in_force(scope)
        )
        if version is None or version.id != version_id:
            raise PolicyBeingPrepared
        now = datetime.now(UTC)
        found, keys = apply_keys(
            scope,
            locked,
            before=in_force.policy,
            after=version.policy,
            version=version.version,
            staged_up_to=version.staged_up_to,
            at=now,
        )
        locked.commit(
            *keys,
            policy_versions.apply(version, at=now),
            rekeying.clear(scope),
            policies.change(scope, at=now),
        )
        return Applied(
            version.version,
            len(found.change.values),
            len(found.before.persons),
            len(found.after.persons),
        )

    return exclusively(scope, write)


def _forget(scope: Scope) -> list[Statement]:
    return [
        policy_versions.discard(scope),
        rekeying.clear(scope),
    ]
