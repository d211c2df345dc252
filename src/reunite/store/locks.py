"""Which locks a decision takes, in which order (docs/explanation/concurrency.md).

First the workspace's gate, which single requests share and a batch has for itself. Then the
request's identifiers, in sorted order: nobody else can then add a contact with these keys. Then
their persons, youngest first. A person that was absorbed meanwhile leads to an older one, so locks
are always taken in strictly descending order and cannot deadlock.
"""

import hashlib
from collections.abc import Iterable

from reunite.core.identifiers import ContactDetails, Identifier
from reunite.core.person import Primary
from reunite.core.plan import Known
from reunite.store import contacts
from reunite.store.dialects import Lock, Restart
from reunite.store.transactions import Transaction


def lock_known(
    transaction: Transaction, details: ContactDetails, seen: Known, *, workspace_id: int
) -> Known:
    """Lock the identifiers and persons that a decision depends on; who is known, now for certain.

    ``seen`` is what an unlocked read found; its persons are locked along with the identifiers in
    one round trip. Raises Restart when a person to lock is younger than one that is held.
    """
    held = set(seen.persons)
    identifiers = sorted(
        identifier_lock(identifier, workspace_id=workspace_id) for identifier in details.identifiers
    )
    first = [gate(workspace_id, shared=True), *map(Lock, identifiers)]
    known = _lock(transaction, first, held, details, workspace_id)
    while found := known.persons - held:
        youngest = max(found)
        if held and youngest > min(held):
            raise Restart
        known = _lock(transaction, [], [youngest], details, workspace_id)
        held.add(youngest)
    return known


def gate(workspace_id: int, *, shared: bool) -> Lock:
    """The lock that keeps a batch and single writes of a workspace apart."""
    return Lock(_hash(f"gate {workspace_id}"), shared)


def identifier_lock(identifier: Identifier, *, workspace_id: int) -> int:
    """The lock key of an identifier."""
    return _hash(f"{workspace_id} {identifier.kind} {identifier.key}")


def person_lock(person: Primary) -> int:
    """The lock key of a person: its positive id."""
    return person.id


def _hash(name: str) -> int:
    """A negative 64-bit key, so that it never meets a person's."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest()) | -(1 << 63)


def _lock(
    transaction: Transaction,
    first: list[Lock],
    persons: Iterable[Primary],
    details: ContactDetails,
    workspace_id: int,
) -> Known:
    youngest_first = [Lock(person_lock(person)) for person in sorted(persons, reverse=True)]
    (rows,) = transaction.lock(
        [*first, *youngest_first], contacts.select_known(details, workspace_id=workspace_id)
    )
    return contacts.known_from(rows)
