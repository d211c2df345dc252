"""Suggest: the persons that a text may mean before it is typed to its end. Nothing is written."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from reunite.core.errors import Gone, NotFound
from reunite.core.identifiers.kinds import Identifier
from reunite.core.identifiers.prefixes import as_declared, beginnings
from reunite.core.ids import id_of
from reunite.core.persons.person import Person
from reunite.core.policy.policy import Policy
from reunite.core.scope import Scope
from reunite.services.snapshots import from_snapshot
from reunite.store.database.queries import Snapshot
from reunite.store.persons import finding, persons
from reunite.store.tables import policies

MAX_PERSONS = 10
MAX_READ = 100
"""The most contacts that are looked at for each kind of identifier that a text may begin."""
MAX_CONTACTS = 20
"""The contacts of each person that are read."""


class By(StrEnum):
    """What of a person a text is."""

    ID = "id"
    ORDER = "order"
    BEGINNING = "beginning"
    VALUE = "value"
    PART = "part"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A person, and by what it was found.

    ``identifier`` has the value in its canonical form, where the text is the beginning of one.
    """

    person: Person
    by: By
    identifier: Identifier | None = None


Named = tuple[int, By, Identifier | None]
"""The id of a person, and by what it was found."""


def suggest(scope: Scope, text: str) -> list[Suggestion]:
    """At most MAX_PERSONS persons: by an id, an order, then by what begins with the text.

    An email or a phone number that does not count is not found: ``find`` finds it. Of each person
    the oldest MAX_CONTACTS contacts are read. Raises TemporarilyUnavailable.
    """

    def read(snapshot: Snapshot) -> list[Suggestion]:
        policy = snapshot.read(policies.in_force(scope)).policy
        found: dict[int, Suggestion] = {}
        for person_id, by, identifier in suggested(scope, snapshot, text.strip(), policy):
            if person_id not in found:
                person = person_of(scope, snapshot, person_id)
                found[person_id] = Suggestion(person, by, identifier)
            if len(found) == MAX_PERSONS:
                break
        return [*found.values()]

    return from_snapshot(read)


def suggested(scope: Scope, snapshot: Snapshot, text: str, policy: Policy) -> Iterator[Named]:
    """The ids of persons, those that the text says most exactly first; some come again."""
    if not text:
        return
    if text.isascii() and text.isdecimal():
        try:
            found = snapshot.read(persons.find(scope, id_of(text), max_contacts=1))
            yield found.person.id, By.ID, None
        except (NotFound, Gone):
            pass
    for person_id in snapshot.read(finding.of_order(scope, text, limit=MAX_READ)):
        yield person_id, By.ORDER, None
    queries = [
        finding.beginning_with(scope, each, limit=MAX_READ)
        for each in beginnings(text, policy.normalization)
    ]
    if policy.declared:
        queries += [
            finding.declared_beginning_with(scope, each, limit=MAX_READ)
            for each in as_declared(text)
        ]
    for each in queries:
        for identifier, person_id in snapshot.read(each):
            yield person_id, By.BEGINNING, identifier


def person_of(scope: Scope, snapshot: Snapshot, contact_id: int) -> Person:
    """The person of a contact, with its oldest MAX_CONTACTS contacts."""
    return snapshot.read(persons.find(scope, contact_id, max_contacts=MAX_CONTACTS)).person
