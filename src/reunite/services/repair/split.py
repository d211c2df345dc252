"""Split: divide a person in two."""

from collections.abc import Iterable
from datetime import UTC, datetime

from reunite.core.errors import OfAnotherPerson
from reunite.core.events import PersonSplit
from reunite.core.policy.keys import possible_identifiers
from reunite.core.repair.settle import LinkState, settle
from reunite.core.repair.split import SharedStay, plan_split
from reunite.core.repair.undo import Delta
from reunite.services.repair.shared import (
    Repaired,
    alone,
    carry_out,
    in_state,
    read_contact,
    read_contacts,
)
from reunite.store.database.transactions import Transaction
from reunite.store.repair import repairs
from reunite.store.tables import policies, retired, separations
from reunite.store.tables.events import Told
from reunite.store.tables.workspaces import DEFAULT_WORKSPACE_ID


def split(
    contact_id: int,
    side_ids: Iterable[int],
    *,
    keep_apart: bool = True,
    shared: SharedStay = SharedStay.OLDEST,
    reason: str = "",
    workspace_id: int = DEFAULT_WORKSPACE_ID,
    request_id: str | None = None,
) -> Repaired:
    """Part some contacts of a contact's person from the others.

    The id stays with the side of the oldest contact. The identifiers that both sides carry stay
    with the side that ``shared`` tells; in the contacts of the other they are withheld. With
    ``keep_apart`` nothing joins the sides again until the separations are lifted. A side that
    nothing else joins falls into several persons. Raises ContactNotFound, ContactDeleted,
    PersonErased, OfAnotherPerson, NothingToSplit or TemporarilyUnavailable.
    """
    side = sorted(set(side_ids))

    def repair(locked: Transaction) -> Repaired:
        person_id = read_contact(contact_id, locked, workspace_id).person_id
        owners = read_contacts(side, locked, workspace_id)
        if any(owner.person_id != person_id for owner in owners):
            raise OfAnotherPerson
        policy = policies.in_force(workspace_id=workspace_id).policy
        before = repairs.touched(locked, [person_id], workspace_id=workspace_id)
        (rows,) = locked.run(retired.select_withheld(before.contacts))
        withheld = retired.withheld_from(rows)
        could_be = {
            id: possible_identifiers(
                contact.email,
                contact.phone_number,
                policy=policy,
                withheld=withheld.get(id, ()),
            )
            for id, contact in before.contacts.items()
        }
        also = {identifier for each in could_be.values() for identifier in each}
        before = repairs.touched(locked, [person_id], also=also, workspace_id=workspace_id)
        planned = plan_split(before, side, could_be, shared=shared)
        settled = settle(before, planned.change)
        now = datetime.now(UTC)
        kept = separations.keep(
            locked,
            planned.to_keep_apart(settled) if keep_apart else [],
            reason=reason,
            workspace_id=workspace_id,
            at=now,
        )
        undo = carry_out(
            locked,
            before,
            planned.change,
            settled,
            *retired.withhold(planned.withheld, at=now),
            did=Delta(withheld=frozenset(planned.withheld), separations_after=tuple(kept)),
            event=PersonSplit(
                contact_ids=tuple(side),
                revoked_link_ids=in_state(settled, LinkState.REVOKED),
                separation_ids=tuple(each.separation.id for each in kept),
            ),
            told=Told(workspace_id, request_id),
            at=now,
            reason=reason,
        )
        return Repaired(settled.persons, undo=undo)

    return alone(repair, workspace_id)
