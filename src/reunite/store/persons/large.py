"""Large persons: answers hold their first contacts, which a process keeps until they change.

Each change of a person writes an event under the person's id, in the same transaction, and while no
other writer can change the person. So the positions of a person's events are in the order in which
its changes become visible. A process that keeps the last position asks for the events after it: no
event, added contacts, or other changes, after which it reads the person again. Each question is one
statement, so its answer is of one moment.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from reunite.conf import reunite_settings
from reunite.core.events import ContactCreated, MergeHeld, PersonSuspicious
from reunite.core.identifiers.kinds import ContactDetails, Identifier
from reunite.core.persons.person import Contact, Person, contact_age
from reunite.core.persons.suspicion import MAX_CONTACTS
from reunite.core.scope import Scope
from reunite.store.database.dialects import Restart, Row, Statement, dialect
from reunite.store.database.queries import Reader
from reunite.store.database.waiting import note_large
from reunite.store.tables.contacts import (
    COMPLETE_BOTH,
    COMPLETE_ONE,
    CONTACT_COLUMNS,
    OWNER_COLUMNS,
    WITH_OWNER,
    LookUp,
    Observed,
    contact_from,
    has_both,
    observed_from,
    owner_params,
    retired_from,
)

KEPT_CONTACTS = 20_000
"""The most contacts that a process keeps, of all large persons together; some 10 MB."""

KEPT_IDENTIFIERS = 2_000
"""The most identifiers of large persons that a process remembers."""

Name = tuple[int, Identifier]
"""An identifier in a workspace."""

MAX_CHANGES = 500
"""After more events than these all is read anew."""

_ADDED = ContactCreated.type
_CHANGE_NOTHING = frozenset({MergeHeld.type, PersonSuspicious.type})

_FIRST = f"""
    {WITH_OWNER}
    SELECT {OWNER_COLUMNS}, o.id AS owner_id,
           (SELECT max(position) FROM event WHERE person_id = (SELECT id FROM owner)),
           (SELECT created_at FROM event WHERE person_id = (SELECT id FROM owner)
            ORDER BY position DESC LIMIT 1),
           (SELECT count(*) FROM contact
            WHERE linked_id = (SELECT id FROM owner) AND deleted_at IS NULL),
           {CONTACT_COLUMNS.replace("c.", "m.")}
    FROM owner o LEFT JOIN (
        SELECT {CONTACT_COLUMNS} FROM contact c
        WHERE c.id = (SELECT id FROM owner) AND c.deleted_at IS NULL
        UNION ALL
        SELECT {CONTACT_COLUMNS} FROM contact c
        WHERE c.linked_id = (SELECT id FROM owner) AND c.deleted_at IS NULL) AS m ON true
    ORDER BY m.created_at, m.id LIMIT %s
"""
_CHANGES = f"""
    {WITH_OWNER}
    SELECT {OWNER_COLUMNS}, o.id AS owner_id, e.position, e.type, e.created_at, {CONTACT_COLUMNS}
    FROM owner o
    LEFT JOIN event e ON e.person_id = (SELECT id FROM owner) AND e.position >= %s
    LEFT JOIN contact c ON c.id = CASE WHEN e.type = '{_ADDED}' THEN {{{{contact_of_event}}}} END
    ORDER BY e.position LIMIT {MAX_CHANGES + 1}
