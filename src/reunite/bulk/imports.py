"""Import files: read, plan, load; what is in the way of a set is replayed in chunks, in order.

Into an empty workspace everything is planned as one set and loaded in one transaction. Otherwise,
and for the persons that guards decide about, rows go through ``services.import_rows`` in chunks.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

from reunite.bulk import load, plan, routing
from reunite.bulk.ahead import ahead
from reunite.bulk.cluster import reduce_files
from reunite.bulk.engine import Engine, engine
from reunite.bulk.files import File, find
from reunite.bulk.read import Rules, read
from reunite.bulk.refused import write_refused
from reunite.core.errors import TemporarilyUnavailable
from reunite.core.files import Columns
from reunite.processes import rarely_collected
from reunite.services import first_load, imports
from reunite.services.chunks import Imported, ImportedRow
from reunite.services.import_rows import (
    Progress,
    guards_in_force,
    import_rows,
    simulate_rows,
)
from reunite.services.imports import RulesInForce
from reunite.services.look_ahead import look_ahead
from reunite.store.imports import Import

CHUNK_ROWS = 2_500
"""So many rows are one transaction; the gate is held for a fraction of a second."""

_PATIENCE_SECONDS = 120.0
_COLUMNS = "created_at, email, phone_number, email_key, phone_key, external_id, source"
# A pair of identifiers that came before changes nothing.
_EVERY_PAIR_ONCE = """
    CREATE TABLE turn AS SELECT min(place) AS place FROM said GROUP BY email_key, phone_key
