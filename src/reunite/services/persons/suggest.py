"""Suggest: the persons that a text may mean before it is typed to its end. Nothing is written."""

from dataclasses import dataclass

from reunite.core.errors import Gone, NotFound
from reunite.core.identifiers.kinds import Identifier
from reunite.core.identifiers.prefixes import beginnings
from reunite.core.ids import id_of
from reunite.core.persons.person import Person
from reunite.core.scope import Scope
from reunite.services.snapshots import from_snapshot
from reunite.store.database.queries import Snapshot
from reunite.store.persons import persons
from reunite.store.persons.beginnings import beginning_with
from reunite.store.tables import policies

MAX_PERSONS = 10
MAX_READ = 100
"""So many contacts are looked at for each kind of identifier that a text may begin."""
MAX_CONTACTS = 20
"""So many contacts of each person are read."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A person, and by what it was found: an identifier, or None for an id of its contacts."""

    person: Person
    identifier: Identifier | None


def suggest(scope: Scope, text: str) -> list[Suggestion]:
    """At most MAX_PERSONS persons: of the contact with that id, then by what begins with the text.

    Values that do not count are not found: ``search`` finds them. Of each person the oldest
    MAX_CONTACTS contacts are read. Raises TemporarilyUnavailable.
    """

    def read(snapshot: Snapshot) -> list[Suggestion]:
        found: dict[int, Identifier | None] = {}
        typed = text.strip()
        if typed.isascii() and typed.isdecimal():
            _add(scope, snapshot, id_of(typed), found)
        rules = snapshot.read(policies.in_force(scope)).policy.normalization
        for beginning in beginnings(text, rules):
            begun = beginning_with(scope, beginning, limit=MAX_READ)
            for identifier, person_id in snapshot.read(begun):
                found.setdefault(person_id, identifier)
        return [
            Suggestion(_person(scope, snapshot, id, max_contacts=MAX_CONTACTS), identifier)
            for id, identifier in [*found.items()][:MAX_PERSONS]
        ]

    return from_snapshot(read)


def _add(
    scope: Scope, snapshot: Snapshot, contact_id: int, found: dict[int, Identifier | None]
) -> None:
    try:
        found[_person(scope, snapshot, contact_id, max_contacts=1).id] = None
    except (NotFound, Gone):
        return


def _person(scope: Scope, snapshot: Snapshot, contact_id: int, *, max_contacts: int) -> Person:
    return snapshot.read(persons.find(scope, contact_id, max_contacts=max_contacts)).person
