"""Delete a contact."""

from reunite.core.events import ContactDeleted
from reunite.core.identifiers.kinds import Identifier
from reunite.core.persons.person import Person
from reunite.core.policy.keys import possible_identifiers
from reunite.core.policy.policy import Policy
from reunite.core.repair.regroup import Affected, Change, LinkState, regroup
from reunite.core.repair.undo import Delta, passed_on
from reunite.core.scope import Scope
from reunite.services.repair.edit import (
    Edit,
    Repaired,
    connection,
    edited,
    exclusive_identifiers,
    in_state,
)
from reunite.store.tables import retired, separations


def delete_contact(scope: Scope, contact_id: int, *, dry_run: bool = False) -> Repaired:
    """Delete a contact: it matches nothing any more, and persons that only it joined part.

    Links that end at the contact, or at an identifier that no other contact has, are revoked, held
    links too. Separations pass to the oldest remaining contact of its person. A dry run writes
    nothing. Raises ContactNotFound, ContactDeleted, PersonErased or TemporarilyUnavailable.
    """

    def repair(edit: Edit) -> Repaired:
        (contact,) = edit.contacts([contact_id])
        policy = edit.policy()
        withheld, held = edit.locked.read(
            retired.withheld([contact_id]), separations.of([contact_id])
        )
        could_be = possible_identifiers(
            contact.values, policy=policy, withheld=withheld.get(contact_id, ())
        )
        before = edit.affected([contact.person_id], also=could_be)
        carried = before.contacts[contact_id].identifiers
        gone = gone_with(edit, contact_id, {*carried, *could_be}, before, policy=policy)
        change = Change(deleted=frozenset([contact_id]), gone=gone)
        after = regroup(before, change)
        rest = [each for each in before.contacts.values() if each.id != contact_id]
        heir_id = Person.of(rest).id if rest else None
        inherited = passed_on(contact_id, heir_id, held, before.separations)
        undo = edit.record(
            before,
            change,
            after,
            *separations.replaced(scope, held, inherited),
            did=Delta(separations_before=tuple(held), separations_after=tuple(inherited)),
            event=ContactDeleted(
                contact_id=contact_id,
                revoked_link_ids=in_state(after, LinkState.REVOKED),
            ),
        )
        joined = connection(after.persons, after.links, carried)
        return edit.repaired(before, after.persons, connected_by=joined, undo=undo)

    return edited(scope, repair, dry_run=dry_run)


def gone_with(
    edit: Edit, contact_id: int, identifiers: set[Identifier], before: Affected, *, policy: Policy
) -> frozenset[int | Identifier]:
    """What no link can end at again when a contact, which could have the identifiers, is deleted.

    Asks of those identifiers alone that links end at.
    """
    person_id = next(p.id for p in before.persons if any(c.id == contact_id for c in p.contacts))
    linked = {end for known in before.links for end in known.ends}
    rest = (each for each in before.contacts.values() if each.id != contact_id)
    asked = (identifiers & linked) - {end for each in rest for end in each.identifiers}
    found = exclusive_identifiers(
        edit.scope, edit.locked, asked, person_id, {contact_id}, policy=policy
    )
    return frozenset({contact_id, *found})
