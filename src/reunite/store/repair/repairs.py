"""What operators change: evidence comes or goes, and the persons it touches are derived anew.

All of it happens behind the workspace's gate, so nobody else writes meanwhile.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reunite.core.events import MergeReopened, MergeSettled, Regrouping
from reunite.core.identifiers.kinds import Identifier, Value, identifiers_of, key_columns
from reunite.core.identify.happenings import BecameSuspicious
from reunite.core.persons.person import Contact, End, Person, ends_in
from reunite.core.persons.suspicion import Counts, becomes_suspicious
from reunite.core.repair.settle import Change, LinkState, Settled, Touched, groups, members
from reunite.core.scope import Scope
from reunite.store.database.dialects import Statement, dialect
from reunite.store.database.locks import gate
from reunite.store.database.transactions import Transaction
from reunite.store.identify import happenings
from reunite.store.persons import suspicious
from reunite.store.tables import events, links, separations
from reunite.store.tables.columns import (
    GIVEN,
    KEY_TYPES,
    KEYS,
    NO_VALUE,
    SET_KEYS,
    UPDATED,
    of,
    values_from,
)
from reunite.store.tables.contacts import OWNER

GONE_REASON = "The last contact with one of its identifiers was deleted."

_OWNED = f"""
    coalesce(c.linked_id, c.id), c.deleted_at IS NOT NULL,
    c.deleted_at IS NOT NULL AND {NO_VALUE}, {of("c", (*GIVEN, *KEYS))}
"""
_CONTACT = f"SELECT {_OWNED} FROM contact c WHERE c.workspace_id = %s AND c.id = %s"
_CONTACTS = f"""
    SELECT c.id, {_OWNED} FROM {{contacts}} CROSS JOIN contact c
    WHERE c.id = given.id AND c.workspace_id = %s
"""

_PERSON_OF = """
    SELECT c.id, coalesce(c.linked_id, c.id) FROM {contacts} CROSS JOIN contact c
    WHERE c.id = given.id AND c.workspace_id = %s AND c.deleted_at IS NULL
"""

_DELETE = f"""
    UPDATE contact SET deleted_at = r.at, {UPDATED}, linked_id = NULL,
                       link_precedence = 'primary'
    FROM {{rows}} WHERE contact.id = r.contact_id
"""

_UNDELETE = f"""
    UPDATE contact SET deleted_at = NULL, {UPDATED}, {SET_KEYS}
    FROM {{rows}} WHERE contact.id = r.contact_id
"""

_REKEY = f"""
    UPDATE contact SET {SET_KEYS}, {UPDATED}
    FROM {{rows}} WHERE contact.id = r.contact_id
"""


@dataclass(frozen=True, slots=True)
class Owned:
    """A contact's person, whether the contact is deleted, or erased, and its values."""

    person_id: int
    is_deleted: bool
    is_erased: bool
    values: tuple[Value, ...]


def lock(scope: Scope, transaction: Transaction) -> None:
    """Keep out everybody else who writes to the workspace."""
    transaction.run(locks=[gate(scope, shared=False)])


def owner_of(scope: Scope, transaction: Transaction, contact_id: int) -> Owned | None:
    """Whose a contact is; None if it never was."""
    (rows,) = transaction.run(Statement(_CONTACT, [scope.workspace_id, contact_id]))
    if not rows:
        return None
    return _owned(rows[0])


def _owned(row: Sequence[Any]) -> Owned:
    person_id, is_deleted, is_erased, *values = row
    return Owned(person_id, bool(is_deleted), bool(is_erased), values_from(values))


def owners_by_id(
    scope: Scope, transaction: Transaction, contact_ids: Iterable[int]
) -> dict[int, Owned]:
    """Whose contacts are, by their ids; those that never were are left out."""
    (rows,) = transaction.run(select_owners(scope, contact_ids))
    return {id: _owned(row) for id, *row in rows}


def select_owners(scope: Scope, contact_ids: Iterable[int]) -> Statement:
    """Read whose contacts are, deleted ones too."""
    table = dialect().ids("given", contact_ids)
    sql = _CONTACTS.format(contacts=table.sql)
    return Statement(sql, [*table.params, scope.workspace_id], prepared=False)


