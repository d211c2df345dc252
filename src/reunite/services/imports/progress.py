"""Imports: which files were imported, how far, and under which rules their values are read."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from reunite.core.errors import ImportEnded, ImportNotFound
from reunite.core.identifiers.kinds import Identifier
from reunite.core.imports.files import plain
from reunite.core.imports.states import ImportState
from reunite.core.policy.policy import Policy
from reunite.core.scope import Scope
from reunite.store.database.queries import outside
from reunite.store.tables import imports, policies, retired, tombstones
from reunite.store.tables.imports import Import

MAX_ATTEMPTS = 3
"""The most attempts at an upload without progress."""

_MAX_NOTES = 100
_BEHIND_ALL = 2**63 - 1


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """How values are read now: ``revision`` tells whether it is still so.

    ``are_as_begun`` where what the import has retired itself is left out: its rows are then good
    under guards alone. ``last_retired`` is the id of what was retired last. ``erased`` finds those
    identifiers that were erased; None where they may come back. What was erased after
    ``last_tombstone`` is not known yet.
    """

    policy: Policy
    version: int
    revision: int
    retired: Collection[Identifier]
    erased: Callable[[Collection[Identifier]], Collection[Identifier]] | None
    last_tombstone: int = 0
    last_retired: int = 0
    are_as_begun: bool = False


def rules_in_force(scope: Scope) -> RulesInForce:
    """The rules by which a file is read. Raises ErasureKeyMissing."""
    found = outside.read(policies.in_force(scope))
    refuses = found.policy.erased == "refuse"
    # Read first: an erasure that commits meanwhile is then found by each chunk.
    last = outside.read(tombstones.last(scope))
    last_retired = outside.read(retired.last_id(scope))
    keys = outside.read(tombstones.keys_in_use(scope)) if refuses else []

    def erased(identifiers: Collection[Identifier]) -> Collection[Identifier]:
        return outside.read(tombstones.erased(scope, identifiers, keys=keys))

    gone = outside.read(retired.identifiers(scope))
    return RulesInForce(
        found.policy,
        found.version,
        found.revision,
        gone,
        erased if keys else None,
        last,
        last_retired,
    )


def as_begun(scope: Scope, rules: RulesInForce, found: Import) -> RulesInForce:
    """The rules by which the rows of an import that goes on were read when it began.

    What its own rows have retired since, decides about later rows in their turn, not about rows
    that are done: so as many are refused as without an interruption. ``rules`` are those in force
    now, by which all rows are read if another change came between.
    """
    if not found.position or found.revision != rules.revision:
        return rules
    begun_with = outside.read(retired.identifiers_up_to(scope, found.last_retired))
    return replace(rules, retired=begun_with, last_retired=found.last_retired, are_as_begun=True)


def begin(scope: Scope, digest: str, name: str) -> Import:
    """The import of these files: the one that was interrupted or failed, else a new one.

    An attempt at it has begun.
    """
    found = _unfinished(scope, digest)
    if found is not None:
        id = found.id
    else:
        name = plain(name)[:255]
        id = imports.insert(scope, outside, digest, name, state=ImportState.WAITING)
    begin_attempt(id)
    return show(scope, id)


def interrupted(scope: Scope, digest: str) -> Import | None:
    """The import of these files that has begun to write rows and would go on, if there is one."""
    found = _unfinished(scope, digest)
    return found if found is not None and (found.position or found.contacts) else None


def _unfinished(scope: Scope, digest: str) -> Import | None:
    found = outside.read(imports.find_last(scope, digest))
    goes_on = found is not None and (found.state.is_unfinished or found.state is ImportState.FAILED)
    return found if goes_on else None


def begin_attempt(import_id: int) -> None:
    """Say that an attempt at an import begins; raises ImportEnded if it is done or cancelled."""
    if not outside.read(imports.begin(import_id, at=datetime.now(UTC))):
        raise ImportEnded


def give_back_attempt(import_id: int) -> None:
    """Say that the attempt that was begun does not count: nothing was wrong with the file."""
    outside.run(imports.give_back(import_id))


def put_off(import_id: int, reason: str) -> None:
    """Say why an import waits for those who run the server: the attempt at it does not count."""
    outside.run(
        imports.give_back(import_id),
        imports.note(import_id, plain(reason), at=datetime.now(UTC)),
    )


def fail_attempt(scope: Scope, import_id: int, reason: str) -> int | None:
    """Say why an attempt failed; its number, or None if it was the last and the import failed."""
    number = outside.read(imports.attempts()).get(import_id, MAX_ATTEMPTS)
    if number >= MAX_ATTEMPTS:
        fail(import_id, f"{reason} It was tried {MAX_ATTEMPTS} times.")
        return None
    outside.run(imports.note(import_id, plain(reason), at=datetime.now(UTC)))
    return number


def tell_stage(import_id: int, name: str, percent: int) -> None:
    """Say what is being done, and how much of that is done."""
    outside.run(imports.stage(import_id, name, percent=percent, at=datetime.now(UTC)))


def write_notes(import_id: int, notes: Sequence[str]) -> None:
    """Keep the notes about the files: how each column is read, and which columns are not read."""
    kept = "\n".join(plain(each) for each in notes[:_MAX_NOTES])
    outside.run(imports.notes(import_id, kept))


def tell_counts(
    import_id: int, *, rows: int, refused: Mapping[str, int], left_out: Mapping[str, int]
) -> None:
    """Say how many rows a file has; how many are refused, or taken without a value, by reason."""
    outside.run(imports.count(import_id, rows=rows, refused=refused, left_out=left_out))


def foretell(import_id: int, *, contacts: int, persons: int, merges: int, held: int) -> None:
    """Say what would come of a file."""
    outside.run(
        imports.foretell(import_id, contacts=contacts, persons=persons, merges=merges, held=held)
    )


def start(found: Import, rules: RulesInForce) -> int:
    """Say that rows are imported; the position from which on, 0 if other rules are in force now."""
    start_at = position(found, rules)
    outside.run(
        imports.start(
            found.id,
            revision=rules.revision,
            position=start_at,
            last_retired=rules.last_retired,
            at=datetime.now(UTC),
        )
    )
    return start_at


def position(found: Import, rules: RulesInForce) -> int:
    """Behind which place an import goes on: 0 if other rules are in force than it began under."""
    return found.position if rules.revision == found.revision else 0


def finish(import_id: int) -> None:
    """Say that an import is done; raises ImportEnded if it was cancelled."""
    if not outside.read(imports.end(import_id, state=ImportState.DONE, at=datetime.now(UTC))):
        raise ImportEnded


def fail(import_id: int, reason: str) -> None:
    """Say that an import failed, and why; nothing if it has ended already."""
    outside.read(
        imports.end(import_id, state=ImportState.FAILED, reason=plain(reason), at=datetime.now(UTC))
    )


def list_imports(scope: Scope, *, after: int, limit: int) -> Sequence[Import]:
    """Up to ``limit`` imports, by id, from the one after the id ``after`` on."""
    return outside.read(imports.listed(scope, after=after, limit=limit))


def list_latest_imports(scope: Scope, *, before: int = 0, limit: int) -> Sequence[Import]:
    """Up to ``limit`` imports, the latest first, from the one before ``before`` on, if given."""
    return outside.read(imports.latest(scope, before=before or _BEHIND_ALL, limit=limit))


def show(scope: Scope, import_id: int) -> Import:
    """How far an import is; raises ImportNotFound."""
    found = outside.read(imports.read(scope, import_id))
    if found is None:
        raise ImportNotFound
    return found
