"""Plans become rows in one transaction: lock, see that what was known still holds, write."""

from datetime import UTC, datetime

from reunite.core.guards import guard_link, guard_merge, needs_standing
from reunite.core.identifiers import ContactDetails, Kind
from reunite.core.person import Person
from reunite.core.plan import Create, Link, Merge
from reunite.core.policy import Policy
from reunite.store import contacts, events, guards, links
from reunite.store.contacts import Seen
from reunite.store.dialects import Restart
from reunite.store.events import Told
from reunite.store.locks import locks_of
from reunite.store.prepared import Row
from reunite.store.transactions import Transaction


def apply(
    plan: Create | Link | Merge,
    details: ContactDetails,
    seen: Seen,
    transaction: Transaction,
    *,
    policy: Policy,
    verified: frozenset[Kind],
    told: Told,
) -> Person | None:
    """Write the plan and its event, commit, and return the person as it is then.

    None, and nothing is written, if a guard stops the plan. Raises Restart, and nothing is written,
    if under the locks the identifiers turn out to belong to others than those they were ``seen``
    to, for whom the plan was made, or something else to count than did.
    """
    locks = locks_of(details, seen.known, workspace_id=told.workspace_id)
    match plan:
        case Merge(survivor, absorbed):
            owners, *standing = transaction.run(
                contacts.select_seen(details, workspace_id=told.workspace_id),
                *guards.select_merge_standing(survivor, absorbed, workspace_id=told.workspace_id),
                locks=locks,
            )
            _require_still(seen, owners)
            guarded = guard_merge(
                plan,
                details,
                seen.known,
                guards.merge_standing_from(standing),
                policy=policy,
                verified=verified,
            )
            if guarded != plan:
                return None
            now = datetime.now(UTC)
            *_, rows = transaction.commit(
                links.insert(*details.identifiers, told=told, at=now),
                # The event lists who moves, so it comes before they do.
                events.person_merged(told, survivor, absorbed, at=now),
                *contacts.absorb(absorbed, survivor=survivor, now=now),
                contacts.select_person(survivor),
            )
            return contacts.person_from(rows)
        case Link(person) if needs_standing(policy):
            owners, sizes = transaction.run(
                contacts.select_seen(details, workspace_id=told.workspace_id),
                guards.select_link_standing(person, details),
                locks=locks,
            )
            _require_still(seen, owners)
            stands = guards.link_standing_from(sizes)
            if guard_link(plan, details, seen.known, stands, policy=policy) != plan:
                return None
            locks = []
    joined = plan.person if isinstance(plan, Link) else None
    *_, rows = transaction.commit(
        *contacts.insert(details, joined, seen=seen, told=told), locks=locks
    )
    if not rows:
        raise Restart
    return contacts.person_from(rows)


def _require_still(seen: Seen, owners: list[Row]) -> None:
    if contacts.seen_from(owners) != seen:
        raise Restart
