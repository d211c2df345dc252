"""Contacts whose keys may change: read in the order of their ids, and the keys to come, staged.

What is staged is what a policy alone makes of the values as given, since what is retired or
withheld may change until it is applied.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reunite.core.identifiers import Identifier, Kind
from reunite.core.keys import Keys
from reunite.core.rekeying import KeyedContact
from reunite.store import retired
from reunite.store.dialects import Statement, dialect
from reunite.store.prepared import Row
from reunite.store.transactions import Transaction

CHUNK_LENGTH = 5_000

_WITHHELD = ", ".join(
    f"EXISTS (SELECT 1 FROM withheld WHERE contact_id = c.id AND kind = '{kind}')" for kind in Kind
)
_COLUMNS = f"c.id, c.email, c.phone_number, c.email_key, c.phone_key, {_WITHHELD}"

_CHUNK = f"""
    SELECT {_COLUMNS} FROM contact c
    WHERE c.id > %s AND c.id <= %s AND c.workspace_id = %s AND c.deleted_at IS NULL
    ORDER BY c.id LIMIT %s
"""
_CARRIERS = f"""
    SELECT {_COLUMNS} FROM {{keys}} CROSS JOIN contact c
    WHERE c.workspace_id = %s AND c.{{kind}}_key = i.key AND c.deleted_at IS NULL
"""
_STAGED = f"""
    SELECT {_COLUMNS}, r.email_key, r.phone_key
    FROM rekeyed r JOIN contact c ON c.id = r.contact_id
    WHERE r.contact_id > %s AND c.workspace_id = %s AND c.deleted_at IS NULL
    ORDER BY r.contact_id LIMIT %s
"""
_STAGE = """
    INSERT INTO rekeyed (contact_id, email_key, phone_key)
    SELECT contact_id, email_key, phone_key FROM {rows} WHERE true
    ON CONFLICT (contact_id)
    DO UPDATE SET email_key = excluded.email_key, phone_key = excluded.phone_key
"""
_KEY_TYPES = {"contact_id": "bigint", "email_key": "text", "phone_key": "text"}
_CLEAR = """
    DELETE FROM rekeyed WHERE (SELECT workspace_id FROM contact WHERE id = contact_id) = %s
"""
_LATEST_ID = "SELECT coalesce(max(id), 0) FROM contact"
_COUNT = """
    SELECT count(*) FROM (
        SELECT 1 FROM contact WHERE workspace_id = %s AND deleted_at IS NULL LIMIT %s) AS counted
"""
_UNUSED = """
    SELECT DISTINCT {column} FROM contact
    WHERE workspace_id = %s AND {column} IS NOT NULL AND {kind}_key IS NULL AND deleted_at IS NULL
"""
_VALUE_COLUMNS: Mapping[Kind, str] = {Kind.EMAIL: "email", Kind.PHONE: "phone_number"}

_RENAME = """
    INSERT INTO retired (workspace_id, kind, key, origin, reason, created_at, created_by)
    SELECT t.workspace_id, t.kind, r.new_key, t.origin, t.reason, t.created_at, t.created_by
    FROM (SELECT * FROM retired WHERE workspace_id = %s) AS t
    JOIN {rows} ON t.kind = r.kind AND t.key = r.old_key WHERE true
    ON CONFLICT (workspace_id, kind, key) DO NOTHING
