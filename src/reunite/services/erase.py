"""Erase: let nothing be left that says who a person was."""

from dataclasses import dataclass
from datetime import UTC, datetime

from reunite.core.errors import PersonErased, PersonNotFound
from reunite.core.identifiers import Identifier, identifiers_of
from reunite.core.keys import possible_identifiers
from reunite.core.policy import Policy
from reunite.services.repair import alone, had_by_nobody_else
from reunite.store import dossiers, links, policies, repairs, retired, tombstones
from reunite.store.dossiers import KeptContact
from reunite.store.events import Told
from reunite.store.transactions import Transaction, after_erasing, before_erasing
from reunite.store.workspaces import DEFAULT_WORKSPACE_ID


@dataclass(frozen=True, slots=True)
class Dossier:
    """A person, or what is left of it: its contacts, deleted ones too, by age.

    ``own`` are the identifiers of these contacts that nobody else has.
    """

    person_id: int
    contacts: list[KeptContact]
    own: set[Identifier]

    @property
    def contact_ids(self) -> set[int]:
        """The ids of its contacts."""
        return {contact.id for contact in self.contacts}


def erase(
    contact_id: int, *, workspace_id: int = DEFAULT_WORKSPACE_ID, request_id: str | None = None
) -> list[int]:
    """Erase the person of a contact; the ids of the contacts that are empty now.

    With it go its contacts that were deleted before, and the links of its identifiers. A deleted
    contact can be erased, too. What other persons have stays theirs. A keyed hash of each
    identifier is left. Raises PersonNotFound, PersonErased or TemporarilyUnavailable.
    """

    def repair(locked: Transaction) -> list[int]:
        before_erasing(locked)
        policy = policies.in_force(workspace_id=workspace_id).policy
        dossier = read_dossier(contact_id, locked, policy, workspace_id)
        before = repairs.touched(locked, [dossier.person_id], workspace_id=workspace_id)
        link_rows, retired_rows = locked.run(
            links.select_with_ends(dossier.own, workspace_id=workspace_id),
            retired.select_identifiers(workspace_id=workspace_id),
        )
        link_ids = [each.known.link.id for each in links.kept_from(link_rows)]
        now_counting = dossier.own & retired.identifiers_from(retired_rows)
        contact_ids = sorted(dossier.contact_ids)
        key = tombstones.make_key(locked, workspace_id=workspace_id)
        now = datetime.now(UTC)
        locked.commit(
            *dossiers.erase(contact_ids, link_ids, at=now),
            *(retired.delete(each, workspace_id=workspace_id) for each in sorted(now_counting)),
            *tombstones.insert(dossier.own, key=key, workspace_id=workspace_id, at=now),
            *([policies.change(workspace_id=workspace_id, at=now)] if now_counting else []),
            *repairs.tell(
                before.persons,
                [],
                type="person.erased",
                payload={"contactIds": contact_ids},
                told=Told(workspace_id, request_id),
                at=now,
                nobody_id=dossier.person_id,
            ),
        )
        return contact_ids

    erased = alone(repair, workspace_id)
    after_erasing()
    return erased


def read_dossier(
    contact_id: int, locked: Transaction, policy: Policy, workspace_id: int
) -> Dossier:
    """The person of a contact; of a deleted contact, itself and what was deleted before it.

    Raises PersonNotFound or PersonErased.
    """
    found = repairs.owner_of(locked, contact_id, workspace_id=workspace_id)
    if found is None:
        raise PersonNotFound
    if found.is_erased:
        raise PersonErased
    person_id = found.person_id
    before = repairs.touched(locked, [person_id], workspace_id=workspace_id)
    ids = dossiers.members(locked, [contact_id, *before.contacts])
    contacts = [each for each in dossiers.read_contacts(locked, ids) if not each.is_erased]
    identifiers = {
        identifier for contact in contacts for identifier in _identifiers(contact, policy)
    }
    own = had_by_nobody_else(
        identifiers, person_id, ids, locked=locked, policy=policy, workspace_id=workspace_id
    )
    return Dossier(person_id, contacts, own)


def _identifiers(contact: KeptContact, policy: Policy) -> set[Identifier]:
    return {
        *identifiers_of(contact.email_key, contact.phone_key),
        *possible_identifiers(contact.email, contact.phone_number, policy=policy),
    }
