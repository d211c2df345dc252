"""The tombstone table: keyed hashes of what was erased."""

from collections.abc import Iterable
from datetime import datetime

from reunite.core.errors import ErasureKeyMissing
from reunite.core.identifiers.kinds import Identifier
from reunite.core.repair.erasure import ErasureKey
from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement, dialect
from reunite.store.database.queries import Query, query
from reunite.store.tables import erasure_keys

# Tombstones without the id of a key were made when the key could still stand in the workspace.
_KEYS_USED = """
    SELECT DISTINCT t.key_id, w.erasure_key
    FROM tombstone t JOIN workspace w ON w.id = t.workspace_id WHERE t.workspace_id = %s
"""
_LAST = "SELECT coalesce(max(id), 0) FROM tombstone WHERE workspace_id = %s"
_INSERT = """
    INSERT INTO tombstone (workspace_id, kind, digest, key_id, created_at)
    SELECT %s, r.kind, r.digest, r.key_id, r.at FROM {rows} WHERE true
    ON CONFLICT (workspace_id, kind, digest) DO NOTHING
"""
_FIND = """
    SELECT t.digest FROM {digests} CROSS JOIN tombstone t
    WHERE t.workspace_id = %s AND t.kind = d.kind AND t.digest = d.digest
"""


def keys_in_use(scope: Scope) -> Query[list[ErasureKey]]:
    """The keys of the tombstones that a workspace has; none where nothing was erased.

    Raises ErasureKeyMissing if the settings lack one of them: then erased values could not be
    recognised.
    """
    return query(Statement(_KEYS_USED, [scope.workspace_id]), _keys_from)


def erased(
    scope: Scope, identifiers: Iterable[Identifier], *, keys: Iterable[ErasureKey]
) -> Query[set[Identifier]]:
    """Those of the identifiers that were erased, by the ``keys_in_use``."""
    all_keys = list(keys)
    by_digest = {
        (str(each.kind), key.digest(each)): each for each in identifiers for key in all_keys
    }
    if not by_digest:
        return Query((), lambda _: set())
    table = dialect().table("d", {"kind": "text", "digest": "text"}, sorted(by_digest))
    statement = Statement(
        _FIND.format(digests=table.sql), [*table.params, scope.workspace_id], prepared=False
    )

    def erased_from(rows: list[Row]) -> set[Identifier]:
        found = {digest for (digest,) in rows}
        return {each for (_, digest), each in by_digest.items() if digest in found}

    return query(statement, erased_from)


def last(scope: Scope) -> Query[int]:
    """The id of the last tombstone, 0 if there is none."""
    return query(Statement(_LAST, [scope.workspace_id]), lambda rows: int(rows[0][0]))


def insert(
    scope: Scope, identifiers: Iterable[Identifier], *, key: ErasureKey, at: datetime
) -> list[Statement]:
    """Remember that identifiers were erased, by their hashes."""
    rows = sorted((str(each.kind), key.digest(each), key.id, at) for each in identifiers)
    columns = {"kind": "text", "digest": "text", "key_id": "text", "at": "timestamptz"}
    return dialect().with_rows(_INSERT, columns, rows, [scope.workspace_id])


def _keys_from(rows: list[Row]) -> list[ErasureKey]:
    known = erasure_keys.known_keys()
    by_id = {key.id: key for key in known}
    found: dict[str, ErasureKey] = {}
    for id, stored in rows:
        if id:
            if id not in by_id:
                raise ErasureKeyMissing
            found[id] = by_id[id]
        else:
            keys = [*known, *([ErasureKey(stored)] if stored else [])]
            found |= {key.id: key for key in keys}
    return list(found.values())
