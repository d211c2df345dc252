"""Statistics: persons by size, the largest, suspicious ones and hubs."""

from reunite.core.policy.policy import Limits
from reunite.store.audit import snapshot
from reunite.store.persons import exports
from reunite.store.persons.exports import Statistics
from reunite.store.tables.workspaces import DEFAULT_WORKSPACE_ID

LIMITS = Limits(contacts_per_email=5, contacts_per_phone=10)
"""Whatever the policy: what is over these is worth a look."""


def person_statistics(*, workspace_id: int = DEFAULT_WORKSPACE_ID) -> Statistics:
    """Statistics of all persons, as of one moment; every contact is read."""
    with snapshot.snapshot():
        return exports.statistics(LIMITS, workspace_id=workspace_id)
