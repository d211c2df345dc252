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
from reunite.services.imports.chunks import (
    Imported,
    ImportedRow,
    OwnersReplayed,
    news,
    replay_owners,
    replay_persons,
    with_members,
    without_erased,
)
from reunite.services.imports.look_ahead import LookAhead
from reunite.services.imports.progress import RulesInForce
from reunite.store.database.dialects import Statement
from reunite.store.database.locks import gate
from reunite.store.database.transactions import Transaction, read, retried, transaction
from reunite.store.identify.guards import read_concerned, select_stops_merges
from reunite.store.persons import suspicious
from reunite.store.tables import events, imports, policies, retired, tombstones
from reunite.store.tables.events import Told
from reunite.store.tables.policies import PolicyInForce
from reunite.store.tables.workspaces import DEFAULT_WORKSPACE_ID


@dataclass(frozen=True, slots=True)
class Progress:
    """The import that a chunk belongs to, and the place of the chunk's last row."""

    import_id: int
    position: int


@dataclass(frozen=True, slots=True)
class Guards:
    """What decides by the order of rows: then persons must be known whole."""

    policy: Policy
    stops_merges: bool

    @property
    def watch(self) -> bool:
        """Whether anything can stop a merge or a newcomer."""
        return self.stops_merges or may_stop(self.policy)


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
    their keys may be wrong; ImportEnded after the chunk in which the import of ``progress`` was
    cancelled; TemporarilyUnavailable when the gate or the database cannot be had.
    """
    told = Told(workspace_id, None, None if progress is None else progress.import_id)

    def attempt(seconds_left: float) -> Imported:
        if not expects_news and _says_nothing_new(rows, workspace_id):
            return _nothing(progress)
        with transaction(wait_seconds=seconds_left) as locked:
            guards, position, last_tombstone = _pass_gate(locked, rules, workspace_id)
            kept = rows
            if last_tombstone != rules.last_tombstone and guards.policy.erased == "refuse":
                kept = without_erased(rows, locked.run, workspace_id)
            found = None
            if guards.watch:
                ready = replay_persons(kept, locked, guards.policy, told)
            else:
                found = looking.found(kept, last_event=position) if looking else None
                found = found or replay_owners(kept, locked.run, told)
                ready = found.ready or with_members(found, locked, told)
            if looking and upcoming and found:
                looking.begin(upcoming, _foretell(upcoming, found.owners, told))
            # Behind the gate, where what the chunk before has written is seen.
            found_now = [] if ready.is_told else suspicious.find(ready.happenings, locked)
            imported = replace(ready.imported, erased=len(rows) - len(kept))
            progressed = _progressed(progress, imported)
            *done, last_event = locked.commit(
                *ready.writes,
                *suspicious.tell(found_now, told),
                *progressed,
                events.select_last(),
            )
            suspicious.log([*ready.happenings, *found_now])
            if looking is not None:
                looking.end(events.last_from(last_event))
            if progressed and not done[-1]:
                raise ImportEnded
            return imported

    return retried(attempt)


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
            guarded.identify(row.details, new_ids=new_ids, at=row.at, listed=list_one)
        return Imported.of(guarded.happenings)
    replay = OwnersReplay()
    for rows in chunks:
        asking, owners = news(rows, workspace_id)
        replay.learn(owners)
        for details, row in asking:
            replay.identify(details, new_ids=new_ids, at=row.at)
    return Imported.of(replay.happenings(dict.fromkeys(replay.absorbed_before, ())))


def _select_guards(workspace_id: int) -> tuple[Statement, Statement]:
    return (
        policies.select_in_force(workspace_id=workspace_id),
        select_stops_merges(workspace_id=workspace_id),
    )


def _pass_gate(
    locked: Transaction, rules: RulesInForce, workspace_id: int
) -> tuple[Guards, int, int]:
    """Wait until nobody else writes; the guards that hold now, the last event and tombstone."""
    in_force, ((stops_merges,),), last_event, last_tombstone = locked.run(
        *_select_guards(workspace_id),
        events.select_last(),
        tombstones.select_last(workspace_id=workspace_id),
        locks=[gate(workspace_id, shared=False)],
    )
    current = policies.in_force_from(in_force, workspace_id=workspace_id)
    guards = Guards(current.policy, bool(stops_merges))
    _require_in_force(current, rules, guards, workspace_id)
    return guards, events.last_from(last_event), tombstones.last_from(last_tombstone)


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


def _foretell(
    rows: Sequence[ImportedRow], before: OwnersReplay, told: Told
) -> Callable[[], OwnersReplayed]:
    return lambda: replay_owners(rows, read, told, before=before)


def _says_nothing_new(rows: Sequence[ImportedRow], workspace_id: int) -> bool:
    """Whether all the rows would be answered without a write; asked without any lock."""
    if guards_in_force(workspace_id=workspace_id).watch:
        return False
    asking, _ = news(rows, workspace_id)
    return not asking


def _nothing(progress: Progress | None) -> Imported:
    imported = Imported(0, 0, 0)
    if progress is not None and not all(imports.run(*_progressed(progress, imported))):
        raise ImportEnded
    return imported


def _progressed(progress: Progress | None, imported: Imported) -> list[Statement]:
    if progress is None:
        return []
    return [
        imports.progress(
            progress.import_id,
            position=progress.position,
            contacts=imported.contacts,
            persons=imported.new_persons,
            merges=imported.merges,
            held=imported.held,
            refused=imported.erased,
            at=datetime.now(UTC),
        )
    ]
