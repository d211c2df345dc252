"""Identify a batch: many requests in one transaction, as if they had come one after the other."""

from collections.abc import Sequence

from reunite.core.errors import InvalidRequest, NoUsableIdentifier
from reunite.core.identify.plan import Identified
from reunite.core.policy.details import NO_OTHERS, Others, contact_details
from reunite.core.policy.policy import Policy
from reunite.core.scope import Scope
from reunite.services.identify.identify import counted
from reunite.services.identify.replayed import Asked, replayed
from reunite.store.database.queries import outside
from reunite.store.database.transactions import retried
from reunite.store.tables import policies

Request = (
    tuple[str | None, str | None]
    | tuple[str | None, str | None, frozenset[str]]
    | tuple[str | None, str | None, frozenset[str], Others]
)
"""An email, a phone number, the kinds that are verified, and the values of declared kinds."""

Refusal = InvalidRequest | NoUsableIdentifier


def identify_batch(scope: Scope, requests: Sequence[Request]) -> list[Identified | Refusal]:
    """Identify each request in turn; the answers in the same order.

    The result is the same as for single requests, one by one. Details that cannot be read, or
    without a value that counts, have their error in their place and hinder no others. The batch is
    written whole or, when TemporarilyUnavailable is raised, not at all. Meanwhile other writes to
    the workspace wait.
    """

    def attempt(seconds_left: float) -> list[Identified | Refusal]:
        current = policies.last_seen(scope)
        read = [_read(*request, policy=current.policy) for request in requests]
        if not all(isinstance(each, Asked) for each in read):
            policies.require_current(scope, outside, current)
        asked = [each for each in read if isinstance(each, Asked)]
        identified = iter(
            replayed(scope, asked, current, seconds_left=seconds_left) if asked else ()
        )
        return [next(identified) if isinstance(each, Asked) else each for each in read]

    identified = retried(attempt)
    for each in identified:
        if isinstance(each, Identified):
            counted(each)
    return identified


def _read(
    email: str | None,
    phone_number: str | None,
    verified: frozenset[str] = frozenset(),
    identifiers: Others = NO_OTHERS,
    *,
    policy: Policy,
) -> Asked | Refusal:
    try:
        return Asked(contact_details(email, phone_number, identifiers, policy=policy), verified)
    except (InvalidRequest, NoUsableIdentifier) as error:
        return error
