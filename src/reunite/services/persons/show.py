"""Show a person: its contacts, its evidence, and what happened to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

from reunite.conf import reunite_settings
from reunite.core.events import ImportLoaded
from reunite.core.persons.evidence import Evidence, Step
from reunite.core.persons.person import Contact, Person
from reunite.core.scope import Scope
from reunite.services.persons.standing import Standings, standings_of
from reunite.services.snapshots import found_in_snapshot, from_snapshot
from reunite.store.database.queries import Query, Reader, Snapshot
from reunite.store.persons import persons
from reunite.store.persons.persons import Happened, ShownContact, ShownPerson
from reunite.store.tables import orders, policies
from reunite.store.tables.orders import Order

__all__ = [
    "LOADED_MAX_LISTED",
    "Brought",
    "Contacts",
    "Event",
    "History",
    "Orders",
    "ShownContact",
    "ShownEvidence",
    "evidence_of",
    "show_contacts",
    "show_evidence",
    "show_history",
    "show_orders",
    "show_person",
]

Event = Happened
"""An event."""

Orders = Mapping[int, Order]
"""Which orders of imports brought contacts, by the contacts' ids."""

LOADED_MAX_LISTED = 100
"""A history says for so many contacts, the oldest ones, whether a load brought them."""


class Brought(NamedTuple):
    """A contact or a link, by its id, and the order of an import that brought it."""

    contact_id: int | None
    link_id: int | None
    order: Order


class ShownEvidence(NamedTuple):
    """The evidence of a person, and the orders of imports that brought the contacts."""

    evidence: Evidence
    orders: Orders


@dataclass(frozen=True, slots=True)
class History:
    """A page of what happened to a person; the next begins after ``next``, None at the end.

    ``brought`` are the contacts and links of imports that events tell of, by the events' positions.
    """

    person_id: int
    events: list[Happened]
    next: int | None
    brought: Mapping[int, Sequence[Brought]]


@dataclass(frozen=True, slots=True)
class Contacts:
    """A page of a person's contacts; the next begins after ``next``, None at the end.

    ``standings`` say by the contacts' ids whether their values count in them.
    """

    person_id: int
    contacts: list[ShownContact]
    next: int | None
    standings: Mapping[int, Standings]


@dataclass(frozen=True, slots=True)
class Known:
    """A person, its contacts by id, and whether their values count in them."""

    person: Person
    contacts: Mapping[int, ShownContact]
    standings: Mapping[int, Standings]


def show_person(scope: Scope, contact_id: int) -> Known:
    """The person that a contact belongs to, with as many contacts as answers list at most.

    Raises PersonNotFound, ContactDeleted or TemporarilyUnavailable, as all here do.
    """

    def read(snapshot: Snapshot) -> Known:
        found, in_force = snapshot.read(_person_of(scope, contact_id), policies.in_force(scope))
        standings = standings_of(snapshot, found.person.contacts, in_force.policy)
        return Known(found.person, found.contacts, standings)

    return from_snapshot(read)


def show_contacts(scope: Scope, contact_id: int, *, after: int, limit: int) -> Contacts:
    """Up to ``limit`` contacts of a contact's person, oldest first, those after ``after``."""

    def read(snapshot: Snapshot) -> Contacts:
        (person_id, found), in_force = snapshot.read(
            persons.contacts_of(scope, contact_id, after=after, limit=limit + 1),
            policies.in_force(scope),
        )
        page = found[:limit]
        next = page[-1].contact.id if len(found) > limit else None
        shown = [each.contact for each in page]
        return Contacts(person_id, page, next, standings_of(snapshot, shown, in_force.policy))

    return from_snapshot(read)


def show_evidence(
    scope: Scope, contact_id: int, *, max_contacts: int | None = None
) -> ShownEvidence:
    """What joins the contacts of the person that a contact belongs to, and what brought them.

    Of a person of more contacts than ``max_contacts``, or than answers list, what joins the oldest
    of them.
    """

    def read(snapshot: Snapshot) -> ShownEvidence:
        limit = max_contacts or reunite_settings().ANSWER_MAX_CONTACTS
        found = snapshot.read(persons.find(scope, contact_id, max_contacts=limit))
        return evidence_of(scope, snapshot, found)

    return from_snapshot(read)


def evidence_of(scope: Scope, reader: Reader, shown: ShownPerson) -> ShownEvidence:
    """The evidence of a person, and the orders that brought the contacts."""
    links = reader.read(persons.links_of(scope, shown.person))
    by_contact = {id: each.order for id, each in shown.contacts.items()}
    return ShownEvidence(Evidence(shown.person, links), by_contact)


def show_orders(steps: Iterable[Step]) -> Orders:
    """The orders of imports that brought the contacts along a chain, where they are named."""
    ids = [step.source.id for step in steps if isinstance(step.source, Contact)]
    return found_in_snapshot(orders.of_contacts(ids))


def show_history(scope: Scope, contact_id: int, *, after: int, limit: int) -> History:
    """Up to ``limit`` events of a contact's person, those after the position ``after``.

    Those of persons that were absorbed into it are among them, and the load that brought any of its
    contacts. Of events that say much there are fewer on a page.
    """

    def read(snapshot: Snapshot) -> History:
        person_id, events, is_more = snapshot.read(
            persons.history_of(scope, contact_id, after=after, limit=limit)
        )
        next = events[-1].position if is_more else None
        return History(person_id, events, next, _brought(scope, snapshot, person_id, events))

    return from_snapshot(read)


def _brought(
    scope: Scope, reader: Reader, person_id: int, events: Sequence[Happened]
) -> dict[int, Sequence[Brought]]:
    contact_ids, link_ids = _named("contactId", events), _named("linkId", events)
    of_contacts, of_links = reader.read(
        orders.of_contacts(contact_ids.values()), orders.of_links(link_ids.values())
    )
    brought: dict[int, Sequence[Brought]] = {}
    for position, id in contact_ids.items():
        if id in of_contacts:
            brought[position] = [Brought(id, None, of_contacts[id])]
    for position, id in link_ids.items():
        if id in of_links:
            brought[position] = [Brought(None, id, of_links[id])]
    for event in events:
        if event.type == ImportLoaded.type:
            first_id, last_id = (cast(int, event.payload[name]) for name in ("firstId", "lastId"))
            _, oldest = reader.read(
                persons.contacts_of(scope, person_id, after=0, limit=LOADED_MAX_LISTED)
            )
            brought[event.position] = [
                Brought(each.contact.id, None, each.order)
                for each in oldest
                if first_id <= each.contact.id <= last_id
            ]
    return brought


def _named(name: str, events: Sequence[Happened]) -> dict[int, int]:
    """The id that an event names, by the event's position."""
    return {e.position: cast(int, e.payload[name]) for e in events if name in e.payload}


def _person_of(scope: Scope, contact_id: int) -> Query[ShownPerson]:
    max_contacts = reunite_settings().ANSWER_MAX_CONTACTS
    return persons.find(scope, contact_id, max_contacts=max_contacts)
