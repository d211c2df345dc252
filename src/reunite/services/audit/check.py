"""Check: do the stored persons equal what the live evidence says?"""

from collections.abc import Callable, Iterator

from reunite.core.audit.consistency import (
    StoredPerson,
    Violation,
    link_violation,
    shared_key_violation,
    violations,
)
from reunite.core.persons.person import Ends
from reunite.core.policy.reader import KeyReader
from reunite.core.policy.rekeying import Naming
from reunite.core.scope import Scope
from reunite.store.audit import groups, rules
from reunite.store.database.queries import snapshot
from reunite.store.tables import policies, workspaces


def check(
    scope: Scope | None = None, *, on_progress: Callable[[int], None] = lambda _: None
) -> Iterator[Violation]:
    """Every violation in a workspace, or in all, as of one moment; nothing is locked or changed.

    Memory is bounded by the largest person and by the values that a ``KeyReader`` remembers.
    ``on_progress`` gets, person by person, the number of contacts that were read so far.
    """
    contacts = 0
    with snapshot() as current:
        ids, retired = current.read(workspaces.ids(), rules.retired_identifiers())
        checked = ids if scope is None else [scope.workspace_id]
        in_force = {id: current.read(policies.in_force(Scope(id))).policy for id in checked}
        yield from map(shared_key_violation, groups.shared_keys(current, scope))
        yield from map(link_violation, groups.unsound_links(current, scope))
        yield from rules.broken_rules(current, scope)
        namings = {id: Naming(policy) for id, policy in in_force.items()}
        yield from rules.misnamed(current, namings, scope)
        keys = {id: KeyReader(policy) for id, policy in in_force.items()}
        links = groups.live_links(current, scope)
        waiting = next(links, None)
        for id, stored in groups.all_groups(current, scope):
            own: list[Ends] = []
            if waiting is not None and waiting[0] == id:
                own, waiting = waiting[1], next(links, None)
            workspace_id = min(each.workspace_id for each in stored)
            yield from violations(
                StoredPerson(id, stored, own),
                keys=keys[workspace_id],
                retired=retired.get(workspace_id, frozenset()),
            )
            contacts += len(stored)
            on_progress(contacts)
