"""The job of an import: what the rows that were read lead to is planned, loaded or replayed.

Into an empty workspace everything is planned as one set and loaded in one transaction. Otherwise,
and for the persons that guards decide about, rows go through ``services.import_rows`` in chunks.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from itertools import chain, pairwise
from typing import Any

from reunite.bulk import load, plan, routing
from reunite.bulk.ahead import ahead
from reunite.bulk.engine import Engine
from reunite.bulk.plan_kinds import plan_kinds
from reunite.bulk.refused import by_count
from reunite.core.errors import StorageFull, TemporarilyUnavailable
from reunite.core.scope import Scope
from reunite.services.imports import first_load
from reunite.services.imports.chunks import Imported, ImportedRow
from reunite.services.imports.import_rows import (
    Progress,
    guards_in_force,
    import_rows,
    simulate_rows,
)
from reunite.services.imports.prefetch import prefetching
from reunite.services.imports.progress import RulesInForce

CHUNK_ROWS = 2_500
"""The rows of one transaction; it holds the gate for a fraction of a second."""

_PATIENCE_SECONDS = 120.0
_COLUMNS = (
    "created_at, email, phone_number, email_key, phone_key, external_id, source, place, others"
)
# A pair of identifiers that came before changes nothing, unless a guard stopped it then.
_EVERY_PAIR_ONCE = """
    CREATE TABLE turn AS
    SELECT min(place) AS place FROM said WHERE place > {start} GROUP BY email_key, phone_key
"""
_EVERY_ROW = "CREATE TABLE turn AS SELECT place FROM said WHERE place > {start}"
_ROWS_OF_REPLAYED = """
    CREATE TABLE turn AS
    WITH carried AS (SELECT email_key, phone_key FROM member SEMI JOIN replayed USING (top)
                     JOIN said USING (place))
    SELECT place FROM said
    WHERE email_key IN (SELECT email_key FROM carried WHERE email_key IS NOT NULL)
       OR phone_key IN (SELECT phone_key FROM carried WHERE phone_key IS NOT NULL)
"""
_KINDS_OF_REPLAYED = """
    CREATE TABLE turn AS
    SELECT DISTINCT p.place FROM placed p JOIN member m ON m.place = p.first
    SEMI JOIN replayed ON replayed.top = m.top
"""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of the files, or would.

    ``replayed_persons`` are components in which guards decide; they were imported row by row.
    ``left_out``: how many rows were taken without a value that cannot be read, by reason.
    """

    rows: int
    refused: dict[str, int]
    contacts: int
    new_persons: int
    merges: int
    replayed_persons: int = 0
    largest: tuple[int, ...] = ()
    import_id: int | None = None
    is_first: bool = False
    held: int = 0
    left_out: dict[str, int] = field(default_factory=dict)


