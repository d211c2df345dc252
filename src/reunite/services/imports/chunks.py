"""A chunk of a file: what its rows lead to, and the statements that write it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from reunite.core.identifiers.kinds import (
    PLACES,
    ContactDetails,
    Identifier,
    Ignored,
    Value,
    identifiers_of,
    values_of,
)
from reunite.core.identify.happenings import Created, Happening, Held, Merged
from reunite.core.identify.owners import OwnersReplay
from reunite.core.identify.plan import Decision
from reunite.core.identify.replay import Replay, contacts_to_come, list_one
from reunite.core.persons.person import Ends, Primary
from reunite.core.policy.policy import Policy
from reunite.core.scope import Scope
from reunite.store.database.dialects import Statement
from reunite.store.database.queries import Reader
from reunite.store.database.transactions import Transaction
from reunite.store.identify import happenings as stored_happenings
from reunite.store.identify.guards import read_replay_input
from reunite.store.imports import loads
from reunite.store.persons.known import new_contact_ids
from reunite.store.tables import tombstones
from reunite.store.tables.columns import others_from
from reunite.store.tables.orders import Order


class ImportedRow(NamedTuple):
    """One row of a file, read by the policy: the values and, beside them, their keys.

    ``created_at`` is in UTC but does not say so, as the engine gives it. The
    objects of core are made on demand, since most rows of a file change nothing. ``place`` is the
    number of the row in the file, from 1. ``others`` are the values of declared kinds, as a contact
    has them.
    """

    created_at: datetime
    email: str | None
    phone_number: str | None
    email_key: str | None
    phone_key: str | None
    external_id: str | None = None
    source: str | None = None
    place: int = 0
    others: str | None = None

    def details(self, policy: Policy) -> ContactDetails:
        """The contact details of the row, in the policy's order of strength."""
        values = self.values
        if not policy.kinds:
            return ContactDetails(values)
        values = tuple(sorted(values, key=lambda value: policy.strength.get(value.kind, 0)))
        carried = {
            (kind, Ignored.CARRIED)
            for kind, _, key, form in values
            if form is not None and key is None
            if policy.ignores(Identifier(kind, form)) is Ignored.CARRIED
        }
        return ContactDetails(values, tuple(sorted(carried)))

    @property
    def values(self) -> tuple[Value, ...]:
        """Its values with their keys."""
        values = values_of((self.email, self.phone_number), (self.email_key, self.phone_key))
        return (*values, *others_from(self.others)) if self.others else values

    @property
    def called(self) -> set[Identifier]:
        """What its values are called; those of declared kinds whether they count or not."""
        values = self.values
        return {
            *identifiers_of(values),
            *(Identifier(each.kind, each.form) for each in values if each.form is not None),
        }

    @property
    def order(self) -> Order | None:
        """The order that it is, if it says which."""
        if self.external_id or self.source:
            return Order(self.external_id, self.source)
        return None

    @property
    def at(self) -> datetime:
        """When it says it was."""
        return self.created_at.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Imported:
    """What rows led to; ``new_persons`` are those that they started, merged since or not.

    ``held`` are merges that guards stopped, and ``erased`` the rows that hold what was erased since
    the file was read.
    """

    contacts: int
    new_persons: int
    merges: int
    held: int = 0
    erased: int = 0

    def __add__(self, other: "Imported") -> "Imported":
        """Both together."""
        return Imported(
            self.contacts + other.contacts,
            self.new_persons + other.new_persons,
            self.merges + other.merges,
            self.held + other.held,
            self.erased + other.erased,
        )

    @classmethod
    def of(cls, happenings: Sequence[Happening]) -> "Imported":
        """What these happenings amount to."""
        created = [each for each in happenings if isinstance(each, Created)]
        return cls(
            len(created),
            sum(each.contact.id == each.person.id for each in created),
            sum(isinstance(each, Merged) for each in happenings),
            sum(isinstance(each, Held) for each in happenings),
        )


@dataclass(frozen=True, slots=True)
class PreparedChunk:
    """What a chunk leads to, and the statements that write it.

    ``is_told`` if the happenings tell who becomes suspicious; else it is still to be found out.
    """

    imported: Imported
    writes: Sequence[Statement]
    happenings: Sequence[Happening]
    is_told: bool


@dataclass(frozen=True, slots=True)
class Brought:
    """The orders, where rows name them, that brought contacts, by id, and links, by their ends."""

    contacts: dict[int, Order] = field(default_factory=dict)
    links: dict[Ends, Order] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OwnersReplayed:
    """What a chunk leads to, if no guards are on: then the owners of identifiers are enough.

    ``prepared`` is None if a stored person is absorbed: its contacts must be read first.
    """

    owners: OwnersReplay
    brought: Brought
    prepared: PreparedChunk | None


