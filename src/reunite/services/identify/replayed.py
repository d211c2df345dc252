"""Requests replayed in memory, one after the other, and written in one transaction."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import repeat

from reunite.conf import reunite_settings
from reunite.core.errors import NoUsableIdentifier
from reunite.core.identifiers.kinds import ContactDetails
from reunite.core.identify.happenings import Retired
from reunite.core.identify.members import NotWhole
from reunite.core.identify.plan import Identified, Known
from reunite.core.identify.replay import Replay, contacts_to_come
from reunite.core.persons.person import Ends
from reunite.core.persons.room import Room
from reunite.core.scope import Scope
from reunite.store.database.dialects import Lock, Restart
from reunite.store.database.locks import gate, locks_of
from reunite.store.database.queries import Reader, outside
from reunite.store.database.transactions import transaction
from reunite.store.identify import guards
from reunite.store.identify import happenings as stored_happenings
from reunite.store.identify.guards import ReplayInput
from reunite.store.persons import large, suspicious
from reunite.store.persons.known import new_contact_ids
from reunite.store.tables import clock, policies
from reunite.store.tables.policies import PolicyInForce

_TICK = timedelta(microseconds=1)


class _ConcernsOthers(Exception):
    """A request concerns more than its identifiers and their persons: a hub is to be retired."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request's details, and the kinds of them that are known to be the person's own."""

    details: ContactDetails
    verified: frozenset[str] = frozenset()


def replayed(
    scope: Scope,
    requests: Sequence[Asked],
    current: PolicyInForce,
    *,
    seconds_left: float,
    alone: bool = False,
) -> list[Identified | NoUsableIdentifier]:
    """Identify each request in turn, as if they had come one after the other.

    The requests are written whole or not at all. Meanwhile other writes to the workspace wait; if
    there is nothing to write, no request waits. A request that is ``alone`` makes only requests
    about its identifiers and their persons wait, unless a hub is to be retired. Raises Restart
    when ``current`` is no longer in force.
    """
    replaying = _Replaying(scope, requests, current, large.max_listed(), alone)
    while True:
        try:
            return replaying.run(seconds_left)
        except NotWhole:
            replaying = replace(replaying, max_contacts=None)
        except _ConcernsOthers:
            replaying = replace(replaying, alone=False)


@dataclass(frozen=True, slots=True)
class _Replaying:
    """Requests, how many contacts of a person are read at most, and who may write meanwhile."""

    scope: Scope
    requests: Sequence[Asked]
    current: PolicyInForce
    max_contacts: int | None
    alone: bool

    def run(self, seconds_left: float) -> list[Identified | NoUsableIdentifier]:
        """Raises NotWhole if more contacts must be read, or _ConcernsOthers."""
        found = self._concerned(outside)
        usable = self._usable(found)
        if contacts_to_come(usable, found.owners) == 0:
            replay = Replay(found.persons, found.context, found.owners)
            identified = _identified(replay, self.requests, repeat(0), datetime.now(UTC))
            if not replay.happenings:
                return identified
        with transaction(wait_seconds=seconds_left) as locked:
            locked.lock(*self._locks(usable, found))
            seen, found = found, self._concerned(locked)
            if self.alone and found.owners != seen.owners:  # pragma: no cover  # A race alone.
                raise Restart
            usable = self._usable(found)
            count = contacts_to_come(usable, found.owners) + sum(bool(e.carried) for e in usable)
            new_ids, now = locked.read(new_contact_ids(count), clock.now(self.scope))
            replay = Replay(found.persons, found.context, found.owners)
            identified = _identified(replay, self.requests, iter(new_ids), now)
            if self.alone and any(isinstance(each, Retired) for each in replay.happenings):
                raise _ConcernsOthers
            link_ids = locked.read(stored_happenings.insert_holds(self.scope, replay.happenings))
            last = now + len(self.requests) * _TICK
            locked.commit(
                *stored_happenings.write(self.scope, replay.happenings, link_ids),
                *(clock.move(self.scope) if self.alone else [clock.advance(self.scope, last)]),
            )
        if self.alone:
            clock.note(self.scope, now)
        suspicious.log(replay.happenings)
        return [_with_link_id(each, link_ids) for each in identified]

    def _locks(self, usable: Sequence[ContactDetails], found: ReplayInput) -> list[Lock]:
        if not self.alone:
            return [gate(self.scope, shared=False)]
        (details,) = usable
        known = Known.of(details.identifiers, found.owners.get)
        return locks_of(self.scope, details, known)

    def _usable(self, found: ReplayInput) -> list[ContactDetails]:
        return [each.details.without_retired(found.context.retired) for each in self.requests]

    def _concerned(self, reader: Reader) -> ReplayInput:
        scope = self.scope
        found = guards.read_replay_input(
            scope,
            reader,
            [each.details for each in self.requests],
            policy=self.current.policy,
            max_contacts=self.max_contacts,
        )
        policies.require_revision(scope, reader, self.current, found.revision)
        return found


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
