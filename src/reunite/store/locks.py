"""Which locks a decision takes, in which order (docs/explanation/concurrency.md).

First the request's identifiers, in sorted order: nobody else can then add a contact with these
keys. Then their persons, youngest first. A person that was absorbed meanwhile leads to an older
one, so locks are always taken in strictly descending order and cannot deadlock.
"""

import hashlib
from collections.abc import Iterable

from reunite.core.identifiers import ContactDetails, Identifier
from reunite.core.person import Primary
from reunite.core.plan import Known
from reunite.store import contacts
from reunite.store.dialects import Restart
from reunite.store.transactions import Transaction


def lock_known(
    transaction: Transaction, details: ContactDetails, seen: Known, *, workspace_id: int
) -> Known:
    """Lock the identifiers and persons that a decision depends on; who is known, now for certain.

    ``seen`` is what an unlocked read found; its persons are locked along with the identifiers in
    one round trip. Raises Restart when a person to lock is younger than one that is held.
    """
    held = set(seen.persons)
    keys = sorted(identifier_lock(i, workspace_id=workspace_id) for i in details.identifiers)
    known = _lock(transaction, keys, held, details, workspace_id)
    while found := known.persons - held:
        youngest = max(found)
        if held and youngest > min(held):
            raise Restart
        known = _lock(transaction, [], [youngest], details, workspace_id)
        held.add(youngest)
    return known


def identifier_lock(identifier: Identifier, *, workspace_id: int) -> int:
    """The lock key of an identifier: a negative 64-bit hash, so it never meets a person's."""
    name = f"{workspace_id} {identifier.kind} {identifier.key}".encode()
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest()) | -(1 << 63)


def person_lock(person: Primary) -> int:
    """The lock key of a person: its positive id."""
    return person.id


def _lock(
    transaction: Transaction,
    keys: list[int],
    persons: Iterable[Primary],
    details: ContactDetails,
    workspace_id: int,
) -> Known:
    youngest_first = map(person_lock, sorted(persons, reverse=True))
    (rows,) = transaction.lock(
        [*keys, *youngest_first], contacts.select_known(details, workspace_id=workspace_id)
    )
    return contacts.known_from(rows)