def owners_of(scope: Scope, transaction: Transaction, ends: Iterable[End]) -> dict[End, int]:
    """The ids of the persons that identifiers or contacts belong to; those of nobody left out."""
    ends = set(ends)
    found = _owners_of_contacts(scope, transaction, ends)
    return found | _owners_of_identifiers(
        scope, transaction, {each for each in ends if not isinstance(each, int)}
    )


def _owners_of_contacts(
    scope: Scope, transaction: Transaction, ends: Iterable[End]
) -> dict[End, int]:
    ids = [each for each in ends if isinstance(each, int)]
    if not ids:
        return {}
    table = dialect().ids("given", ids)
    sql = _PERSON_OF.format(contacts=table.sql)
    (rows,) = transaction.run(Statement(sql, [*table.params, scope.workspace_id], prepared=False))
    return dict(rows)


def _owners_of_identifiers(
    scope: Scope, transaction: Transaction, identifiers: Iterable[Identifier]
) -> dict[End, int]:
    kinds = sorted({each.kind for each in identifiers})
    statements = []
    for kind in kinds:
        keys = [[each.key] for each in sorted(identifiers) if each.kind is kind]
        table = dialect().table("i", {"key": "text"}, keys)
        sql = f"SELECT key, {OWNER.format(kind=kind, key='i.key')} FROM {table.sql}"
        statements.append(Statement(sql, [scope.workspace_id, *table.params], prepared=False))
    found = transaction.run(*statements) if statements else []
    return {
        Identifier(kind, key): person_id
        for kind, rows in zip(kinds, found, strict=True)
        for key, person_id in rows
        if person_id is not None
    }


def touched(
    scope: Scope, transaction: Transaction, person_ids: Iterable[int], *, also: Iterable[End] = ()
) -> Touched:
    """Read persons, all that joins or separates their contacts, and links with other ends."""
    (rows,) = transaction.run(happenings.select_persons_by_id(set(person_ids)))
    persons = happenings.persons_from(rows)
    contact_ids = [contact.id for person in persons for contact in person.contacts]
    link_rows, separation_rows = transaction.run(
        links.select_with_ends(scope, ends_in(persons).union(also)),
        separations.select_of(contact_ids),
    )
    return Touched(
        persons,
        [each.known for each in links.kept_from(link_rows)],
        [each.separation for each in separations.kept_from(separation_rows)],
    )


def touched_by_keys(
    scope: Scope,
    transaction: Transaction,
    changes: Mapping[int, tuple[Value, ...]],
    *,
    also: Iterable[End] = (),
) -> Touched:
    """Read everybody whom new keys of contacts touch, and whoever ``also`` belongs to.

    That is the persons of these contacts, those who own a new key, and those at the other end of
    suspended links that a new key, or a contact that comes back, makes count again.
    """
    new: set[End] = {*changes}
    new.update(identifier for values in changes.values() for identifier in identifiers_of(values))
    (link_rows,) = transaction.run(links.select_with_ends(scope, new))
    ends = (
        each.known.ends
        for each in links.kept_from(link_rows)
        if each.known.state is LinkState.SUSPENDED
    )
    owners = owners_of(scope, transaction, new.union(also, *ends))
    return touched(scope, transaction, owners.values(), also=new.union(also))


def delete(contact_ids: Iterable[int], *, at: datetime) -> list[Statement]:
    """Mark contacts as deleted; they stand alone from now on."""
    rows = [(each, at) for each in sorted(contact_ids)]
    return dialect().with_rows(_DELETE, {"contact_id": "bigint", "at": "timestamptz"}, rows)


def undelete(contacts: Iterable[Contact], *, at: datetime) -> list[Statement]:
    """Let deleted contacts be there again, with the keys that they have now; alone so far."""
    rows = [(each.id, *key_columns(each.values), at) for each in contacts]
    return dialect().with_rows(_UNDELETE, _REKEYED_TYPES, rows)


