"""Normalize: what does a value become? Nothing is written."""

from dataclasses import dataclass

from reunite.core.errors import FieldError
from reunite.core.identifiers.kinds import Identifier, Ignored, Kind
from reunite.core.policy.details import NO_OTHERS, Others, given_values, unreadable
from reunite.core.policy.policy import Policy
from reunite.core.scope import Scope
from reunite.services.snapshots import from_snapshot
from reunite.store.database.queries import Snapshot
from reunite.store.tables import policies, retired


@dataclass(frozen=True, slots=True)
class Normalized:
    """The key of a value, or the reason why it matches nothing, or its error."""

    key: str | None = None
    ignored: Ignored | None = None
    error: FieldError | None = None


def normalize(
    scope: Scope,
    email: str | None,
    phone_number: str | None,
    identifiers: Others = NO_OTHERS,
    *,
    policy: Policy | None = None,
) -> list[tuple[str, Normalized]]:
    """What each value that is given becomes under a policy, that in force unless another is named.

    Each with its kind, in the order in which they are given. Raises InvalidRequest when nothing is
    given, or a kind that is not declared; or TemporarilyUnavailable.
    """

    def read(snapshot: Snapshot) -> list[tuple[str, Normalized]]:
        in_force, gone = snapshot.read(policies.in_force(scope), retired.identifiers(scope))
        rules = policy or in_force.policy
        given = given_values(email, phone_number, identifiers, policy=rules)
        found = [(kind, _normalized(kind, value, rules)) for kind, value in given]
        return [
            (kind, Normalized(ignored=Ignored.RETIRED))
            if each.key is not None and Identifier(kind, each.key) in gone
            else (kind, each)
            for kind, each in found
        ]

    return from_snapshot(read)


def unreadable_values(
    scope: Scope,
    *given: str | None,
) -> list[FieldError]:
    """The errors of an email and a phone number, by the policy as this process last read it."""
    policy = policies.last_seen(scope).policy
    errors = (
        _normalized(kind, value, policy).error
        for kind, value in zip(Kind, given, strict=True)
        if value and not value.isspace()
    )
    return [each for each in errors if each is not None]


def _normalized(kind: str, value: str, policy: Policy) -> Normalized:
    try:
        return Normalized(*policy.canonical(kind, value))
    except ValueError as error:
        return Normalized(error=unreadable(kind, str(error)))
