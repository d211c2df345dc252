"""Import files: read what they say, and let a job make persons of it."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from reunite.bulk.cluster import reduce_files
from reunite.bulk.engine import Engine, engine
from reunite.bulk.files import File, find
from reunite.bulk.job import Job, Report, Tell
from reunite.bulk.max_refused import MaxRefused
from reunite.bulk.meanwhile import told_meanwhile
from reunite.bulk.read import Rules, Say, read, row_count
from reunite.bulk.refused import left_out_counts, require_replaceable, write_refused
from reunite.bulk.stopped import COMMAND, Means, Stopped, explained
from reunite.core.imports.files import Columns, Form, Unreadable
from reunite.core.policy.policy import Policy
from reunite.core.scope import Scope
from reunite.outputs import require_usable
from reunite.processes import rarely_collected
from reunite.services.health import database_files
from reunite.services.imports import progress
from reunite.services.imports.import_rows import guards_in_force
from reunite.services.imports.progress import RulesInForce
from reunite.store.tables.imports import Import


@dataclass(frozen=True, slots=True)
class Request:
    """What to import and how; the defaults suit most.

    ``scratch`` is a folder for what memory does not hold, by default one of the system's;
    ``master`` is the address of a Spark cluster that plans the files; this machine without one.
    ``means`` is what gives it memory and room, for messages.
    """

    patterns: Sequence[str] = ()
    columns: Columns = field(default_factory=Columns)
    format: str | None = None
    form: Form = field(default_factory=Form)
    memory: str | None = None
    refused: Path | None = None
    refused_mode: int = 0o666
    max_refused: MaxRefused = field(default_factory=MaxRefused)
    dry_run: bool = False
    workers: int = os.cpu_count() or 1
    threads: int | None = None
    master: str | None = None
    scratch: Path | None = None
    outputs: Mapping[str, Path] = field(default_factory=dict)
    means: Means = COMMAND


_FEW_DIGITS = (
    "phone numbers of one or two digits count, so they may join strangers: to have them left out, "
    "set a policy with fillers, such as protect"
)


def _quiet(_what: str, _done: int, _total: int) -> None:
    pass


def _say_nothing(_words: str) -> None:
    pass


def run(scope: Scope, request: Request, *, tell: Tell = _quiet, say: Say = _say_nothing) -> Report:
    """Import the files, or find out what that would do.

    ``say`` is told, before rows are read, which column is read as what; it is kept with the import.
    ``outputs`` of the request are those that other code will write when this has ended. Raises
    Unreadable, Unusable, Stopped, RulesChanged, ImportEnded or TemporarilyUnavailable; what was
    done by then is done, and the same again goes on from there.
    """
    with explained(request.means), _engine(request) as duck:
        files = find(request.patterns, folder=duck.folder, format=request.format)
        outputs = {**request.outputs, "--refused": request.refused}
        require_usable(outputs, kept=[*(file.path for file in files), *database_files()])
        require_replaceable(request.refused)
        digest = _digest(files, request)
        if request.dry_run:
            found = progress.interrupted(scope, digest)
            return _run(scope, duck, request, files, found, tell=tell, say=say)
        found = progress.begin(scope, digest, ", ".join(file.name for file in files))
        try:
            with explained(request.means):
                return _run(scope, duck, request, files, found, tell=tell, say=say)
        except (Unreadable, Stopped) as error:
            progress.fail(found.id, str(error))
            raise


def run_begun(
    scope: Scope, found: Import, file: File, request: Request, *, tell: Tell = _quiet
) -> Report:
    """Import a file whose import is known already, from where it stopped; raises what run does."""
    with explained(request.means), _engine(request) as duck:
        return _run(scope, duck, request, [file], found, tell=tell)


def run_dry(
    scope: Scope, found: Import, file: File, request: Request, *, tell: Tell = _quiet
) -> Report:
    """Find out what would come of an upload, and say it of its import; raises what run does."""
    notes: list[str] = []

    def note(words: str) -> None:
        notes.append(words)
        progress.write_notes(found.id, notes)

    with explained(request.means), _engine(request) as duck:
        report = _run(scope, duck, request, [file], None, tell=tell, say=note)
    progress.tell_counts(
        found.id, rows=report.rows, refused=report.refused, left_out=report.left_out
    )
    progress.foretell(
        found.id,
        contacts=report.contacts,
        persons=report.new_persons,
        merges=report.merges,
        held=report.held,
    )
    progress.finish(found.id)
    return report


def _engine(request: Request) -> AbstractContextManager[Engine]:
    return engine(memory=request.memory, threads=request.threads, scratch=request.scratch)


def _run(
    scope: Scope,
    duck: Engine,
    request: Request,
    files: Sequence[File],
    found: Import | None,
    *,
    tell: Tell,
    say: Say = _say_nothing,
) -> Report:
    rules = progress.rules_in_force(scope)
    if found is not None and guards_in_force(scope).watch:
        rules = progress.as_begun(scope, rules, found)
    tell("reading", 0, 0)
    at = found.created_at if found else datetime.now(UTC)
    notes: list[str] = []

    def note(words: str) -> None:
        words = request.means.worded(words)
        notes.append(words)
        say(words)
        if found is not None and not request.dry_run:
            progress.write_notes(found.id, notes)

    with told_meanwhile("reading", duck, tell):
        rows, refused, left_out = _read(scope, duck, request, files, rules, at=at, say=note)
    if found is not None and not request.dry_run:
        progress.tell_counts(found.id, rows=rows, refused=refused, left_out=left_out)
    request.max_refused.require(refused, rows)
    job = Job(scope, duck, rules, tell, rows, refused)
    if found is None:
        return replace(job.dry_run(0), left_out=left_out)
    if request.dry_run:
        note(_going_on(found))
        foretold = job.dry_run(progress.position(found, rules))
        return replace(
            foretold,
            is_first=_was_loaded(found),
            contacts=foretold.contacts + found.contacts,
            new_persons=foretold.new_persons + found.persons,
            merges=foretold.merges + found.merges,
            held=foretold.held + found.held,
            left_out=left_out,
        )
    start = progress.start(found, rules)
    with rarely_collected():
        report = job.run(found.id, start)
    progress.finish(found.id)
    # What earlier runs of the same import did is done, too.
    all_told = progress.show(scope, found.id)
    return replace(
        report,
        is_first=report.is_first or _was_loaded(found),
        contacts=all_told.contacts,
        new_persons=all_told.persons,
        merges=all_told.merges,
        held=all_told.held,
        left_out=left_out,
    )


def _was_loaded(found: Import) -> bool:
    """Whether an import that goes on has loaded its rows as one set, and imported none by one."""
    return bool(found.contacts) and not found.position


def _going_on(found: Import) -> str:
    return (
        f"an interrupted import of the same goes on: it has made {found.contacts:,} contacts and "
        f"{found.merges:,} merges, which the counts contain"
    )


def _read(
    scope: Scope,
    engine: Engine,
    request: Request,
    files: Sequence[File],
    rules: RulesInForce,
    *,
    at: datetime,
    say: Say,
) -> tuple[int, dict[str, int], dict[str, int]]:
    """Read files here or on a cluster; how many rows they have.

    And how many of them are refused, and how many are taken without a value, by reason.
    """
    how = Rules(rules.policy, rules.retired, rules.erased)
    if request.master is None:
        read(
            engine,
            files,
            request.columns,
            how,
            at=at,
            workers=request.workers,
            form=request.form,
            say=say,
        )
        _note_few_digits(engine, rules.policy, say)
        refused = write_refused(engine, request.refused, mode=request.refused_mode)
        return row_count(engine), refused, left_out_counts(engine)
    request.columns.for_kinds(rules.policy.declared)
    if rules.policy.kinds:
        raise Stopped("a cluster knows no declared kinds: import with --engine duckdb")
    if guards_in_force(scope).watch:
        raise Stopped("a cluster knows no guards on persons: import with --engine duckdb")
    reduced = reduce_files(
        engine,
        files,
        request.columns,
        how,
        master=request.master,
        at=at,
        refused=request.refused,
        form=request.form,
        say=say,
    )
    read(engine, [reduced.file], Columns(), how, at=at, workers=request.workers)
    _note_few_digits(engine, rules.policy, say)
    return reduced.rows, reduced.refused, reduced.left_out


def _note_few_digits(engine: Engine, policy: Policy, say: Say) -> None:
    """Say that there are phone numbers of one or two digits, if the policy lets them count."""
    if policy.fillers.known:
        return
    are_few = "strlen(phone_number) <= 2 AND regexp_full_match(phone_number, '[0-9]+')"
    if engine.number(f"SELECT exists(FROM given WHERE {are_few})"):
        say(_FEW_DIGITS)


def _digest(files: Sequence[File], request: Request) -> str:
    """What tells this import from others: the content, how it is read, and what numbers its rows.

    A cluster hands over the rows that change anything: their places are others than in the files.
    """
    how = (request.columns, request.form, [file.format for file in files])
    by_cluster = ("cluster",) if request.master else ()
    digest = hashlib.sha256(repr((*how, *by_cluster, *request.columns.identifiers)).encode())
    for file in files:
        with file.path.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()