"""
_FORGET = "DELETE FROM retired WHERE workspace_id = %s AND kind = %s AND key = %s"


class Reading(Transaction):
    """The statements of a snapshot, for what else reads in a transaction; it writes nothing."""

    def __init__(self) -> None:
        super().__init__(dialect(), wait_seconds=0)
        self._opening = []


@dataclass(frozen=True, slots=True)
class Staged:
    """A contact, and the keys that the policy to come alone gives it."""

    contact: KeyedContact
    keys: Keys


def chunks(
    transaction: Transaction,
    *,
    after: int,
    up_to: int,
    workspace_id: int,
) -> Iterator[list[KeyedContact]]:
    """Live contacts by id, from the one after ``after``, so many at a time."""
    while chunk := read_chunk(transaction, after=after, up_to=up_to, workspace_id=workspace_id):
        yield chunk
        after = chunk[-1].id


def read_chunk(
    transaction: Transaction,
    *,
    after: int,
    up_to: int,
    workspace_id: int,
) -> list[KeyedContact]:
    """The next live contacts by id; none at the end."""
    (rows,) = transaction.run(Statement(_CHUNK, [after, up_to, workspace_id, CHUNK_LENGTH]))
    return [_contact_from(row) for row in rows]


def latest_contact_id(transaction: Transaction) -> int:
    """The greatest id of a contact, 0 if there is none."""
    ((row,),) = transaction.run(Statement(_LATEST_ID))
    return int(row[0])


def has_more_contacts_than(limit: int, transaction: Transaction, *, workspace_id: int) -> bool:
    """Whether a workspace has more live contacts than ``limit``."""
    ((row,),) = transaction.run(Statement(_COUNT, [workspace_id, limit + 1]))
    return int(row[0]) > limit


def carriers(
    transaction: Transaction, identifiers: Iterable[Identifier], *, workspace_id: int
) -> list[KeyedContact]:
    """The live contacts that carry the identifiers; one that carries two is there twice."""
    statements = []
    for kind, keys in _by_kind(identifiers).items():
        table = dialect().table("i", {"key": "text"}, [[key] for key in keys])
        sql = _CARRIERS.format(keys=table.sql, kind=kind)
        statements.append(Statement(sql, [*table.params, workspace_id], prepared=False))
    found = transaction.run(*statements) if statements else []
    return [_contact_from(row) for rows in found for row in rows]


def stage(keys: Mapping[int, Keys]) -> list[Statement]:
    """Remember keys to come, by the contacts' ids."""
    rows = [(id, each.email_key, each.phone_key) for id, each in keys.items()]
    return dialect().with_rows(_STAGE, _KEY_TYPES, rows)


def staged(transaction: Transaction, *, workspace_id: int) -> Iterator[Staged]:
    """What is staged for contacts that live, by their ids."""
    after = 0
    while True:
        (rows,) = transaction.run(Statement(_STAGED, [after, workspace_id, CHUNK_LENGTH]))
        for row in rows:
            yield Staged(_contact_from(row[:7]), Keys(*row[7:]))
        if len(rows) < CHUNK_LENGTH:
            return
        after = rows[-1][0]


def clear(*, workspace_id: int) -> Statement:
    """Forget what is staged."""
    return Statement(_CLEAR, [workspace_id])


def unused_values(transaction: Transaction, *, workspace_id: int) -> dict[Kind, list[str]]:
    """The values as given that do not count in their contacts, for whatever reason."""
    statements = [
        Statement(_UNUSED.format(kind=kind, column=_VALUE_COLUMNS[kind]), [workspace_id])
        for kind in Kind
    ]
    found = transaction.run(*statements)
    return {kind: [value for (value,) in rows] for kind, rows in zip(Kind, found, strict=True)}


def retired_identifiers(transaction: Transaction, *, workspace_id: int) -> set[Identifier]:
    """Everything that is retired."""
    (rows,) = transaction.run(retired.select_identifiers(workspace_id=workspace_id))
    return retired.identifiers_from(rows)


def rename_retired(
    names: Mapping[Identifier, Iterable[Identifier]], *, workspace_id: int
) -> list[Statement]:
    """Give retired identifiers the names that they have under other rules."""
    changed = {old: set(new) for old, new in names.items() if set(new) != {old}}
    rows = [
        (old.kind.value, old.key, each.key)
        for old, new in changed.items()
        for each in sorted(new - {old})
    ]
    kept = {each for new in names.values() for each in new}
    columns = {"kind": "text", "old_key": "text", "new_key": "text"}
    return [
        *dialect().with_rows(_RENAME, columns, rows, [workspace_id]),
        *(
            Statement(_FORGET, [workspace_id, old.kind.value, old.key])
            for old in changed
            if old not in kept
        ),
    ]


def _by_kind(identifiers: Iterable[Identifier]) -> dict[Kind, list[str]]:
    found: dict[Kind, list[str]] = {}
    for each in sorted(set(identifiers)):
        found.setdefault(each.kind, []).append(each.key)
    return found


def _contact_from(row: Row) -> KeyedContact:
    id, email, phone_number, email_key, phone_key, *withheld = row
    kinds = frozenset(kind for kind, is_withheld in zip(Kind, withheld, strict=True) if is_withheld)
    return KeyedContact(id, email, phone_number, Keys(email_key, phone_key), kinds)
