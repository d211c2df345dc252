"""Does what is stored equal what the evidence says? One person at a time.

Persons are the connected components of live evidence: contacts that carry the same identifier, and
live links. That no component spans two persons is asked of the database (a key, or a link, found
in two persons), and so is what separations, suspended links and erased contacts must not be; that
every stored person is one component, with the right primary and the right keys, is decided here.
"""

from collections.abc import Container, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.persons.derive import derive
from reunite.core.persons.person import Contact, Ends
from reunite.core.policy.reader import KeyReader


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is stored and should not be; ``contact_ids`` say where to look."""

    code: str
    message: str
    contact_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StoredPerson:
    """What is stored under one primary id: its live contacts (never none) and live links.

    ``withheld`` are the kinds that do not count in contacts, by their ids.
    """

    id: int
    workspace_ids: frozenset[int]
    contacts: Sequence[Contact]
    links: Sequence[Ends]
    withheld: Mapping[int, Container[Kind]] = field(default_factory=dict)


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
            (contact.id,),
        )
        for contact in person.contacts
        if _has_other_keys(contact, keys, retired, person.withheld.get(contact.id, ()))
    ]


def _has_other_keys(
    contact: Contact, keys: KeyReader, retired: AbstractSet[Identifier], withheld: Container[Kind]
) -> bool:
    for kind, given, key in contact.values:
        expected = keys.key(kind, given)
        if kind in withheld or (retired and (kind, expected) in retired):
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
