"""Import rows: a chunk of a file, as if its rows had been sent one by one at the times they say.

Each chunk is one transaction behind the workspace's gate; only the persons that the chunk's
identifiers belong to are read.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import NamedTuple

from reunite.conf import reunite_settings
from reunite.core.errors import RulesChanged
from reunite.core.identifiers import ContactDetails, Identifier
from reunite.core.owners import OwnersReplay
from reunite.core.person import Primary, identifiers_in
from reunite.core.policy import Policy
from reunite.core.replay import Created, Happening, Held, Merged, Replay, contacts_to_come
from reunite.services.imports import RulesInForce
from reunite.services.look_ahead import Described, LookAhead, OwnersReplayed
from reunite.services.replayed import write_holds
from reunite.store import batches, bulk_loads, events, imports, policies, retired
from reunite.store.dialects import Statement
from reunite.store.events import Told
from reunite.store.guards import read_concerned
from reunite.store.locks import gate
from reunite.store.policies import PolicyInForce
from reunite.store.transactions import Run, Transaction, read, retried, transaction
from reunite.store.workspaces import DEFAULT_WORKSPACE_ID


class ImportedRow(NamedTuple):
    """One row of a file, read by the policy; ``at`` is when it says it was."""

    details: ContactDetails
    at: datetime
    external_id: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """The import that a chunk belongs to, and how many of its rows are done after the chunk."""

    import_id: int
    position: int


@dataclass(frozen=True, slots=True)
class Imported:
    """What rows led to; ``new_persons`` are those that they started, merged since or not.

    ``held`` are merges that guards stopped.
    """

    contacts: int
    new_persons: int
    merges: int
    held: int = 0

    def __add__(self, other: "Imported") -> "Imported":
        """Both together."""
        return Imported(
            self.contacts + other.contacts,
            self.new_persons + other.new_persons,
            self.merges + other.merges,
            self.held + other.held,
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
class Guards:
    """What decides by the order of rows: then persons must be known whole."""

    policy: Policy
    stops_merges: bool

    @property
    def watch(self) -> bool:
        """Whether anything can stop a merge or a newcomer."""
        limits = self.policy.limits
        return (
            self.stops_merges
            or self.policy.join_only_verified
            or any(getattr(limits, name) is not None for name in limits.__slots__)
        )


def guards_in_force(*, workspace_id: int = DEFAULT_WORKSPACE_ID) -> Guards:
    """The guards of the workspace; outside its gate they may be others by now."""
    in_force, ((stops_merges,),) = read(*_select_guards(workspace_id))
    policy = policies.in_force_from(in_force, workspace_id=workspace_id).policy
    return Guards(policy, bool(stops_merges))


def import_rows(
    rows: Sequence[ImportedRow],
    *,
    rules: RulesInForce,
    progress: Progress | None = None,
    expects_news: bool = False,
    looking: LookAhead | None = None,
    upcoming: Sequence[ImportedRow] = (),
    workspace_id: int = DEFAULT_WORKSPACE_ID,
) -> Imported:
    """Import rows in the order given; all of it or, if an error is raised, nothing is written.

    What was imported before changes nothing, and then nobody waits, unless the caller
    ``expects_news`` and saves looking for it without the gate. What ``upcoming`` rows will lead to
    is found out meanwhile, for the next call that is given the same ``looking``. Raises
    RulesChanged if ``rules``, by which the rows were read, are not in force any more, so that
    their keys may be wrong; TemporarilyUnavailable when the gate or the database cannot be had.
    """

    def attempt(seconds_left: float) -> Imported:
        if not expects_news and _says_nothing_new(rows, workspace_id):
            return _nothing(progress)
        with transaction(wait_seconds=seconds_left) as locked:
            guards, position = _pass_gate(locked, rules, workspace_id)
            found = None
            if guards.watch:
                replayed = _replay_persons(rows, locked, guards.policy, workspace_id)
            else:
                found = looking.found(rows, last_event=position) if looking else None
                found = found or _ask_and_replay(rows, locked.run, workspace_id)
                replayed = _with_members(found, locked)
            imported = Imported.of(replayed.happenings)
            told = Told(workspace_id, None)
            link_ids = write_holds(replayed.happenings, locked, told=told)
            writes = [
                *batches.write(replayed.happenings, link_ids, told=told),
                *bulk_loads.describe(replayed.described),
                *_progressed(progress, imported),
                events.select_last(),
            ]
            if looking and upcoming and found:
                looking.begin(upcoming, _foretell(upcoming, found.owners, workspace_id))
            *_, last_event = locked.commit(*writes)
            if looking is not None:
                looking.end(events.last_from(last_event))
            return imported

    return retried(attempt, timeout_seconds=reunite_settings().LOCK_TIMEOUT_SECONDS)


def simulate_rows(
    chunks: Iterable[Sequence[ImportedRow]], *, workspace_id: int = DEFAULT_WORKSPACE_ID
) -> Imported:
    """What importing chunks of rows would lead to; writes nothing.

    Remembers every identifier of the rows and, where guards decide, every row; the ids of contacts
    to come are made up.
    """
    new_ids = count(1 << 62)
    guards = guards_in_force(workspace_id=workspace_id)
    if guards.watch:
        every = [row for rows in chunks for row in rows]
        requests = [row.details for row in every]
        found = read_concerned(read, requests, policy=guards.policy, workspace_id=workspace_id)
        guarded = Replay(found.persons, found.surroundings)
        for row in every:
            guarded.identify(row.details, new_ids=new_ids, at=row.at)
        return Imported.of(guarded.happenings)
    replay = OwnersReplay()
    for rows in chunks:
        asking, owners = _news(rows, workspace_id)
        replay.learn(owners)
        for row in asking:
            replay.identify(row.details, new_ids=new_ids, at=row.at)
    return Imported.of(replay.happenings(dict.fromkeys(replay.absorbed_before, ())))


def _select_guards(workspace_id: int) -> tuple[Statement, Statement]:
    return (
        policies.select_in_force(workspace_id=workspace_id),
        bulk_loads.select_stops_merges(workspace_id=workspace_id),
    )


def _pass_gate(locked: Transaction, rules: RulesInForce, workspace_id: int) -> tuple[Guards, int]:
    """Wait until nobody else writes; the guards that hold now, and the last event."""
    in_force, ((stops_merges,),), last_event = locked.run(
        *_select_guards(workspace_id),
        events.select_last(),
        locks=[gate(workspace_id, shared=False)],
    )
    current = policies.in_force_from(in_force, workspace_id=workspace_id)
    guards = Guards(current.policy, bool(stops_merges))
    _require_in_force(current, rules, guards, workspace_id)
    return guards, events.last_from(last_event)


def _require_in_force(
    current: PolicyInForce, rules: RulesInForce, guards: Guards, workspace_id: int
) -> None:
    """Raise RulesChanged if rows that were read by these rules may have other keys by now."""
    if current.revision == rules.revision:
        return
    # Under guards hubs are retired all the time, by the import itself, too. A replay with whole
    # persons knows of them.
    if not guards.watch or current.version != rules.version:
        raise RulesChanged
    if not set(rules.retired) <= set(retired.identifiers(workspace_id=workspace_id)):
        raise RulesChanged


@dataclass(frozen=True, slots=True)
class _Replayed:
    """What rows led to, whoever decided."""

    happenings: Sequence[Happening]
    described: Sequence[Described]


def _with_members(found: OwnersReplayed, locked: Transaction) -> _Replayed:
    """Without guards it is enough to know whom identifiers belong to, and whom a merge moves."""
    stored = bulk_loads.members(found.owners.absorbed_before, locked=locked)
    return _Replayed(found.owners.happenings(stored), found.described)


def _foretell(
    rows: Sequence[ImportedRow], before: OwnersReplay, workspace_id: int
) -> Callable[[], OwnersReplayed]:
    return lambda: _ask_and_replay(rows, read, workspace_id, before=before)


def _ask_and_replay(
    rows: Sequence[ImportedRow],
    run: Run,
    workspace_id: int,
    *,
    before: OwnersReplay | None = None,
) -> OwnersReplayed:
    """Replay rows; ``run`` may see by now what the replay ``before`` leads to, or not yet."""
    before = before or OwnersReplay()
    replay = OwnersReplay()
    asking, owners = _news(rows, workspace_id, run)
    requests = [row.details for row in asking]
    asked = {identifier for details in requests for identifier in details.identifiers}
    known = before.current(asked, owners)
    replay.learn(known)
    new_ids = _new_ids(requests, known, run, taken=before.created)
    described = []
    for row in asking:
        _, contact = replay.identify(row.details, new_ids=new_ids, at=row.at)
        if contact is not None and (row.external_id or row.source):
            described.append((contact.id, row.external_id, row.source))
    return OwnersReplayed(replay, described)


def _replay_persons(
    rows: Sequence[ImportedRow], locked: Transaction, policy: Policy, workspace_id: int
) -> _Replayed:
    """With guards the whole persons are needed, as in a batch."""
    requests = [row.details for row in rows]
    found = read_concerned(locked.run, requests, policy=policy, workspace_id=workspace_id)
    replay = Replay(found.persons, found.surroundings)
    new_ids = _new_ids(requests, identifiers_in(found.persons), locked.run)
    described = []
    for row in rows:
        identified = replay.identify(row.details, new_ids=new_ids, at=row.at)
        # None where all it says was retired as a hub by the rows before it.
        created = None if identified is None else identified.decision.created
        if created is not None and (row.external_id or row.source):
            described.append((created, row.external_id, row.source))
    return _Replayed(replay.happenings, described)


def _new_ids(
    requests: Sequence[ContactDetails],
    known: Iterable[Identifier],
    run: Run,
    *,
    taken: AbstractSet[int] = frozenset(),
) -> Iterator[int]:
    """Ids for the contacts to come; ``taken`` are those of contacts that are being written."""
    count = contacts_to_come(requests, known)
    (ids,) = run(batches.new_contact_ids(count))
    if not taken.isdisjoint(id for (id,) in ids):
        # SQLite counts from what is committed.
        (ids,) = run(batches.new_contact_ids(count + len(taken)))
    return iter(sorted({id for (id,) in ids} - taken)[:count])


def _news(
    rows: Sequence[ImportedRow], workspace_id: int, run: Run = read
) -> tuple[list[ImportedRow], dict[Identifier, Primary]]:
    """The rows that would change something, and whom their identifiers belong to."""
    news = bulk_loads.news([row.details for row in rows], workspace_id=workspace_id, run=run)
    owners = {
        identifier: person
        for place, known in news.items()
        for identifier in rows[place].details.identifiers
        if (person := known.owner(identifier)) is not None
    }
    return [rows[place] for place in news], owners


def _says_nothing_new(rows: Sequence[ImportedRow], workspace_id: int) -> bool:
    """Whether all the rows would be answered without a write; asked without any lock."""
    if guards_in_force(workspace_id=workspace_id).watch:
        return False
    return not bulk_loads.news([row.details for row in rows], workspace_id=workspace_id)


def _nothing(progress: Progress | None) -> Imported:
    imported = Imported(0, 0, 0)
    imports.run(*_progressed(progress, imported))
    return imported


def _progressed(progress: Progress | None, imported: Imported) -> list[Statement]:
    if progress is None:
        return []
    return [
        imports.progress(
            progress.import_id,
            position=progress.position,
            contacts=imported.contacts,
            merges=imported.merges,
            at=datetime.now(UTC),
        )
    ]