"""
_COMPLETE = {True: COMPLETE_BOTH, False: COMPLETE_ONE}
_FIRST_BY = {both: _FIRST.format(complete=sql) for both, sql in _COMPLETE.items()}
_CHANGES_BY = {both: _CHANGES.format(complete=sql) for both, sql in _COMPLETE.items()}


@dataclass(frozen=True, slots=True)
class KeptPerson:
    """The first contacts of a person, at most ``max_contacts``, as of one of its events.

    ``position`` is 0 if it has none, as persons of a first load have.
    """

    person: Person
    max_contacts: int
    position: int
    told_at: datetime | None


def look_up(scope: Scope, reader: Reader, details: ContactDetails) -> LookUp | None:
    """Who the identifiers belong to, where one of them led to a large person that is kept.

    As ``contacts.look_up``, in one statement; None if that must be asked.
    """
    names = _names(scope, details)
    kept = _kept.by_identifiers(names)
    if kept is None or kept.max_contacts != max_listed():
        return None
    note_large()
    (rows,) = reader.run(select_changes(scope, details, kept.position))
    seen = observed_from(rows, details)
    if rows[0][7] is None and seen.known.persons == [kept.person.primary]:
        return LookUp(seen, retired_from(rows), [], has_many=True)
    kept = _after(kept, rows)
    if kept is None:
        _kept.forget(names)
        return None
    _kept.put(kept)
    return LookUp(seen, retired_from(rows), [], large=kept.person)


@dataclass(frozen=True, slots=True)
class Found:
    """The first contacts of the person of all the identifiers, and what was seen with them."""

    seen: Observed
    kept: KeptPerson
    names: Sequence[Name]


def find(scope: Scope, reader: Reader, details: ContactDetails, person_id: int) -> Found:
    """The person of all the identifiers, which was ``person_id`` a moment ago.

    What was found must be given to ``keep`` once it is committed. Raises Restart if the identifiers
    do not belong to one person any more.
    """
    note_large()
    max_contacts = max_listed()
    kept = _kept.get(person_id)
    if kept is not None and kept.max_contacts == max_contacts:
        (rows,) = reader.run(select_changes(scope, details, kept.position))
        kept = _after(kept, rows)
        if kept is not None:
            return Found(observed_from(rows, details), kept, _names(scope, details))
    (rows,) = reader.run(select_first(scope, details, max_contacts))
    kept = _first(rows, max_contacts)
    return Found(observed_from(rows, details), kept, _names(scope, details))


def keep(found: Found) -> Person:
    """Remember what was found, for requests to come; the person."""
    _kept.put(found.kept, found.names)
    return found.kept.person


def max_listed() -> int:
    """How many contacts are read of a large person: as many as answers list at most."""
    return max(reunite_settings().ANSWER_MAX_CONTACTS, MAX_CONTACTS)


def select_first(scope: Scope, details: ContactDetails, max_contacts: int) -> Statement:
    """Read the first contacts of the person of all the identifiers, oldest first."""
    sql = _FIRST_BY[has_both(details)]
    return Statement(sql, [*owner_params(scope, details), max_contacts])


def select_changes(scope: Scope, details: ContactDetails, position: int) -> Statement:
    """Read what happened to the person of all the identifiers, from a position on."""
    sql = dialect().sql(_CHANGES_BY[has_both(details)])
    return Statement(sql, [*owner_params(scope, details), position])


def _first(rows: Sequence[Row], max_contacts: int) -> KeptPerson:
    owner_id, position, told_at, secondaries = rows[0][7:11]
    if owner_id is None:
        raise Restart
    to_time = dialect().to_time
    contacts = [contact_from(row[11:], to_time) for row in rows]
    person = Person(tuple(contacts), secondaries + 1 - len(contacts)).with_lists()
    return KeptPerson(person, max_contacts, position or 0, told_at and to_time(told_at))


def _after(kept: KeptPerson, rows: Sequence[Row]) -> KeptPerson | None:
    """What is kept, brought up to date from the rows of ``select_changes``; None if it cannot be.

    The first of the events must be the known one, with the same time: another database could have
    replaced the one that was read.
    """
    if rows[0][7] != kept.person.id or len(rows) > MAX_CHANGES:
        return None
    to_time = dialect().to_time
    events = [(row[8], row[9], to_time(row[10]), row[11:]) for row in rows if row[8] is not None]
    if kept.position:
        if not events or (events[0][0], events[0][2]) != (kept.position, kept.told_at):
            return None
        events = events[1:]
    if not events:
        return kept
    if any(type != _ADDED and type not in _CHANGE_NOTHING for _, type, _, _ in events):
        return None
    added = [contact_from(contact, to_time) for _, type, _, contact in events if type == _ADDED]
    position, _, told_at, _ = events[-1]
    person = _with(kept.person, added, kept.max_contacts)
    return KeptPerson(person, kept.max_contacts, position, told_at)


def _with(person: Person, added: Sequence[Contact], max_contacts: int) -> Person:
    last = contact_age(person.contacts[-1])
    if person.more and all(contact_age(each) > last for each in added):
        return Person(person.contacts, person.more + len(added), person.made)
    return Person.of([*person.contacts, *added], more=person.more).first(max_contacts).with_lists()


def _names(scope: Scope, details: ContactDetails) -> list[Name]:
    return [(scope.workspace_id, identifier) for identifier in details.identifiers]


class KeptPersons:
    """Large persons by id; those that were not asked for in a long time make room for others.

    It also remembers some of the identifiers that led to them, which may lead elsewhere by now.
    """

    def __init__(self, max_contacts: int) -> None:
        self._max_contacts = max_contacts
        self._lock = Lock()
        self._by_id: OrderedDict[int, KeptPerson] = OrderedDict()
        self._ids: OrderedDict[Name, int] = OrderedDict()
        self._contacts = 0

    def get(self, person_id: int) -> KeptPerson | None:
        """The person, if it is here."""
        with self._lock:
            kept = self._by_id.get(person_id)
            if kept is not None:
                self._by_id.move_to_end(person_id)
            return kept

    def by_identifiers(self, names: Iterable[Name]) -> KeptPerson | None:
        """The person that one of the identifiers led to, if it is here."""
        if not self._by_id:
            return None
        person_id = next((id for name in names if (id := self._ids.get(name)) is not None), None)
        return None if person_id is None else self.get(person_id)

    def forget(self, names: Iterable[Name]) -> None:
        """Let identifiers lead nowhere."""
        with self._lock:
            for name in names:
                self._ids.pop(name, None)

    def put(self, kept: KeptPerson, names: Iterable[Name] = ()) -> None:
        """Have this in place of what was here of the same person; identifiers led to it."""
        with self._lock:
            for name in names:
                self._ids[name] = kept.person.id
                self._ids.move_to_end(name)
            while len(self._ids) > KEPT_IDENTIFIERS:
                self._ids.popitem(last=False)
            self._remove(kept.person.id)
            self._by_id[kept.person.id] = kept
            self._contacts += len(kept.person.contacts)
            while self._contacts > self._max_contacts:
                self._remove(next(iter(self._by_id)))

    def _remove(self, person_id: int) -> None:
        if (gone := self._by_id.pop(person_id, None)) is not None:
            self._contacts -= len(gone.person.contacts)


_kept = KeptPersons(KEPT_CONTACTS)
