"""Check: do the stored persons equal what the live evidence says?"""

from collections.abc import Callable, Iterator

from reunite.core.audit.consistency import Violation, violations
from reunite.core.policy.reader import KeyReader
from reunite.core.policy.rekeying import Naming
from reunite.core.scope import Scope
from reunite.store.audit import snapshot
from reunite.store.tables import policies


def check(*, on_progress: Callable[[int], None] = lambda _: None) -> Iterator[Violation]:
    """Every violation in the database, as of one moment; nothing is locked or changed.

    Memory is bounded by the largest person and by the values that a ``KeyReader`` remembers.
    ``on_progress`` is told, person by person, how many contacts were read so far.
    """
    contacts = 0
    with snapshot.snapshot():
        in_force = {id: policies.in_force(Scope(id)).policy for id in snapshot.workspace_ids()}
        retired = snapshot.retired_identifiers()
        yield from snapshot.evidence_across_persons()
        yield from snapshot.broken_rules()
        yield from snapshot.misnamed({id: Naming(policy) for id, policy in in_force.items()})
        keys = {id: KeyReader(policy) for id, policy in in_force.items()}
        for person in snapshot.stored_persons():
            workspace_id = min(person.workspace_ids)
            yield from violations(
                person, keys=keys[workspace_id], retired=retired.get(workspace_id, frozenset())
            )
            contacts += len(person.contacts)
            on_progress(contacts)
