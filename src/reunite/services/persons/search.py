"""Search: whose contacts hold a value, also one that does not count? Nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from reunite.conf import reunite_settings
from reunite.core.identifiers.kinds import Standing
from reunite.core.persons.person import Person
from reunite.core.policy.details import NO_OTHERS, Others
from reunite.core.policy.policy import Policy
from reunite.core.scope import Scope
from reunite.services.persons.standing import Asked, read_asked, standing_of
from reunite.services.snapshots import from_snapshot
from reunite.store.database.queries import Snapshot
from reunite.store.persons import carriers, persons
from reunite.store.tables import policies

MAX_CONTACTS = 100
"""The most contacts that are found with a value that counts, and without."""
MAX_PERSONS = 20


@dataclass(frozen=True, slots=True)
class FoundContact:
    """A contact that holds the value, its person, and whether the value counts in it."""

    contact_id: int
    person_id: int
    standing: Standing


@dataclass(frozen=True, slots=True)
class Found:
    """Whether a value counts at all, the contacts that hold it, and the persons of these.

    Persons are oldest first, at most MAX_PERSONS; of each no more contacts than an answer lists.
    """

    standing: Standing
    contacts: Sequence[FoundContact]
    persons: Sequence[Person]


def search(
    scope: Scope,
    email: str | None = None,
    phone_number: str | None = None,
    identifiers: Others = NO_OTHERS,
) -> Found:
    """Whose contacts hold a value of a kind, in any spelling, and whether it counts.

    Emails and phone numbers that do not count are found by reading all that do not, so it takes
    longer the more of them there are. Words like ``n/a`` are found, too. Raises InvalidRequest or
    TemporarilyUnavailable.
    """

    def read(snapshot: Snapshot) -> Found:
        policy = snapshot.read(policies.in_force(scope)).policy
        asked = read_asked(email, phone_number, identifiers, policy)
        standing, found = holders(scope, snapshot, asked, policy)
        ids = snapshot.read(carriers.by_age({each.person_id for each in found}))[:MAX_PERSONS]
        max_contacts = reunite_settings().ANSWER_MAX_CONTACTS
        shown = [
            snapshot.read(persons.find(scope, id, max_contacts=max_contacts)).person for id in ids
        ]
        return Found(standing, found, shown)

    return from_snapshot(read)


def holders(
    scope: Scope, snapshot: Snapshot, asked: Asked, policy: Policy
) -> tuple[Standing, list[FoundContact]]:
    """Whether a value counts at all, and the contacts that hold it."""
    standing = standing_of(scope, snapshot, asked, policy)
    counting = snapshot.read(carriers.counting(scope, asked.identifier, limit=MAX_CONTACTS))
    found = [FoundContact(each.contact_id, each.person_id, Standing.COUNTS) for each in counting]
    unused = carriers.not_counting(scope, snapshot, asked.identifier)
    holding = (each for each in unused if asked.is_in(str(each.given), policy))
    found += [
        FoundContact(
            each.contact_id, each.person_id, Standing.WITHHELD if each.is_withheld else standing
        )
        for each in islice(holding, MAX_CONTACTS)
    ]
    return standing, found
