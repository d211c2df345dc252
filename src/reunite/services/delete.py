"""Delete a contact."""

from datetime import UTC, datetime

from reunite.core.keys import possible_identifiers
from reunite.core.person import Person
from reunite.core.settle import Change, LinkState, settle
from reunite.services.repair import (
    Repaired,
    alone,
    connection,
    had_by_nobody_else,
    in_state,
    read_contact,
)
from reunite.store import policies, repairs, retired, separations
from reunite.store.events import Told
from reunite.store.transactions import Transaction
from reunite.store.workspaces import DEFAULT_WORKSPACE_ID


def delete_contact(
    contact_id: int, *, workspace_id: int = DEFAULT_WORKSPACE_ID, request_id: str | None = None
) -> Repaired:
    """Delete a contact: it matches nothing any more, and those whom it alone joined part.

    Links to an identifier that nobody else has are revoked, also those that are held; separations
    pass to the oldest contact that is left of its person.
    Raises ContactNotFound, ContactDeleted, PersonErased or TemporarilyUnavailable.
    """
    told = Told(workspace_id, request_id)

    def repair(locked: Transaction) -> Repaired:
        contact = read_contact(contact_id, locked, workspace_id)
        policy = policies.in_force(workspace_id=workspace_id).policy
        (rows,) = locked.run(retired.select_withheld([contact_id]))
        withheld = retired.withheld_from(rows).get(contact_id, set())
        could_be = possible_identifiers(
            contact.email, contact.phone_number, policy=policy, withheld=withheld
        )
        before = repairs.touched(
            locked, [contact.person_id], also=could_be, workspace_id=workspace_id
        )
        carried = before.contacts[contact_id].identifiers
        rest = [each for each in before.contacts.values() if each.id != contact_id]
        linked = {end for known in before.links for end in known.ends}
        gone = linked.intersection({*carried, *could_be})
        gone -= {identifier for each in rest for identifier in each.identifiers}
        change = Change(
            deleted=frozenset([contact_id]),
            gone=frozenset(
                had_by_nobody_else(
                    gone,
                    contact.person_id,
                    {contact_id},
                    locked=locked,
                    policy=policy,
                    workspace_id=workspace_id,
                )
            ),
        )
        settled = settle(before, change)
        now = datetime.now(UTC)
        locked.commit(
            *separations.pass_on(
                contact_id, Person.of(rest).id if rest else None, before.separations
            ),
            *repairs.write(
                before,
                change,
                settled,
                type="contact.deleted",
                payload={
                    "contactId": contact_id,
                    "revokedLinkIds": in_state(settled, LinkState.REVOKED),
                },
                told=told,
                at=now,
            ),
        )
        return Repaired(settled.persons, connection(settled.persons, settled.links, carried))

    return alone(repair, workspace_id)