def write(
    scope: Scope,
    before: Touched,
    change: Change,
    settled: Settled,
    *,
    event: Regrouping,
    at: datetime,
    reason: str | None = None,
) -> list[Statement]:
    """Write what changed: keys, contacts that change hands, links; and tell of it.

    ``reason`` is that of the links whose state the change itself names.
    """
    contacts = before.contacts
    was = {c.id: person.id for person in before.persons for c in person.contacts}
    rekeyed = {
        id: (id, *key_columns(new), at)
        for id, new in change.values.items()
        if id in contacts and new != contacts[id].values
    }
    moved = [
        (contact.id, None if contact.id == person.id else person.id, at)
        for person in settled.persons
        for contact in person.contacts
        if was.get(contact.id, contact.id) != person.id
    ]
    states = [
        links.NewState(id, state, _reason(id, change, reason), at)
        if id in change.link_states or state is LinkState.REVOKED
        else links.NewState(id, state)
        for id, state in settled.link_states.items()
    ]
    # Keys may be given that contacts have already: of these there is nothing to tell.
    only = rekeyed.keys() if change.values else None
    return [
        *delete(change.deleted, at=at),
        *undelete(change.undeleted, at=at),
        *dialect().with_rows(_REKEY, _REKEYED_TYPES, list(rekeyed.values())),
        *happenings.relink(moved),
        *links.change(states, by=scope.who),
        *tell(scope, before.persons, settled.persons, event=event, at=at, only=only),
        *_tell_of_reviews(scope, before, change, settled, at),
    ]


def _tell_of_reviews(
    scope: Scope, before: Touched, change: Change, settled: Settled, at: datetime
) -> list[Statement]:
    """Tell of held links about which there is nothing to decide any more, or again."""
    links = {known.link.id: known for known in before.links}
    owners = {end: person.id for person in settled.persons for end in ends_in([person])}
    entries = []
    for id, state in settled.link_states.items():
        settles = state is LinkState.SETTLED
        if settles or (state is LinkState.HELD and links[id].state is LinkState.SETTLED):
            event = MergeSettled(link_id=id) if settles else MergeReopened(link_id=id)
            left, right = change.link_ends.get(id, links[id].ends)
            person_id = owners.get(left, owners.get(right, 0))
            entries.append(events.Entry(person_id, event, at))
    return events.happened(scope, entries)


_REKEYED_TYPES = {"contact_id": "bigint", **KEY_TYPES, "at": "timestamptz"}


def tell(
    scope: Scope,
    before: Iterable[Person],
    after: Iterable[Person],
    *,
    event: Regrouping,
    at: datetime,
    only: Container[int] | None = None,
    nobody_id: int | None = None,
) -> list[Statement]:
    """Tell of persons before and after, those apart between whom no contact went.

    There is an event for each person that results or, if none does, for each that was; with
    ``only``, not of persons who stay as they are and have none of these contacts. Where nobody was
    and nobody is, it is told of ``nobody_id``.
    """
    entries = []
    found: list[BecameSuspicious] = []
    for were, are in groups(before, after):
        found += _becoming_suspicious(were, are, at)
        named = only is None or any(c.id in only for person in were for c in person.contacts)
        if named or members(were) != members(are):
            entries += [events.Entry(id, each, at) for id, each in event.of(were, are)]
    if not entries and nobody_id is not None:
        entries.append(events.Entry(nobody_id, event, at))
    suspicious.log(found)
    return [*events.happened(scope, entries), *suspicious.tell(scope, found)]


def _becoming_suspicious(
    were: Sequence[Person], are: Sequence[Person], at: datetime
) -> list[BecameSuspicious]:
    before = [Counts.of(person) for person in were]
    after = ((person, Counts.of(person)) for person in are)
    return [
        BecameSuspicious(person.id, counts, at)
        for person, counts in after
        if becomes_suspicious(before, counts)
    ]


def _reason(link_id: int, change: Change, reason: str | None) -> str | None:
    if link_id in change.link_states:
        return reason
    return GONE_REASON
