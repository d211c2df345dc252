"""Check: do the stored persons equal what the live evidence says?"""

from collections.abc import Callable, Iterator

from reunite.core.consistency import Violation, violations
from reunite.services.health import require_ready
from reunite.store import audit, policies
from reunite.store.workspaces import DEFAULT_WORKSPACE_ID


def check(*, on_progress: Callable[[int], None] = lambda _: None) -> Iterator[Violation]:
    """Every violation in the database, as of one moment; nothing is locked or changed.

    Memory is bounded by the largest person. ``on_progress`` is told, person by person, how many
    contacts were read so far.
    """
    require_ready()
    contacts = 0
    with audit.snapshot():
        policy = policies.in_force(workspace_id=DEFAULT_WORKSPACE_ID).policy
        yield from audit.evidence_across_persons()
        for person in audit.stored_persons():
            yield from violations(person, policy=policy)
            contacts += len(person.contacts)
            on_progress(contacts)
