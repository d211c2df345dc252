"""Import rows: a chunk of a file, as if its rows had been sent one by one at the times they say.

Each chunk is one transaction behind the workspace's gate; only the persons that the chunk's
identifiers belong to are read.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count

from reunite.core.errors import ImportEnded, RulesChanged
from reunite.core.identify.guards import may_stop
from reunite.core.identify.owners import OwnersReplay
from reunite.core.identify.replay import Replay, list_one
from reunite.core.policy.policy import Policy
from reunite.core.scope import Scope
from reunite.services.imports.chunks import (
    Imported,
    ImportedRow,
    OwnersReplayed,
    changing_rows,
    replay_owners,
    replay_persons,
    with_members,
    without_erased,
)
from reunite.services.imports.prefetch import Prefetch
from reunite.services.imports.progress import RulesInForce
from reunite.store.database.locks import gate
from reunite.store.database.queries import Query, outside
from reunite.store.database.transactions import Transaction, retried, transaction
from reunite.store.identify.guards import read_replay_input, stops_merges
from reunite.store.persons import suspicious
from reunite.store.tables import events, imports, policies, retired, tombstones
from reunite.store.tables.policies import PolicyInForce


@dataclass(frozen=True, slots=True)
class Progress:
    """The import that a chunk belongs to, and the place of the chunk's last row."""

    import_id: int
    position: int


@dataclass(frozen=True, slots=True)
class Guards:
    """What decides by the order of rows: then persons must be known whole.

    So they must where kinds are declared: whether a value that is only stored is new is asked of
    the persons as they are then.
    """

    policy: Policy
    stops_merges: bool

    @property
    def watch(self) -> bool:
        """Whether anything can stop a merge or a newcomer, or kinds are declared."""
        return self.stops_merges or may_stop(self.policy) or bool(self.policy.declared)


def guards_in_force(scope: Scope) -> Guards:
    """The guards of the workspace; outside its gate they may be others by now."""
    in_force, stops = outside.read(policies.in_force(scope), stops_merges(scope))
    return Guards(in_force.policy, stops)


def import_rows(
    scope: Scope,
    rows: Sequence[ImportedRow],
    *,
    rules: RulesInForce,
    progress: Progress | None = None,
    expects_changes: bool = False,
    prefetch: Prefetch | None = None,
    upcoming: Sequence[ImportedRow] = (),
) -> Imported:
    """Import rows in the order given; all of it or, if an error is raised, nothing is written.

    Rows that change nothing do not wait for the gate, unless the caller ``expects_changes``: that
    saves a look-up outside the gate. With ``prefetch``, what ``upcoming`` rows lead to is found
    out while these rows are written, for the next call that is given the same ``prefetch``. Raises
    RulesChanged if ``rules``, by which the rows were read, are not in force any more, so that
    their keys may be wrong; ImportEnded after the chunk in which the import of ``progress`` was
    cancelled; TemporarilyUnavailable when the gate or the database cannot be had.
    """
    scope = replace(scope, import_id=None if progress is None else progress.import_id)

    def attempt(seconds_left: float) -> Imported:
        if not expects_changes and _changes_nothing(scope, rows):
            return _nothing(progress)
        with transaction(wait_seconds=seconds_left) as locked:
            guards, position, last_tombstone = _pass_gate(scope, locked, rules)
            kept = rows
            if last_tombstone != rules.last_tombstone and guards.policy.erased == "refuse":
                kept = without_erased(scope, locked, rows)
            found = None
            if guards.watch:
                prepared = replay_persons(scope, kept, locked, guards.policy)
            else:
                found = prefetch.found(kept, last_event=position) if prefetch else None
                found = found or replay_owners(scope, locked, kept, guards.policy)
                prepared = found.prepared or with_members(scope, found, locked)
            if prefetch and upcoming and found:
                prefetch.begin(upcoming, _foretell(scope, upcoming, guards.policy, found.owners))
            # Behind the gate, where what the chunk before has written is seen.
            found_now = [] if prepared.is_told else suspicious.find(prepared.happenings, locked)
            imported = replace(prepared.imported, erased=len(rows) - len(kept))
            locked.run(*prepared.writes, *suspicious.tell(scope, found_now))
            goes_on, last_event = locked.read(
                _progressed(progress, imported, is_locked=True), events.last()
            )
            locked.commit()
            suspicious.log([*prepared.happenings, *found_now])
            if prefetch is not None:
                prefetch.end(last_event)
            if not goes_on:
                raise ImportEnded
            return imported

    return retried(attempt)