"""
_EVERY_ROW = "CREATE TABLE turn AS SELECT place FROM said"
_ROWS_OF_REPLAYED = """
    CREATE TABLE turn AS
    WITH carried AS (SELECT email_key, phone_key FROM member SEMI JOIN replayed USING (top)
                     JOIN said USING (place))
    SELECT place FROM said
    WHERE email_key IN (SELECT email_key FROM carried WHERE email_key IS NOT NULL)
       OR phone_key IN (SELECT phone_key FROM carried WHERE phone_key IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Request:
    """What to import and how; the defaults suit most.

    ``scratch`` is a folder for what memory does not hold, by default one of the system's;
    ``master`` is the address of a Spark cluster that plans the files; this machine without one.
    """

    patterns: Sequence[str] = ()
    columns: Columns = field(default_factory=Columns)
    format: str | None = None
    memory: str | None = None
    refused: Path | None = None
    dry_run: bool = False
    workers: int = os.cpu_count() or 1
    master: str | None = None
    scratch: Path | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What came of the files, or would.

    ``replayed_persons`` are components in which guards decide; they were imported row by row.
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


Tell = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is; 0 if not known."""


def _quiet(_what: str, _done: int, _total: int) -> None:
    pass


def run(request: Request, *, workspace_id: int = 0, tell: Tell = _quiet) -> Report:
    """Import the files, or find out what that would do.

    Raises Unreadable, ValueError, RulesChanged or TemporarilyUnavailable; what was done by then
    is done, and the same again goes on from there.
    """
    with engine(memory=request.memory, scratch=request.scratch) as duck:
        files = find(request.patterns, folder=duck.folder, format=request.format)
        found = (
            None
            if request.dry_run
            else imports.begin(
                _digest(files, request),
                ", ".join(file.name for file in files),
                workspace_id=workspace_id,
            )
        )
        return _run(duck, request, files, found, workspace_id=workspace_id, tell=tell)


def run_begun(
    found: Import,
    file: File,
    request: Request,
    *,
    workspace_id: int = 0,
    tell: Tell = _quiet,
) -> Report:
    """Import a file whose import is known already, from where it stopped; raises what run does."""
    with engine(memory=request.memory, scratch=request.scratch) as duck:
        return _run(duck, request, [file], found, workspace_id=workspace_id, tell=tell)


def _run(
    duck: Engine,
    request: Request,
    files: Sequence[File],
    found: Import | None,
    *,
    workspace_id: int,
    tell: Tell,
) -> Report:
    rules = imports.rules_in_force(workspace_id=workspace_id)
    tell("reading", 0, 0)
    at = found.created_at if found else datetime.now(UTC)
    try:
        count, refused = _read(duck, request, files, rules, at=at, workspace_id=workspace_id)
    except ValueError as error:
        if found is not None:
            imports.fail(found.id, str(error))
        raise
    job = _Job(duck, rules, workspace_id, tell, count, refused)
    if found is None:
        return job.dry_run()
    start = imports.start(
        found, revision=rules.revision, rows=job.rows, refused=sum(refused.values())
    )
    with rarely_collected():
        report = job.run(found.id, start)
    imports.finish(found.id)
    return report


def _read(
    engine: Engine,
    request: Request,
    files: Sequence[File],
    rules: RulesInForce,
    *,
    at: datetime,
    workspace_id: int,
) -> tuple[int, dict[str, int]]:
    """Read files here or on a cluster; how many rows they have, and how many are refused, why."""
    how = Rules(rules.policy, rules.retired, rules.erased)
    if request.master is None:
        read(engine, files, request.columns, how, at=at, workers=request.workers)
        refused = write_refused(engine, request.refused)
        return engine.number("SELECT count(*) FROM given") + refused.get("malformed", 0), refused
    if guards_in_force(workspace_id=workspace_id).watch:
        raise ValueError("a cluster knows no guards on persons: import with --engine duckdb")
    reduced = reduce_files(
        engine,
        files,
        request.columns,
        how,
        master=request.master,
        at=at,
        refused=request.refused,
    )
    read(engine, [reduced.file], Columns(), how, at=at, workers=request.workers)
    return reduced.rows, reduced.refused


@dataclass(frozen=True, slots=True)
class _Job:
    engine: Engine
    rules: RulesInForce
    workspace_id: int
    tell: Tell
    rows: int
    refused: dict[str, int]

    def run(self, import_id: int, start: int) -> Report:
        if start == 0 and first_load.is_empty(workspace_id=self.workspace_id):
            report = self._load_all(import_id)
            if report is not None:
                return report
        self._take_turns()
        return self._replay(import_id, start, Report(self.rows, self.refused, 0, 0, 0))

    def dry_run(self) -> Report:
        if first_load.is_empty(workspace_id=self.workspace_id):
            self.tell("planning", 0, 0)
            plan.plan(self.engine)
            replayed = routing.route(self.engine, self.rules.policy)
            prepared = load.prepare(self.engine, workspace_id=self.workspace_id)
            self.engine.run(_ROWS_OF_REPLAYED)
            guarded = simulate_rows(self._chunks(0), workspace_id=self.workspace_id)
            return Report(
                self.rows,
                self.refused,
                prepared.contact_count + guarded.contacts,
                prepared.person_count + prepared.link_count + guarded.new_persons,
                prepared.link_count + guarded.merges,
                replayed,
                self._largest(),
                held=guarded.held,
            )
        self._take_turns()
        simulated = simulate_rows(self._chunks(0), workspace_id=self.workspace_id)
        return Report(
            self.rows,
            self.refused,
            simulated.contacts,
            simulated.new_persons,
            simulated.merges,
            held=simulated.held,
        )

    def _load_all(self, import_id: int) -> Report | None:
        self.tell("planning", 0, 0)
        plan.plan(self.engine)
        replayed = routing.route(self.engine, self.rules.policy)
        prepared = load.prepare(
            self.engine,
            workspace_id=self.workspace_id,
            loaded=lambda count: self._tell_loaded(count, prepared.contact_count),
        )
        self.tell("loading", 0, prepared.contact_count)
        if not first_load.first_load(
            prepared,
            revision=self.rules.revision,
            import_id=import_id,
            workspace_id=self.workspace_id,
        ):
            return None
        loaded = Report(
            self.rows,
            self.refused,
            prepared.contact_count,
            prepared.person_count + prepared.link_count,
            prepared.link_count,
            replayed,
            self._largest(),
            import_id,
            is_first=True,
        )
        if not replayed:
            return loaded
        self.engine.run(_ROWS_OF_REPLAYED)
        return self._replay(import_id, 0, loaded)

    def _tell_loaded(self, count: int, total: int) -> None:
        self.tell("loading", count, total)
        if count == total:
            self.tell("indexing", 0, 0)

    def _take_turns(self) -> None:
        """Make ``turn(place)``: the rows that can change anything."""
        guards = guards_in_force(workspace_id=self.workspace_id)
        self.engine.run(_EVERY_ROW if guards.watch else _EVERY_PAIR_ONCE)

    def _replay(self, import_id: int, start: int, so_far: Report) -> Report:
        total = self.engine.number("SELECT count(*) FROM turn")
        done = Imported(so_far.contacts, so_far.new_persons, so_far.merges, so_far.held)
        position = start
        brought_news = False
        with look_ahead() as looking:
            for rows, upcoming in pairwise(chain(ahead(self._chunks(start)), [[]])):
                position += len(rows)
                imported = _patiently(
                    rows,
                    rules=self.rules,
                    progress=Progress(import_id, position),
                    expects_news=brought_news,
                    looking=looking,
                    upcoming=upcoming,
                    workspace_id=self.workspace_id,
                )
                brought_news = imported.contacts + imported.merges > 0
                done += imported
                self.tell("importing", position, total)
        return replace(so_far, **asdict(done), import_id=import_id)

    def _chunks(self, start: int) -> Iterator[list[ImportedRow]]:
        sql = f"""SELECT {_COLUMNS} FROM said SEMI JOIN turn USING (place)
                  ORDER BY place OFFSET {start}"""  # A number.
        for rows in self.engine.stream(sql, size=CHUNK_ROWS):
            yield [ImportedRow._make(row) for row in rows]

    def _largest(self) -> tuple[int, ...]:
        rows = self.engine.rows(
            """SELECT count(*) AS size FROM member ANTI JOIN replayed USING (top)
               GROUP BY top ORDER BY size DESC LIMIT 5"""
        )
        return tuple(size for (size,) in rows)


def _patiently(rows: list[ImportedRow], **how: Any) -> Imported:
    """A service under load may take a while to let the import in; nothing is lost by waiting."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return import_rows(rows, **how)
        except TemporarilyUnavailable as error:
            if time.monotonic() > deadline:
                raise
            time.sleep(error.retry_after_seconds)


def _digest(files: Sequence[File], request: Request) -> str:
    """What tells this import from others: the content, and how it is read."""
    digest = hashlib.sha256(repr((request.columns, [file.format for file in files])).encode())
    for file in files:
        with file.path.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()
