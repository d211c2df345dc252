"""Does what is stored equal what the evidence says? One person at a time.

Persons are the connected components of live evidence: contacts that carry the same identifier, and
live links. The database finds components that span two persons (a key or a link of two persons),
and wrong separations, suspended links and erased contacts. This module decides whether each stored
person is one component, with the right primary and the right keys.
"""

from collections.abc import Container, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

from reunite.core.audit.stored import SharedKey, StoredContact, StoredLink
from reunite.core.identifiers.kinds import Identifier, Mark
from reunite.core.persons.derive import derive
from reunite.core.persons.person import Contact, Ends
from reunite.core.policy.reader import KeyReader
from reunite.core.repair.regroup import LinkState


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is stored and should not be; ``contact_ids`` say where to look."""

    code: str
    message: str
    contact_ids: tuple[int, ...]


@dataclass(frozen=True)
class StoredPerson:
    """The rows under one primary id: its live contacts (at least one) and live links."""

    id: int
    stored: Sequence[StoredContact]
    links: Sequence[Ends]

    @cached_property
    def contacts(self) -> list[Contact]:
        """Its contacts alone."""
        return [each.contact for each in self.stored]

    @property
    def workspace_ids(self) -> set[int]:
        """The workspaces of its contacts: one, if all is well."""
        return {each.workspace_id for each in self.stored}


def violations(
    person: StoredPerson, *, keys: KeyReader, retired: AbstractSet[Identifier] = frozenset()
) -> list[Violation]:
    """Everything that is wrong with one stored person, in no particular order.

    ``keys`` reads by the policy of the workspace, in which ``retired`` does not count.
    """
    return [
        *_primary_violations(person),
        *_key_violations(person, keys, retired),
        *_evidence_violations(person),
    ]


def shared_key_violation(shared: SharedKey) -> Violation:
    """The violation of an identifier that two persons have."""
    one, other = shared.group_ids
    message = f"persons {one} and {other} share a {shared.kind}"
    return Violation("key_in_two_persons", message, shared.contact_ids)


def link_violation(link: StoredLink) -> Violation:
    """The violation of a link whose state does not fit the persons at its ends."""
    ids = tuple(each for each in (link.left_id, link.right_id) if each is not None)
    persons = tuple(sorted(set(ids)))
    match link.state:
        case LinkState.LIVE if link.is_carried:
            message = f"live link {link.id} joins persons {link.left_id} and {link.right_id}"
            return Violation("link_between_persons", message, ids)
        case LinkState.LIVE:
            message = f"no contact carries an end of live link {link.id}"
            return Violation("link_to_nobody", message, persons)
        case LinkState.SUSPENDED:
            message = f"both ends of suspended link {link.id} are carried, so it should count"
            return Violation("suspended_link_counts", message, persons)
        case LinkState.HELD:
            message = f"the ends of held link {link.id} are one person, so it should be settled"
            return Violation("held_in_one_person", message, persons)
    message = f"the ends of settled link {link.id} are not one person: it should be held"
    return Violation("settled_between_persons", message, persons)


def _primary_violations(person: StoredPerson) -> list[Violation]:
    contacts = person.contacts
    ids = tuple(contact.id for contact in contacts)
    if person.id not in ids:
        return [
            Violation(
                "no_live_primary",
                f"linked to contact {person.id}, which is deleted or itself a secondary",
                ids,
            )
        ]
    oldest = min(contacts, key=lambda contact: (contact.created_at, contact.id))
    if oldest.id != person.id:
        return [
            Violation(
                "primary_not_oldest",
                f"contact {oldest.id} is older than its primary {person.id}",
                (oldest.id, person.id),
            )
        ]
    return []


def _key_violations(
    person: StoredPerson, keys: KeyReader, retired: AbstractSet[Identifier]
) -> list[Violation]:
    return [
        Violation(
            "key_differs",
            "the canonical values are not what the rules make of the given ones",
            (each.contact.id,),
        )
        for each in person.stored
        if _has_other_keys(each.contact, keys, retired, each.withheld)
    ]


def _has_other_keys(
    contact: Contact, keys: KeyReader, retired: AbstractSet[Identifier], withheld: Container[Mark]
) -> bool:
    for value in contact.values:
        kind, given, key, form = value
        expected = keys.key(kind, given)
        if form is not None and form != keys.form(kind, given):
            return True
        if value.mark in withheld or (retired and (kind, expected) in retired):
            expected = None
        if key != expected:
            return True
    return False


def _evidence_violations(person: StoredPerson) -> list[Violation]:
    found = []
    if len(person.workspace_ids) > 1:
        ids = tuple(contact.id for contact in person.contacts)
        found.append(Violation("linked_across_workspaces", "one person in two workspaces", ids))
    if _is_chain(person.contacts):
        return found
    _, *others = derive(person.contacts, person.links)
    if others:
        found.append(
            Violation(
                "not_connected",
                f"no evidence joins these contacts to the others of person {person.id}",
                tuple(contact.id for other in others for contact in other.contacts),
            )
        )
    return found


def _is_chain(contacts: Sequence[Contact]) -> bool:
    """Whether each contact shares an identifier with one before it: then they are connected."""
    first, *others = contacts
    known = set(first.identifiers)
    for contact in others:
        if known.isdisjoint(contact.identifiers):
            return False
        known.update(contact.identifiers)
    return True
