"""Import files: read what they say, and let a job make persons of it."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from reunite.bulk.cluster import reduce_files
from reunite.bulk.engine import Engine, engine
from reunite.bulk.files import File, find
from reunite.bulk.job import Job, Report, Tell
from reunite.bulk.read import Rules, read
from reunite.bulk.refused import write_refused
from reunite.core.files import Columns
from reunite.processes import rarely_collected
from reunite.services import imports
from reunite.services.import_rows import guards_in_force
from reunite.services.imports import RulesInForce
from reunite.store.imports import Import


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
    job = Job(duck, rules, workspace_id, tell, count, refused)
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


def _digest(files: Sequence[File], request: Request) -> str:
    """What tells this import from others: the content, and how it is read."""
    digest = hashlib.sha256(repr((request.columns, [file.format for file in files])).encode())
    for file in files:
        with file.path.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()
