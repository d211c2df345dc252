"""Simulate: what would another policy make of the persons that are stored? Nothing is written."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from reunite.core.identifiers.kinds import Identifier, Kind, Value, identifiers_of
from reunite.core.identify.hubs import emails_without_hub, find_hubs, may_hold_hub
from reunite.core.identify.replay_links import ReplayLinks
from reunite.core.persons.evidence import LiveLink
from reunite.core.persons.person import Person, identifiers_in
from reunite.core.persons.suspicion import Counts
from reunite.core.policy.keys import counting_values
from reunite.core.policy.policy import Policy
from reunite.core.policy.rekeying import Rekeying
from reunite.core.repair.effects import Effects, Size, effects, has_more_than, largest, size_of
from reunite.core.repair.regroup import LinkState
from reunite.core.scope import Scope
from reunite.services.policy.keys import Consequences, differing, follow
from reunite.services.policy.link_keys import Relinked, read_retirement, relinked
from reunite.services.snapshots import from_snapshot
from reunite.store.database.queries import Snapshot
from reunite.store.persons import statistics
from reunite.store.policy import rekeying
from reunite.store.repair import affected
from reunite.store.tables import policies

MAX_HUBS = 20
_PERSONS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Persons:
    """How many persons there would be, and the largest; and how they would come about."""

    count: int
    largest: Size | None
    effects: Effects


@dataclass(frozen=True, slots=True)
class Hub:
    """An identifier that too many contacts carry, by the ids of the first of them."""

    kind: str
    contacts: int
    contact_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Hubs:
    """The identifiers that would be retired, the largest first; and the persons then."""

    count: int
    hubs: tuple[Hub, ...]
    persons: Persons


@dataclass(frozen=True, slots=True)
class Simulated:
    """What a policy would do.

    ``rekeyed`` is how many contacts would match by something else; ``uncounted`` how many values
    would not count, by the reason; ``over_limit`` how many persons would have more identifiers than
    the limit, by kind, where there is one; ``kept_apart`` the ids of separations that stand against
    applying it.
    """

    contacts: int
    persons_before: int
    largest_before: Size | None
    after: Persons
    rekeyed: int
    uncounted: dict[str, int]
    over_limit: dict[str, int]
    hubs: Hubs | None
    kept_apart: list[int]


def simulate(scope: Scope, policy: Policy) -> Simulated:
    """Tell what the policy would make of everything stored, as of one moment.

    Holds the contacts whose keys would change, and the persons that this touches. Raises
    TemporarilyUnavailable.
    """
    return from_snapshot(lambda snapshot: _Simulation(scope, snapshot, policy).run())


class _Simulation:
    def __init__(self, scope: Scope, snapshot: Snapshot, policy: Policy) -> None:
        self._policy = policy
        self._scope = scope
        self._snapshot = snapshot
        self._persons_before = snapshot.read(statistics.count_persons(scope))

    def run(self) -> Simulated:
        contacts = 0
        reader = Rekeying(self._policy)
        changes: dict[int, tuple[Value, ...]] = {}
        before = self._snapshot.read(policies.in_force(self._scope)).policy
        retired = read_retirement(
            self._scope, self._snapshot, before=before, after=self._policy
        ).identifiers
        last = self._snapshot.read(rekeying.latest_contact_id())
        for chunk in rekeying.chunks(self._scope, self._snapshot, after=0, up_to=last):
            contacts += len(chunk)
            changes |= differing(chunk, reader, retired=retired)
        links = relinked(self._scope, self._snapshot, before=before, after=self._policy)
        found = follow(self._scope, self._snapshot, changes, links)
        return Simulated(
            contacts=contacts,
            persons_before=self._persons_before,
            largest_before=next(self._stored_sizes(), None),
            after=self._persons(found),
            rekeyed=len(changes),
            uncounted=dict(reader.uncounted),
            over_limit={
                kind: self._over(limit, kind, found)
                for kind in self._policy.strength
                if (limit := self._policy.per_person(kind)) is not None
            },
            hubs=self._hubs(changes, links, found),
            kept_apart=[each.id for each in found.after.kept_apart],
        )

    def _persons(self, found: Consequences) -> Persons:
        before, after = found.before.persons, found.after.persons
        touched = {person.id for person in before}
        others = next(
            (size for size in self._stored_sizes() if size.person_id not in touched), None
        )
        candidates = [*map(size_of, after), *([others] if others else [])]
        return Persons(
            self._persons_before - len(before) + len(after),
            largest(candidates),
            effects(before, after),
        )

    def _stored_sizes(self) -> Iterator[Size]:
        for each in statistics.persons_by_size(self._scope, self._snapshot):
            yield Size(each.person_id, each.counts.contacts)

    def _over(self, limit: int, kind: str, found: Consequences) -> int:
        touched = {person.id for person in found.before.persons}
        stored = statistics.persons_over(self._scope, self._snapshot, limit, kind)
        others = sum(person_id not in touched for person_id in stored)
        return others + sum(has_more_than(limit, kind, each) for each in found.after.persons)

    def _hubs(
        self, changes: dict[int, tuple[Value, ...]], links: Relinked, found: Consequences
    ) -> Hubs | None:
        carriers = self._carriers(found)
        if not carriers:
            return None
        hubs = sorted(carriers, key=lambda each: (-len(carriers[each]), min(carriers[each])))
        values = {id: each for contacts in carriers.values() for id, each in contacts.items()}
        without = {id: counting_values(each, retired=carriers) for id, each in values.items()}
        retired = follow(self._scope, self._snapshot, {**changes, **without}, links)
        return Hubs(
            len(hubs),
            tuple(
                Hub(each.kind, len(carriers[each]), tuple(sorted(carriers[each])[:MAX_HUBS]))
                for each in hubs[:MAX_HUBS]
            ),
            self._persons(retired),
        )

    def _carriers(self, found: Consequences) -> dict[Identifier, dict[int, tuple[Value, ...]]]:
        """The contacts that would carry each hub, with the values that they would have."""
        limits: dict[str, int] = {
            kind: limit
            for kind in self._policy.strength
            if (limit := self._policy.contacts_per_value(kind)) is not None
        }
        carriers: defaultdict[Identifier, dict[int, tuple[Value, ...]]] = defaultdict(dict)
        for person in found.after.persons:
            for contact in person.contacts:
                for identifier in contact.identifiers:
                    carriers[identifier][contact.id] = contact.values
        # An identifier belongs to one person, so what touched persons do not have is as stored.
        touched = identifiers_in(found.before.persons)
        joining = self._joining(found.after.persons, found.after.links)
        stored_joining = self._joining_stored({person.id for person in found.before.persons})
        stored = {
            identifier
            for kind, limit in limits.items()
            for identifier in statistics.carried_by_more_than(
                self._scope, self._snapshot, limit, kind
            )
            if identifier not in touched
        } | stored_joining
        for carrier in self._snapshot.read(rekeying.carriers(self._scope, stored)):
            for identifier in stored.intersection(identifiers_of(carrier.values)):
                carriers[identifier][carrier.id] = carrier.values
        return {
            identifier: contacts
            for identifier, contacts in carriers.items()
            if identifier in joining
            or identifier in stored_joining
            or (
                identifier not in self._policy.allowed_identifiers
                and identifier.kind in limits
                and len(contacts) > limits[identifier.kind]
            )
        }

    def _joining_stored(self, touched: Collection[int]) -> set[Identifier]:
        """The identifiers of persons as stored that join too many strangers."""
        least = emails_without_hub(self._policy.limits)
        if least is None:
            return set()
        ids = statistics.persons_over(self._scope, self._snapshot, least, Kind.EMAIL)
        found: set[Identifier] = set()
        others = sorted(set(ids).difference(touched))
        for start in range(0, len(others), _PERSONS_AT_ONCE):
            some = others[start : start + _PERSONS_AT_ONCE]
            persons = affected.of_persons(self._scope, self._snapshot, some)
            live = [each.link for each in persons.links if each.state is LinkState.LIVE]
            found |= self._joining(persons.persons, live)
        return found

    def _joining(self, persons: Iterable[Person], links: Iterable[LiveLink]) -> set[Identifier]:
        """The identifiers of persons that join too many strangers."""
        live = ReplayLinks({link.id: (link.left, link.right) for link in links})
        return {
            hub
            for person in persons
            if may_hold_hub(Counts.of(person), self._policy.limits)
            for hub in find_hubs(person.contacts, live.among(person.contacts), policy=self._policy)
        }