def simulate_rows(scope: Scope, chunks: Iterable[Sequence[ImportedRow]]) -> Imported:
    """What importing chunks of rows would lead to; writes nothing.

    Remembers every identifier of the rows and, where guards decide, every row; the ids of contacts
    to come are made up.
    """
    new_ids = count(1 << 62)
    guards = guards_in_force(scope)
    if guards.watch:
        every = [row for rows in chunks for row in rows]
        requests = [row.details(guards.policy) for row in every]
        found = read_replay_input(scope, outside, requests, policy=guards.policy)
        guarded = Replay(found.persons, found.context)
        for row, details in zip(every, requests, strict=True):
            guarded.identify(details, new_ids=new_ids, at=row.at, listed=list_one)
        return Imported.of(guarded.happenings)
    replay = OwnersReplay()
    for rows in chunks:
        asking, owners = changing_rows(scope, outside, rows, guards.policy)
        replay.learn(owners)
        for details, row in asking:
            replay.identify(details, new_ids=new_ids, at=row.at)
    return Imported.of(replay.happenings(dict.fromkeys(replay.absorbed_before, ())))


def _pass_gate(scope: Scope, locked: Transaction, rules: RulesInForce) -> tuple[Guards, int, int]:
    """Wait for the gate; the guards that hold now, the last event and the last tombstone."""
    locked.lock(gate(scope, shared=False))
    current, stops, last_event, last_tombstone = locked.read(
        policies.in_force(scope), stops_merges(scope), events.last(), tombstones.last(scope)
    )
    guards = Guards(current.policy, stops)
    _require_in_force(scope, locked, current, rules, guards)
    return guards, last_event, last_tombstone


def _require_in_force(
    scope: Scope, locked: Transaction, current: PolicyInForce, rules: RulesInForce, guards: Guards
) -> None:
    """Raise RulesChanged if rows that were read by these rules may have other keys by now."""
    if current.revision == rules.revision and not rules.are_as_begun:
        return
    # Under guards hubs are retired all the time, by the import itself, too. A replay with whole
    # persons knows of them.
    if not guards.watch or current.version != rules.version:
        raise RulesChanged
    if not set(rules.retired) <= locked.read(retired.identifiers(scope)):
        raise RulesChanged


def _foretell(
    scope: Scope, rows: Sequence[ImportedRow], policy: Policy, before: OwnersReplay
) -> Callable[[], OwnersReplayed]:
    return lambda: replay_owners(scope, outside, rows, policy, before=before)


def _changes_nothing(scope: Scope, rows: Sequence[ImportedRow]) -> bool:
    """Whether all the rows would be answered without a write; asked without any lock."""
    guards = guards_in_force(scope)
    if guards.watch:
        return False
    asking, _ = changing_rows(scope, outside, rows, guards.policy)
    return not asking


def _nothing(progress: Progress | None) -> Imported:
    imported = Imported(0, 0, 0)
    if not outside.read(_progressed(progress, imported, is_locked=False)):
        raise ImportEnded
    return imported


def _progressed(progress: Progress | None, imported: Imported, *, is_locked: bool) -> Query[bool]:
    """Say how far the import is, if it is one; False if it was cancelled."""
    if progress is None:
        return Query((), lambda _: True)
    return imports.progress(
        progress.import_id,
        position=progress.position,
        contacts=imported.contacts,
        persons=imported.new_persons,
        merges=imported.merges,
        held=imported.held,
        refused=imported.erased,
        at=datetime.now(UTC),
        is_locked=is_locked,
    )
