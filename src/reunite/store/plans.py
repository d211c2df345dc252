"""Plans become rows in one transaction: lock, see that what was known still holds, write."""

from datetime import UTC, datetime

from reunite.core.identifiers import ContactDetails
from reunite.core.person import Person
from reunite.core.plan import Create, Known, Link, Merge
from reunite.store import contacts, events, links
from reunite.store.dialects import Restart
from reunite.store.events import Told
from reunite.store.locks import locks_of
from reunite.store.transactions import Transaction


def apply(
    plan: Create | Link | Merge,
    details: ContactDetails,
    seen: Known,
    transaction: Transaction,
    *,
    told: Told,
) -> Person:
    """Write the plan and its event, commit, and return the person as it is then.

    Raises Restart, and nothing is written, if under the locks the identifiers turn out to belong
    to others than those they were ``seen`` to, for whom the plan was made.
    """
    locks = locks_of(details, seen, workspace_id=told.workspace_id)
    if isinstance(plan, Merge):
        (rows,) = transaction.run(
            contacts.select_known(details, workspace_id=told.workspace_id), locks=locks
        )
        if contacts.known_from(rows) != seen:
            raise Restart
        now = datetime.now(UTC)
        *_, rows = transaction.commit(
            links.insert(*details.identifiers, told=told, at=now),
            # The event lists who moves, so it comes before they do.
            events.person_merged(told, plan.person, plan.absorbed, at=now),
            *contacts.absorb(plan.absorbed, survivor=plan.person, now=now),
            contacts.select_person(plan.person),
        )
    else:
        person = plan.person if isinstance(plan, Link) else None
        *_, rows = transaction.commit(
            *contacts.insert(details, person, seen=seen, told=told), locks=locks
        )
        if not rows:
            raise Restart
    return contacts.person_from(rows)
