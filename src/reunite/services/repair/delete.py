"""Delete a contact."""

from datetime import UTC, datetime

from reunite.core.events import ContactDeleted
from reunite.core.identifiers.kinds import Identifier
from reunite.core.persons.person import Person
from reunite.core.policy.keys import possible_identifiers
from reunite.core.policy.policy import Policy
from reunite.core.repair.settle import Change, LinkState, Touched, settle
from reunite.core.repair.undo import Delta
from reunite.core.scope import Scope
from reunite.services.repair.shared import (
    Repaired,
    alone,
    carry_out,
    connection,
    had_by_nobody_else,
    in_state,
    read_contact,
)
from reunite.store.database.transactions import Transaction
from reunite.store.repair import repairs
from reunite.store.repair.repairs import Owned
from reunite.store.tables import policies, retired, separations


def delete_contact(scope: Scope, contact_id: int) -> Repaired:
    """Delete a contact: it matches nothing any more, and those whom it alone joined part.

    Links to it, and to an identifier that nobody else has, are revoked, also those that are held;
    separations pass to the oldest contact that is left of its person.
    Raises ContactNotFound, ContactDeleted, PersonErased or TemporarilyUnavailable.
    """

    def repair(locked: Transaction) -> Repaired:
        contact = read_contact(scope, contact_id, locked)
        policy = policies.in_force(scope).policy
        could_be = _could_be(contact_id, contact, locked, policy)
        before = repairs.touched(scope, locked, [contact.person_id], also=could_be)
        carried = before.contacts[contact_id].identifiers
        gone = gone_with(
            scope, contact_id, {*carried, *could_be}, before, locked=locked, policy=policy
        )
        change = Change(deleted=frozenset([contact_id]), gone=gone)
        settled = settle(before, change)
        rest = [each for each in before.contacts.values() if each.id != contact_id]
        (rows,) = locked.run(separations.select_of([contact_id]))
        held = separations.kept_from(rows)
        heir_id = Person.of(rest).id if rest else None
        passed_on = separations.passed_on(contact_id, heir_id, held, before.separations)
        undo = carry_out(
            scope,
            locked,
            before,
            change,
            settled,
            *separations.replaced(scope, held, passed_on),
            did=Delta(separations_before=tuple(held), separations_after=tuple(passed_on)),
            event=ContactDeleted(
                contact_id=contact_id,
                revoked_link_ids=in_state(settled, LinkState.REVOKED),
            ),
            at=datetime.now(UTC),
        )
        return Repaired(settled.persons, connection(settled.persons, settled.links, carried), undo)

    return alone(scope, repair)


def gone_with(
    scope: Scope,
    contact_id: int,
    identifiers: set[Identifier],
    before: Touched,
    *,
    locked: Transaction,
    policy: Policy,
) -> frozenset[int | Identifier]:
    """What no link can end at again when a contact, which could have the identifiers, is deleted.

    Asks of those identifiers alone that links end at.
    """
    person_id = next(p.id for p in before.persons if any(c.id == contact_id for c in p.contacts))
    linked = {end for known in before.links for end in known.ends}
    rest = (each for each in before.contacts.values() if each.id != contact_id)
    asked = (identifiers & linked) - {end for each in rest for end in each.identifiers}
    found = had_by_nobody_else(scope, asked, person_id, {contact_id}, locked=locked, policy=policy)
    return frozenset({contact_id, *found})


def _could_be(
    contact_id: int, contact: Owned, locked: Transaction, policy: Policy
) -> tuple[Identifier, ...]:
    (rows,) = locked.run(retired.select_withheld([contact_id]))
    withheld = retired.withheld_from(rows).get(contact_id, set())
    return possible_identifiers(contact.values, policy=policy, withheld=withheld)