def changing_rows(
    scope: Scope, reader: Reader, rows: Sequence[ImportedRow], policy: Policy
) -> tuple[list[tuple[ContactDetails, ImportedRow]], dict[Identifier, Primary]]:
    """The rows that would change something, and the owners of their identifiers."""
    asking, owners = [], {}
    said = [(row.email_key, row.phone_key) for row in rows]
    found = reader.read(loads.changing_rows(scope, said))
    for place, known in found.items():
        details = rows[place].details(policy)
        asking.append((details, rows[place]))
        for identifier in details.identifiers:
            if (person := known[PLACES[identifier.kind]]) is not None:
                owners[identifier] = person
    return asking, owners


def without_erased(
    scope: Scope, reader: Reader, rows: Sequence[ImportedRow]
) -> Sequence[ImportedRow]:
    """The rows that hold nothing of what was erased by now. Raises ErasureKeyMissing."""
    keys = reader.read(tombstones.keys_in_use(scope))
    asked = {each for row in rows for each in row.called}
    erased = reader.read(tombstones.erased(scope, asked, keys=keys))
    if not erased:
        return rows
    return [row for row in rows if erased.isdisjoint(row.called)]


def replay_owners(
    scope: Scope,
    reader: Reader,
    rows: Sequence[ImportedRow],
    policy: Policy,
    *,
    before: OwnersReplay | None = None,
) -> OwnersReplayed:
    """Replay rows; ``reader`` may see by now what the replay ``before`` leads to, or not yet."""
    before = before or OwnersReplay()
    replay = OwnersReplay()
    asking, owners = changing_rows(scope, reader, rows, policy)
    requests = [details for details, _ in asking]
    asked = {identifier for details in requests for identifier in details.identifiers}
    known = before.current(asked, owners)
    replay.learn(known)
    new_ids = _new_ids(requests, known, reader, taken=before.created)
    brought = Brought()
    for details, row in asking:
        contact, links = replay.identify(details, new_ids=new_ids, at=row.at)
        if (order := row.order) is not None:
            if contact is not None:
                brought.contacts[contact.id] = order
            brought.links.update(dict.fromkeys(links, order))
    # Only behind the gate is it certain which contacts a merge moves.
    prepared = (
        None if replay.absorbed_before else _prepared(scope, replay.happenings({}), brought, {})
    )
    return OwnersReplayed(replay, brought, prepared)


def with_members(scope: Scope, found: OwnersReplayed, locked: Transaction) -> PreparedChunk:
    """The chunk with the contacts that its merges move; without guards no more is needed."""
    stored = locked.read(loads.members(found.owners.absorbed_before))
    return _prepared(scope, found.owners.happenings(stored), found.brought, {})


def replay_persons(
    scope: Scope, rows: Sequence[ImportedRow], locked: Transaction, policy: Policy
) -> PreparedChunk:
    """With guards the whole persons are needed, as in a batch."""
    requests = [row.details(policy) for row in rows]
    found = read_replay_input(scope, locked, requests, policy=policy)
    replay = Replay(found.persons, found.context)
    carrying = sum(bool(each.carried) for each in requests) if policy.declared else 0
    new_ids = _new_ids(requests, found.owners, locked, more=carrying)
    brought = Brought()
    for details, row in zip(requests, rows, strict=True):
        identified = replay.identify(details, new_ids=new_ids, at=row.at, listed=list_one)
        # None where all it says was retired as a hub by the rows before it.
        if identified is not None and (order := row.order) is not None:
            _note(brought, identified.decision, order)
    holds = stored_happenings.insert_holds(scope, replay.happenings, orders=brought.links)
    link_ids = locked.read(holds)
    return _prepared(scope, replay.happenings, brought, link_ids, is_told=True)


def _note(brought: Brought, decision: Decision, order: Order) -> None:
    if decision.created is not None:
        brought.contacts[decision.created] = order
    brought.links.update(dict.fromkeys(decision.links, order))
    for held in decision.held:
        # The first to be held has left the link.
        brought.links.setdefault((held.left, held.right), order)


def _prepared(
    scope: Scope,
    happenings: Sequence[Happening],
    brought: Brought,
    link_ids: Mapping[Ends, int],
    *,
    is_told: bool = False,
) -> PreparedChunk:
    writes = [
        *stored_happenings.write(scope, happenings, link_ids, orders=brought.links),
        *loads.describe(brought.contacts),
    ]
    return PreparedChunk(Imported.of(happenings), writes, happenings, is_told)


def _new_ids(
    requests: Sequence[ContactDetails],
    known: Iterable[Identifier],
    reader: Reader,
    *,
    taken: AbstractSet[int] = frozenset(),
    more: int = 0,
) -> Iterator[int]:
    """Ids for the contacts to come, and ``more``; ``taken`` are of contacts being written."""
    count = contacts_to_come(requests, known) + more
    ids = reader.read(new_contact_ids(count))
    if not taken.isdisjoint(ids):
        # SQLite counts from the last committed id.
        ids = reader.read(new_contact_ids(count + len(taken)))
    return iter(sorted(set(ids) - taken)[:count])
