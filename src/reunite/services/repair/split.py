"""Split: divide a person in two."""

from collections.abc import Iterable

from reunite.core.errors import OfAnotherPerson
from reunite.core.events import PersonSplit
from reunite.core.policy.keys import possible_by_mark
from reunite.core.repair.regroup import LinkState, regroup
from reunite.core.repair.split import SharedStay, plan_split
from reunite.core.repair.undo import Delta
from reunite.core.scope import Scope
from reunite.services.repair.edit import Edit, Repaired, edited, in_state
from reunite.store.persons import known
from reunite.store.tables import retired


def split(
    scope: Scope,
    contact_id: int,
    side_ids: Iterable[int],
    *,
    keep_apart: bool = True,
    shared: SharedStay = SharedStay.OLDEST,
    reason: str = "",
    dry_run: bool = False,
) -> Repaired:
    """Part some contacts of a contact's person from the others.

    The id stays with the side of the oldest contact. The identifiers that both sides carry stay
    with the side that ``shared`` tells; in the contacts of the other they are withheld. With
    ``keep_apart`` nothing joins the sides again until the separations are lifted. A side that
    nothing else joins falls into several persons. A dry run writes nothing. Raises ContactNotFound,
    ContactDeleted, PersonErased, OfAnotherPerson, NothingToSplit or TemporarilyUnavailable.
    """
    side = sorted(set(side_ids))

    def repair(edit: Edit) -> Repaired:
        (contact,) = edit.contacts([contact_id])
        person_id = contact.person_id
        if any(owner.person_id != person_id for owner in edit.contacts(side)):
            raise OfAnotherPerson
        policy = edit.policy()
        (person,) = edit.locked.read(known.persons([person_id]))
        contacts = {each.id: each for each in person.contacts}
        withheld = edit.locked.read(retired.withheld(contacts))
        could_be = {
            id: possible_by_mark(each.values, policy=policy, withheld=withheld.get(id, ()))
            for id, each in contacts.items()
        }
        also = {identifier for each in could_be.values() for identifier in each.values()}
        before = edit.affected([person_id], also=also)
        planned = plan_split(before, side, could_be, shared=shared)
        after = regroup(before, planned.change)
        kept = edit.keep_apart(planned.to_keep_apart(after) if keep_apart else [])
        undo = edit.record(
            before,
            planned.change,
            after,
            *retired.withhold(planned.withheld, at=edit.at),
            did=Delta(withheld=frozenset(planned.withheld), separations_after=tuple(kept)),
            event=PersonSplit(
                contact_ids=tuple(side),
                revoked_link_ids=in_state(after, LinkState.REVOKED),
                separation_ids=tuple(each.separation.id for each in kept),
            ),
        )
        return edit.repaired(before, after.persons, undo=undo)

    return edited(scope, repair, reason=reason, dry_run=dry_run)
