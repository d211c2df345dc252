"""Erase: let nothing be left that says who a person was."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from reunite.core import events
from reunite.core.errors import PersonErased, PersonNotFound
from reunite.core.identifiers.kinds import Identifier, identifiers_of
from reunite.core.persons.person import End
from reunite.core.policy.keys import possible_identifiers
from reunite.core.policy.policy import Policy
from reunite.core.policy.rekeying import Naming
from reunite.core.repair.erasure import Remaining, mentions, names
from reunite.core.scope import Scope
from reunite.services.imports.uploads import remove_refused
from reunite.services.repair.edit import Edit, edited, exclusive_identifiers
from reunite.store.database.dialects import Statement
from reunite.store.database.queries import Reader
from reunite.store.persons import dossiers, known
from reunite.store.persons.dossiers import KeptContact
from reunite.store.policy import link_values
from reunite.store.repair import affected, erasures, repairs
from reunite.store.tables import (
    erasure_keys,
    imports,
    links,
    policies,
    repair_log,
    retired,
    tombstones,
)

_IMPORTS_AT_A_TIME = 1_000


@dataclass(frozen=True, slots=True)
class Dossier:
    """The contacts of a person by age, deleted ones too; of a past person those that remain.

    ``own`` are the identifiers that only these contacts have, and ``names`` all keys of these
    identifiers under earlier or other rules.
    """

    person_id: int
    contacts: list[KeptContact]
    own: set[Identifier]
    names: set[Identifier]

    @property
    def contact_ids(self) -> set[int]:
        """The ids of its contacts."""
        return {contact.id for contact in self.contacts}

    @property
    def values(self) -> set[tuple[str, str]]:
        """The values of the person that a text may hold: as given, and identifiers."""
        own = {(each.kind, each.key) for each in self.own | self.names}
        given = {(value.kind, value.given) for contact in self.contacts for value in contact.values}
        return own | given

    @property
    def ends(self) -> set[End]:
        """The ends of its own links: its contacts, and identifiers that only it has."""
        return {*self.contact_ids, *self.own}


@dataclass(frozen=True, slots=True)
class Erased:
    """The contacts that are empty now, and where their values stay for a while."""

    contact_ids: list[int]
    remaining: tuple[Remaining, ...]


def erase(scope: Scope, contact_id: int, *, dry_run: bool = False) -> Erased:
    """Erase the person of a contact.

    With it go its contacts that were deleted before, and the links of its identifiers. A deleted
    contact can be erased, too. What other persons have stays theirs. A keyed hash of each
    identifier is left, unless the policy accepts what was erased. Imports whose files were named
    after the person, or that say a value of it, are left without what they say. A dry run tells
    the contacts, and writes nothing. Raises
    PersonNotFound, PersonErased, ErasureKeyMissing or TemporarilyUnavailable.
    """

    def repair(edit: Edit) -> tuple[list[int], list[int]]:
        policy = edit.policy()
        dossier = read_dossier(scope, edit.locked, contact_id, policy)
        persons, kept_links, all_retired = edit.locked.read(
            known.persons([dossier.person_id]),
            links.with_ends(scope, dossier.ends),
            retired.identifiers(scope),
        )
        link_ids = [each.known.link.id for each in kept_links]
        now_counting = dossier.own & all_retired
        contact_ids = sorted(dossier.contact_ids)
        import_ids = list(_imports_of(edit, dossier))
        edit.commit(
            *dossiers.erase(contact_ids, link_ids, at=edit.at),
            *repair_log.forget(contact_ids),
            *map(imports.blank, import_ids),
            *link_values.forget(scope, _values(dossier, policy)),
            *(retired.delete(scope, each) for each in sorted(now_counting)),
            *erasures.mark(scope, at=edit.at),
            *_tombstones(scope, dossier, policy, at=edit.at),
            *([policies.change(scope, at=edit.at)] if now_counting else []),
            *repairs.tell(
                scope,
                persons,
                [],
                event=events.PersonErased(contact_ids=tuple(contact_ids)),
                at=edit.at,
                nobody_id=dossier.person_id,
            ),
        )
        return contact_ids, import_ids

    contact_ids, import_ids = edited(scope, repair, dry_run=dry_run)
    if dry_run:
        return Erased(contact_ids, ())
    # The lists name the files, too.
    remove_refused(import_ids)
    return Erased(contact_ids, erasures.clear())


def finish_erasing() -> None:
    """Empty the log of the database of what was erased, if that is still to be done."""
    if erasures.is_to_be_cleared():
        erasures.clear()


def read_dossier(scope: Scope, reader: Reader, contact_id: int, policy: Policy) -> Dossier:
    """The person of a contact; of a deleted contact, itself and what was deleted before it.

    Raises PersonNotFound or PersonErased.
    """
    person_id, contacts = read_contacts(scope, reader, contact_id)
    ids = {contact.id for contact in contacts}
    identifiers = {
        identifier for contact in contacts for identifier in identifiers_in(contact, policy)
    }
    called = {
        name
        for contact in contacts
        for value in contact.values
        for name in names(value.kind, value.given, policy=policy)
    }
    own = exclusive_identifiers(scope, reader, identifiers | called, person_id, ids, policy=policy)
    return Dossier(person_id, contacts, identifiers & own, called & own)


def read_contacts(scope: Scope, reader: Reader, contact_id: int) -> tuple[int, list[KeptContact]]:
    """The id of a contact's person, and its contacts by age, with those deleted that it had.

    Of a deleted contact, itself and what was deleted before it. Raises PersonNotFound or
    PersonErased.
    """
    found = reader.read(affected.owned(scope, [contact_id])).get(contact_id)
    if found is None:
        raise PersonNotFound
    if found.is_erased:
        raise PersonErased
    persons = reader.read(known.persons([found.person_id]))
    live = {contact.id for person in persons for contact in person.contacts}
    contacts = reader.read(dossiers.contacts(dossiers.members(reader, [contact_id, *live])))
    # A contact that was deleted, and is there again, belongs to its person alone.
    gone_or_own = (each for each in contacts if each.deleted_at or each.id in live)
    return found.person_id, [each for each in gone_or_own if not each.is_erased]


def _imports_of(edit: Edit, dossier: Dossier) -> Iterator[int]:
    """The ids of the imports that say a value of the person."""
    after, values = 0, dossier.values
    while found := edit.locked.read(
        imports.listed(edit.scope, after=after, limit=_IMPORTS_AT_A_TIME)
    ):
        for each in found:
            if mentions(f"{each.name}\n{each.reason}\n{each.notes}", values):
                yield each.id
        after = found[-1].id


def _tombstones(scope: Scope, dossier: Dossier, policy: Policy, *, at: datetime) -> list[Statement]:
    """None where the policy lets erased persons come back, so that no key is needed there."""
    if policy.erased == "accept":
        return []
    key = erasure_keys.current_key()
    gone = dossier.own | dossier.names
    return tombstones.insert(scope, gone, key=key, at=at)


def _values(dossier: Dossier, policy: Policy) -> set[tuple[Identifier, str]]:
    """The values as given of all contacts, each with its identifiers."""
    naming = Naming(policy)
    return {
        (naming.identifier(value.kind, value.given), value.given)
        for contact in dossier.contacts
        for value in contact.values
    }


def identifiers_in(contact: KeptContact, policy: Policy) -> set[Identifier]:
    """The identifiers of the contact, as if nothing were ignored, retired or withheld."""
    return {
        *identifiers_of(contact.values),
        *possible_identifiers(contact.values, policy=policy),
    }
