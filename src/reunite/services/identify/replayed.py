"""Requests replayed in memory, one after the other, and written in one transaction."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from reunite.conf import reunite_settings
from reunite.core.errors import NoUsableIdentifier
from reunite.core.identifiers.kinds import ContactDetails, Ignored, Kind
from reunite.core.identify.replay import Identified, NotWhole, Replay, contacts_to_come
from reunite.core.identify.room import Room
from reunite.core.persons.person import Ends
from reunite.core.scope import Scope
from reunite.store.database.dialects import Restart
from reunite.store.database.locks import gate
from reunite.store.database.queries import Reader, outside
from reunite.store.database.transactions import transaction
from reunite.store.identify import guards
from reunite.store.identify import happenings as batches
from reunite.store.identify.guards import Concerned
from reunite.store.identify.known import new_contact_ids
from reunite.store.persons import large, suspicious
from reunite.store.tables import clock, policies
from reunite.store.tables.policies import PolicyInForce

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request's details, and the kinds of them that are known to be the person's own."""

    details: ContactDetails
    verified: frozenset[Kind] = frozenset()


def replayed(
    scope: Scope, requests: Sequence[Asked], current: PolicyInForce, *, seconds_left: float
) -> list[Identified | NoUsableIdentifier]:
    """Identify each request in turn, as if they had come one after the other.

    All is written or nothing. While it is written, other writes to the workspace wait; if there is
    nothing to write, nobody does. Raises Restart when ``current`` is no longer in force.
    """
    replaying = _Replaying(scope, requests, current, large.max_listed())
    try:
        return replaying.run(seconds_left)
    except NotWhole:
        return replace(replaying, max_contacts=None).run(seconds_left)


@dataclass(frozen=True, slots=True)
class _Replaying:
    """Requests, and how many contacts of a person are read at most."""

    scope: Scope
    requests: Sequence[Asked]
    current: PolicyInForce
    max_contacts: int | None

    def run(self, seconds_left: float) -> list[Identified | NoUsableIdentifier]:
        """Raises NotWhole if more contacts must be read."""
        found = self._concerned(outside)
        if contacts_to_come(_usable(self.requests, found), found.owners) == 0:
            replay = Replay(found.persons, found.surroundings, found.owners)
            identified = _identified(replay, self.requests, iter(()), datetime.now(UTC))
            if not replay.happenings:
                return identified
        with transaction(wait_seconds=seconds_left) as locked:
            locked.lock(gate(self.scope, shared=False))
            found = self._concerned(locked)
            count = contacts_to_come(_usable(self.requests, found), found.owners)
            new_ids, now = locked.read(new_contact_ids(count), clock.now(self.scope))
            replay = Replay(found.persons, found.surroundings, found.owners)
            identified = _identified(replay, self.requests, iter(new_ids), now)
            link_ids = locked.read(batches.insert_holds(self.scope, replay.happenings))
            last = now + len(self.requests) * _TICK
            locked.commit(
                *batches.write(self.scope, replay.happenings, link_ids),
                clock.advance(self.scope, last),
            )
        suspicious.log(replay.happenings)
        return [_with_link_id(each, link_ids) for each in identified]

    def _concerned(self, reader: Reader) -> Concerned:
        scope = self.scope
        found = guards.read_concerned(
            scope,
            reader,
            [each.details for each in self.requests],
            policy=self.current.policy,
            max_contacts=self.max_contacts,
        )
        if found.revision != self.current.revision:
            reader.read(policies.in_force(scope))
            raise Restart
        return found


def _usable(requests: Sequence[Asked], found: Concerned) -> list[ContactDetails]:
    retired = found.surroundings.retired
    if not retired:
        return [each.details for each in requests]
    return [
        each.details.without(
            *(i for i in each.details.identifiers if i in retired), reason=Ignored.RETIRED
        )
        for each in requests
    ]


def _identified(
    replay: Replay, requests: Sequence[Asked], new_ids: Iterator[int], now: datetime
) -> list[Identified | NoUsableIdentifier]:
    room = Room(reunite_settings().ANSWER_MAX_CONTACTS)
    return [
        # Each a tick later than the one before, so that age tells their order.
        replay.identify(
            each.details,
            verified=each.verified,
            new_ids=new_ids,
            at=now + place * _TICK,
            listed=room.listed,
        )
        or NoUsableIdentifier()
        for place, each in enumerate(requests)
    ]


def _with_link_id(
    identified: Identified | NoUsableIdentifier, link_ids: Mapping[Ends, int]
) -> Identified | NoUsableIdentifier:
    """The same, with the ids that the links got by which merges are held."""
    if isinstance(identified, NoUsableIdentifier) or not identified.decision.held:
        return identified
    held = tuple(
        replace(each, link_id=link_ids.get((each.left, each.right), each.link_id))
        for each in identified.decision.held
    )
    return replace(identified, decision=replace(identified.decision, held=held))
