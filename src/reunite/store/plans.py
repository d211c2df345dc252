"""Plans become rows: one statement for each kind of change, and COMMIT with the last."""

from datetime import datetime

from reunite.core.identifiers import ContactDetails
from reunite.core.person import Contact, Person
from reunite.core.plan import Create, Link, Merge, Plan, contact_time
from reunite.store import contacts, events, links
from reunite.store.dialects import Statement
from reunite.store.transactions import Transaction


def apply(
    plan: Plan,
    details: ContactDetails,
    transaction: Transaction,
    *,
    workspace_id: int,
    request_id: str | None,
    now: datetime,
) -> Person:
    """Write the plan and its event, commit, and return the person as it is then."""
    told = events.Told(workspace_id, request_id, now)
    if isinstance(plan, Create):
        ((contact_id,),), _ = transaction.commit(
            contacts.insert(details, None, created_at=now, workspace_id=workspace_id),
            events.contact_created(told, None),
        )
        return Person((Contact.of(details, id=contact_id, created_at=now),))
    changes: list[Statement] = []
    if isinstance(plan, Link):
        created_at = contact_time(now, person=plan.person)
        changes = [
            contacts.insert(details, plan.person, created_at=created_at, workspace_id=workspace_id),
            events.contact_created(told, plan.person),
        ]
    elif isinstance(plan, Merge):
        changes = [
            links.insert(*details.identifiers, told=told),
            # The event lists who moves, so it comes before they do.
            events.person_merged(told, plan.person, plan.absorbed),
            *contacts.absorb(plan.absorbed, survivor=plan.person, now=now),
        ]
    *_, rows = transaction.commit(*changes, contacts.select_person(plan.person))
    return contacts.person_from(rows)