Tell = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is; 0 if not known."""


@dataclass(frozen=True, slots=True)
class Job:
    """An import whose rows were read: ``rows`` in number, ``refused`` by reason."""

    scope: Scope
    engine: Engine
    rules: RulesInForce
    tell: Tell
    rows: int
    refused: dict[str, int]

    def run(self, import_id: int, start: int) -> Report:
        """Import the rows from position ``start`` on; what came of them."""
        if start == 0 and first_load.is_empty(self.scope):
            report = self._load_all(import_id)
            if report is not None:
                return report
        self._take_turns(start)
        return self._replay(import_id, Report(self.rows, self.refused, 0, 0, 0))

    def dry_run(self, start: int) -> Report:
        """The result of importing the rows from position ``start`` on; writes nothing."""
        if start == 0 and first_load.is_empty(self.scope):
            replayed = self._plan()
            prepared = load.prepare(self.scope, self.engine, has_kinds=self._has_kinds)
            self._take_replayed()
            guarded = simulate_rows(self.scope, self._chunks())
            return Report(
                self.rows,
                self.refused,
                prepared.contact_count + guarded.contacts,
                prepared.person_count + prepared.merge_count + guarded.new_persons,
                prepared.merge_count + guarded.merges,
                replayed,
                self._largest(),
                held=guarded.held,
            )
        self._take_turns(start)
        simulated = simulate_rows(self.scope, self._chunks())
        return Report(
            self.rows,
            self.refused,
            simulated.contacts,
            simulated.new_persons,
            simulated.merges,
            held=simulated.held,
        )

    @property
    def _has_kinds(self) -> bool:
        return bool(self.rules.policy.kinds)

    def _plan(self) -> int:
        """Plan all rows as one set; how many persons are to be replayed row by row."""
        self.tell("planning", 0, 0)
        if self._has_kinds:
            plan_kinds(self.engine, self.rules.policy)
        else:
            plan.plan(self.engine)
        return routing.route(self.engine, self.rules.policy)

    def _take_replayed(self) -> None:
        """Make ``turn(place)``: the rows of the persons that are to be replayed."""
        self.engine.run(_KINDS_OF_REPLAYED if self._has_kinds else _ROWS_OF_REPLAYED)

    def _load_all(self, import_id: int) -> Report | None:
        replayed = self._plan()
        prepared = load.prepare(
            self.scope,
            self.engine,
            has_kinds=self._has_kinds,
            loaded=lambda count: self._tell_loaded(count, prepared.contact_count),
        )
        self.tell("loading", 0, prepared.contact_count)
        if not first_load.first_load(
            self.scope, prepared, revision=self.rules.revision, import_id=import_id
        ):
            return None
        loaded = Report(
            self.rows,
            self.refused,
            prepared.contact_count,
            prepared.person_count + prepared.merge_count,
            prepared.merge_count,
            replayed,
            self._largest(),
            import_id,
            is_first=True,
        )
        if not replayed:
            return loaded
        self._take_replayed()
        return self._replay(import_id, loaded)

    def _tell_loaded(self, count: int, total: int) -> None:
        self.tell("loading", count, total)
        if count == total:
            self.tell("indexing", 0, 0)

    def _take_turns(self, start: int) -> None:
        """Make ``turn(place)``: the rows behind the place ``start`` that can change anything."""
        guards = guards_in_force(self.scope)
        turns = _EVERY_ROW if guards.watch else _EVERY_PAIR_ONCE
        self.engine.run(turns.format(start=start))  # A number.

    def _replay(self, import_id: int, so_far: Report) -> Report:
        last = self.engine.number("SELECT max(place) FROM turn")
        done = Imported(so_far.contacts, so_far.new_persons, so_far.merges, so_far.held)
        brought_changes = False
        with prefetching() as prefetch:
            for rows, upcoming in pairwise(chain(ahead(self._chunks()), [[]])):
                position = rows[-1].place
                imported = _patiently(
                    self.scope,
                    rows,
                    rules=self.rules,
                    progress=Progress(import_id, position),
                    expects_changes=brought_changes,
                    prefetch=prefetch,
                    upcoming=upcoming,
                )
                brought_changes = imported.contacts + imported.merges > 0
                done += imported
                self.tell("importing", position, last)
        found = asdict(done)
        refused = so_far.refused
        if erased := found.pop("erased"):
            refused = by_count({**refused, "erased": refused.get("erased", 0) + erased})
        return replace(so_far, **found, refused=refused, import_id=import_id)

    def _chunks(self) -> Iterator[list[ImportedRow]]:
        sql = f"SELECT {_COLUMNS} FROM said SEMI JOIN turn USING (place) ORDER BY place"
        for rows in self.engine.stream(sql, size=CHUNK_ROWS):
            yield [ImportedRow._make(row) for row in rows]

    def _largest(self) -> tuple[int, ...]:
        rows = self.engine.rows(
            """SELECT count(*) AS size FROM member ANTI JOIN replayed USING (top)
               GROUP BY top ORDER BY size DESC LIMIT 5"""
        )
        return tuple(size for (size,) in rows)


def _patiently(scope: Scope, rows: list[ImportedRow], **how: Any) -> Imported:
    """A service under load may take a while to let the import in; nothing is lost by waiting."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return import_rows(scope, rows, **how)
        except TemporarilyUnavailable as error:
            # Room does not come by itself: an operator must know.
            if isinstance(error, StorageFull) or time.monotonic() > deadline:
                raise
            time.sleep(error.retry_after_seconds)
