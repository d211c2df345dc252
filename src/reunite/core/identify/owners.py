"""Many requests, one after the other, where the owners of identifiers are enough to know.

Like ``replay``, with the same planner and the same happenings, but without the contacts of
persons: a request costs the same for a person with ten thousand contacts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from reunite.core.identifiers.kinds import ContactDetails, Identifier
from reunite.core.identify.happenings import Created, Given, Happening, Merged
from reunite.core.identify.meeting import Meeting
from reunite.core.identify.plan import (
    Known,
    earliest_contact_time,
    parties_of,
    plan_identify,
)
from reunite.core.persons.person import Contact, Ends, Primary


@dataclass(frozen=True, slots=True)
class _Absorbed:
    """A merge, and its absorbed contacts: new ones by id, those of stored persons by the person."""

    merged: Merged
    moved: tuple[int | Primary, ...]


class OwnersReplay:
    """The owners of identifiers after the requests so far.

    Before a request, ``learn`` must be called with the owners of its stored identifiers. Requests
    whose identifiers are all known of one person change nothing, and may be left out.
    """

    def __init__(self) -> None:
        self._owners: dict[Identifier, Primary] = {}
        self._survivors: dict[int, Primary] = {}
        self._members: dict[int, list[int | Primary]] = {}  # By the id of the person.
        self._happened: list[Created | _Absorbed] = []

    def learn(self, owners: Mapping[Identifier, Primary]) -> None:
        """Add the owners of stored identifiers, as they were before the first request."""
        for identifier, person in owners.items():
            self._owners.setdefault(identifier, person)
            if person.id not in self._members:
                self._members[person.id] = [person]

    def current(
        self, identifiers: Iterable[Identifier], owners: Mapping[Identifier, Primary]
    ) -> dict[Identifier, Primary]:
        """The current owner of each identifier: this replay's, else the stored one, after merges.

        ``owners`` may be read before the first request or at any time since.
        """
        found = {}
        for identifier in identifiers:
            person = self._owners.get(identifier) or owners.get(identifier)
            if person is not None:
                found[identifier] = self._survivor(person)
        return found

    def identify(
        self, details: ContactDetails, *, new_ids: Iterator[int], at: datetime
    ) -> tuple[Contact | None, Sequence[Ends]]:
        """Apply the next request, made at ``at``.

        The contact that it creates, if it does, and the links that it leaves.
        """
        known = Known.of(details.identifiers, self._owner)
        plan = plan_identify(known)
        person, contact = plan.person, None
        if plan.adds_contact:
            if person is not None:
                at = max(at, earliest_contact_time(person))
            contact = Contact.of(details, id=next(new_ids), created_at=at)
            if person is None:
                person = Primary(at, contact.id)
                self._members[contact.id] = []
            self._join(contact, person, details.identifiers, at)
        links: Sequence[Ends] = ()
        if plan.absorbed:
            meeting = Meeting(parties_of(details.identifiers, known))
            self._absorb(meeting, details, at)
            links = list(meeting.links.values())
        return contact, links

    def _absorb(self, meeting: Meeting, details: ContactDetails, at: datetime) -> None:
        person, *absorbed = meeting.persons
        for each in absorbed:
            self._survivors[each.id] = person
            moved = self._members.pop(each.id)
            self._members[person.id] += moved
            link = meeting.links.get(each)
            given: Given = (None, None) if link is None else details.given_of(*link)
            merged = Merged(person, each, (), link, at, given)
            self._happened.append(_Absorbed(merged, tuple(moved)))

    @property
    def created(self) -> set[int]:
        """The ids of the contacts that were created."""
        return {each.contact.id for each in self._happened if isinstance(each, Created)}

    @property
    def absorbed_before(self) -> set[int]:
        """The ids of the stored persons that were absorbed."""
        return {
            each.id
            for happened in self._happened
            if isinstance(happened, _Absorbed)
            for each in happened.moved
            if isinstance(each, Primary)
        }

    def happenings(self, stored: Mapping[int, Sequence[int]]) -> list[Happening]:
        """The changes in order; ``stored``: the contacts of persons in ``absorbed_before``."""
        return [
            each
            if isinstance(each, Created)
            else replace(
                each.merged,
                contact_ids=tuple(
                    id
                    for moved in each.moved
                    for id in (stored[moved.id] if isinstance(moved, Primary) else [moved])
                ),
            )
            for each in self._happened
        ]

    def _join(
        self,
        contact: Contact,
        person: Primary,
        identifiers: Sequence[Identifier],
        at: datetime,
    ) -> None:
        self._owners.update(dict.fromkeys(identifiers, person))
        self._members[person.id].append(contact.id)
        self._happened.append(Created(contact, person, at))

    def _owner(self, identifier: Identifier) -> Primary | None:
        person = self._owners.get(identifier)
        return None if person is None else self._survivor(person)

    def _survivor(self, person: Primary) -> Primary:
        while (survivor := self._survivors.get(person.id)) is not None:
            # Half the way is left out next time, as in core.components.
            further = self._survivors.get(survivor.id)
            if further is not None:
                self._survivors[person.id] = further
            person = survivor
        return person
