"""Which locks a decision takes, in which order (docs/explanation/concurrency.md).

First the workspace's gate, which single requests share and a batch has for itself. Then the
request's identifiers, in sorted order: then no other request can add a contact with these keys.
Then their owners as seen before, youngest first. All requests take locks in this one order, so no
circle of waiting requests can form. A request that finds under the locks that an owner was absorbed
meanwhile releases all locks and begins again.
"""

import hashlib

from reunite.core.identifiers.kinds import ContactDetails, Identifier
from reunite.core.identify.plan import Known
from reunite.core.persons.person import Primary
from reunite.core.scope import Scope
from reunite.store.database.dialects import Lock, dialect


def locks_of(scope: Scope, details: ContactDetails, seen: Known) -> list[Lock]:
    """The locks of a decision about these details, in order, for the persons that were ``seen``.

    They keep other requests from changing the owners of the identifiers. The owners must be read
    again under the locks, since they may have changed before.
    """
    if dialect().has_one_writer:
        return []  # A transaction that writes has the only lock that there is.
    identifiers = sorted(identifier_lock(scope, identifier) for identifier in details.identifiers)
    persons = (person_lock(person) for person in sorted(seen.persons, reverse=True))
    return [gate(scope, shared=True), *map(Lock, identifiers), *map(Lock, persons)]


def gate(scope: Scope, *, shared: bool) -> Lock:
    """The lock that keeps a batch and single writes of a workspace apart."""
    return Lock(_hash(f"gate {scope.workspace_id}"), shared)


def feed() -> Lock:
    """The lock of those who give events their numbers, who take no other."""
    return Lock(_hash("feed"))


def webhook(id: int) -> Lock:
    """The lock of those who change a webhook, or make its deliveries, who take no other."""
    return Lock(_hash(f"webhook {id}"))


def identifier_lock(scope: Scope, identifier: Identifier) -> int:
    """The lock key of an identifier."""
    return _hash(f"{scope.workspace_id} {identifier.kind} {identifier.key}")


def person_lock(person: Primary) -> int:
    """The lock key of a person: its positive id."""
    return person.id


def _hash(name: str) -> int:
    """A negative 64-bit key, so that it never meets a person's."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest()) | -(1 << 63)
