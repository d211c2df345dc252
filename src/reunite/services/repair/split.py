"""Split: divide a person in two."""

from collections.abc import Iterable
from datetime import UTC, datetime

from reunite.core.errors import OfAnotherPerson
from reunite.core.events import PersonSplit
from reunite.core.policy.keys import possible_identifiers
from reunite.core.repair.settle import LinkState, settle
from reunite.core.repair.split import SharedStay, plan_split
from reunite.core.repair.undo import Delta
from reunite.core.scope import Scope
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


def split(
    scope: Scope,
    contact_id: int,
    side_ids: Iterable[int],
    *,
    keep_apart: bool = True,
    shared: SharedStay = SharedStay.OLDEST,
    reason: str = "",
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
        person_id = read_contact(scope, contact_id, locked).person_id
        owners = read_contacts(scope, side, locked)
        if any(owner.person_id != person_id for owner in owners):
            raise OfAnotherPerson
        policy = policies.in_force(scope).policy
        before = repairs.touched(scope, locked, [person_id])
        (rows,) = locked.run(retired.select_withheld(before.contacts))
        withheld = retired.withheld_from(rows)
        could_be = {
            id: possible_identifiers(
                contact.values,
                policy=policy,
                withheld=withheld.get(id, ()),
            )
            for id, contact in before.contacts.items()
        }
        also = {identifier for each in could_be.values() for identifier in each}
        before = repairs.touched(scope, locked, [person_id], also=also)
        planned = plan_split(before, side, could_be, shared=shared)
        settled = settle(before, planned.change)
        now = datetime.now(UTC)
        kept = separations.keep(
            scope,
            locked,
            planned.to_keep_apart(settled) if keep_apart else [],
            reason=reason,
            at=now,
        )
        undo = carry_out(
            scope,
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
            at=now,
            reason=reason,
        )
        return Repaired(settled.persons, undo=undo)

    return alone(scope, repair)
