"""Tables of PostgreSQL that a load has for itself while they are empty."""

import time

import psycopg

from reunite.conf import reunite_settings

_TRY = "SET LOCAL lock_timeout = '200ms'"
_PAUSE_SECONDS = 0.3

# To drop a foreign key keeps others from both of its tables.
_BESIDE = """
    SELECT string_agg(DISTINCT beside::regclass::text, ', ')
    FROM pg_constraint, LATERAL (VALUES (conrelid), (confrelid)) AS ends(beside)
    WHERE contype = 'f' AND ARRAY[conrelid, confrelid] && %s::regclass[]::oid[]
"""


def is_locked_empty(cursor: psycopg.Cursor, table: str, *others: str, then: str = "") -> bool:
    """Whether a table is empty, and this transaction alone can change that until it ends.

    All locks that a load of the table, and of the ``others``, needs are then held, and the
    statement ``then`` was run. Raises psycopg's LockNotAvailable if another connection holds one
    of them for longer than LOCK_TIMEOUT_SECONDS.
    """
    if not _is_empty(cursor, table):
        return False
    ((beside,),) = cursor.execute(_BESIDE, [[table, *others]]).fetchall()
    _lock_patiently(cursor, f"LOCK TABLE {beside} IN ACCESS EXCLUSIVE MODE; {then}")
    # A row may have come before the lock did; only a statement after that sees it.
    return _is_empty(cursor, table)


def _lock_patiently(cursor: psycopg.Cursor, locking: str) -> None:
    """Run statements that lock, all at once, in tries that are short.

    A reader of a table queues behind a connection that waits to have the table alone. A failed try
    leaves no lock, and all readers that queue come in.
    """
    timeout_seconds = reunite_settings().LOCK_TIMEOUT_SECONDS
    deadline = time.monotonic() + timeout_seconds
    cursor.execute("SAVEPOINT unlocked")
    while True:
        try:
            cursor.execute(f"{_TRY}; {locking}")
            break
        except psycopg.errors.LockNotAvailable:
            if time.monotonic() > deadline:
                raise
        cursor.execute("ROLLBACK TO SAVEPOINT unlocked")
        time.sleep(_PAUSE_SECONDS)
    cursor.execute(f"SET LOCAL lock_timeout = {max(timeout_seconds * 1000, 1):.0f}")


def _is_empty(cursor: psycopg.Cursor, table: str) -> bool:
    cursor.execute(f"SELECT NOT EXISTS (SELECT 1 FROM {table})")
    ((is_empty,),) = cursor.fetchall()
    return bool(is_empty)
