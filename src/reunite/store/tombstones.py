"""The tombstone table: keyed hashes of what was erased."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from reunite.conf import reunite_settings
from reunite.core.erasure import digest
from reunite.core.identifiers import Identifier
from reunite.store.dialects import Statement, dialect
from reunite.store.transactions import Transaction

_READ_KEY = "SELECT erasure_key FROM workspace WHERE id = %s"
_WRITE_KEY = "UPDATE workspace SET erasure_key = %s WHERE id = %s"
_INSERT = """
    INSERT INTO tombstone (workspace_id, kind, digest, created_at)
    SELECT %s, r.kind, r.digest, r.at FROM {rows} WHERE true
    ON CONFLICT (workspace_id, kind, digest) DO NOTHING
"""
_FIND = """
    SELECT t.digest FROM {digests} CROSS JOIN tombstone t
    WHERE t.workspace_id = %s AND t.kind = d.kind AND t.digest = d.digest
"""


def erasure_key(*, workspace_id: int) -> str | None:
    """The key of the hashes: that of the settings, or the workspace's own; None if it has none."""
    if set_key := reunite_settings().ERASURE_KEY:
        return set_key
    ((key,),) = dialect().run([Statement(_READ_KEY, [workspace_id])])[0]
    return key or None


def erased(identifiers: Iterable[Identifier], *, workspace_id: int) -> set[Identifier]:
    """Those of the identifiers that were erased."""
    key = erasure_key(workspace_id=workspace_id)
    if key is None:
        return set()
    by_digest = {(each.kind.value, digest(each, key=key)): each for each in identifiers}
    table = dialect().table("d", {"kind": "text", "digest": "text"}, sorted(by_digest))
    sql = _FIND.format(digests=table.sql)
    (rows,) = dialect().run([Statement(sql, [*table.params, workspace_id], prepared=False)])
    found = {row[0] for row in rows}
    return {each for (_, hashed), each in by_digest.items() if hashed in found}


def make_key(transaction: Transaction, *, workspace_id: int) -> str:
    """The key of the hashes, made if there is none."""
    if (key := erasure_key(workspace_id=workspace_id)) is not None:
        return key
    key = secrets.token_hex(32)
    transaction.run(Statement(_WRITE_KEY, [key, workspace_id]))
    return key


def insert(
    identifiers: Iterable[Identifier], *, key: str, workspace_id: int, at: datetime
) -> list[Statement]:
    """Remember that identifiers were erased, by their hashes."""
    rows = sorted((each.kind.value, digest(each, key=key), at) for each in identifiers)
    columns = {"kind": "text", "digest": "text", "at": "timestamptz"}
    return dialect().with_rows(_INSERT, columns, rows, [workspace_id])
