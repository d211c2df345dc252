"""Statistics: persons by size, the largest, suspicious ones and hubs."""

from reunite.core.policy.policy import Limits
from reunite.core.scope import Scope
from reunite.store.audit import snapshot
from reunite.store.persons import exports
from reunite.store.persons.exports import Statistics

LIMITS = Limits(contacts_per_email=5, contacts_per_phone=10)
"""Whatever the policy: what is over these is worth a look."""


def person_statistics(scope: Scope) -> Statistics:
    """Statistics of all persons, as of one moment; every contact is read."""
    with snapshot.snapshot():
        return exports.statistics(scope, LIMITS)
