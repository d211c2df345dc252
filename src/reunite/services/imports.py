"""Imports: which files were imported, how far, and under which rules their values are read."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from reunite.core.errors import ImportNotFound
from reunite.core.identifiers import Identifier
from reunite.core.policy import Policy
from reunite.store import imports, policies, retired, tombstones
from reunite.store.imports import Import
from reunite.store.workspaces import DEFAULT_WORKSPACE_ID


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """How values are read now: ``revision`` tells whether it is still so.

    ``erased`` finds those identifiers that were erased; None where they may come back.
    """

    policy: Policy
    version: int
    revision: int
    retired: Collection[Identifier]
    erased: Callable[[Collection[Identifier]], Collection[Identifier]] | None


def rules_in_force(*, workspace_id: int = DEFAULT_WORKSPACE_ID) -> RulesInForce:
    """The rules by which a file is read. Raises ErasureKeyMissing."""
    found = policies.in_force(workspace_id=workspace_id)
    refuses = found.policy.erased == "refuse"
    keys = tombstones.keys_in_use(workspace_id=workspace_id) if refuses else []

    def erased(identifiers: Collection[Identifier]) -> Collection[Identifier]:
        return tombstones.erased(identifiers, keys=keys, workspace_id=workspace_id)

    return RulesInForce(
        found.policy,
        found.version,
        found.revision,
        retired.identifiers(workspace_id=workspace_id),
        erased if keys else None,
    )


def begin(digest: str, name: str, *, workspace_id: int = DEFAULT_WORKSPACE_ID) -> Import:
    """The import of these files: the one that was interrupted, if one was, else a new one."""
    found = imports.find_unfinished(digest, workspace_id=workspace_id)
    if found is not None:
        return found
    now = datetime.now(UTC)
    id = imports.insert(digest, name[:255], state="running", at=now, workspace_id=workspace_id)
    return show(id, workspace_id=workspace_id)


def start(found: Import, *, revision: int, rows: int, refused: int) -> int:
    """Say what there is to do; the position from which on, 0 if other rules are in force by now."""
    position = found.position if revision == found.revision else 0
    imports.start(
        found.id,
        revision=revision,
        position=position,
        rows=rows,
        refused=refused,
        at=datetime.now(UTC),
    )
    return position


def finish(import_id: int) -> None:
    """Say that an import is done."""
    imports.run(imports.end(import_id, state="done", at=datetime.now(UTC)))


def fail(import_id: int, reason: str) -> None:
    """Say that an import failed, and why."""
    imports.run(imports.end(import_id, state="failed", reason=reason, at=datetime.now(UTC)))


def list_imports(
    *, after: int, limit: int, workspace_id: int = DEFAULT_WORKSPACE_ID
) -> Sequence[Import]:
    """Up to ``limit`` imports, by id, from the one after the id ``after`` on."""
    return imports.listed(after=after, limit=limit, workspace_id=workspace_id)


def show(import_id: int, *, workspace_id: int = DEFAULT_WORKSPACE_ID) -> Import:
    """How far an import is; raises ImportNotFound."""
    found = imports.read(import_id, workspace_id=workspace_id)
    if found is None:
        raise ImportNotFound
    return found
