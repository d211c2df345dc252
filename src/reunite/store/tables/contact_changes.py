"""Changes of contacts that exist: deleted, undeleted, given other keys, moved to another person."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from reunite.core.identifiers.kinds import Value
from reunite.core.persons.person import Contact
from reunite.store.database.dialects import Statement, dialect
from reunite.store.tables import identifiers
from reunite.store.tables.columns import KEYED_TYPES, SET_KEYS, UPDATED, keyed_columns

_DELETE = f"""
    UPDATE contact SET deleted_at = r.at, {UPDATED}, linked_id = NULL,
                       link_precedence = 'primary'
    FROM {{rows}} WHERE contact.id = r.contact_id
"""

_UNDELETE = f"""
    UPDATE contact SET deleted_at = NULL, {UPDATED}, {SET_KEYS}
    FROM {{rows}} WHERE contact.id = r.contact_id
"""

_REKEY = f"""
    UPDATE contact SET {SET_KEYS}, {UPDATED}
    FROM {{rows}} WHERE contact.id = r.contact_id
"""
_REKEYED_TYPES = {"contact_id": "bigint", **KEYED_TYPES, "at": "timestamptz"}

_RELINK = f"""
    UPDATE contact
    SET linked_id = r.to_id, {UPDATED},
        link_precedence = CASE WHEN r.to_id IS NULL THEN 'primary' ELSE 'secondary' END
    FROM {{rows}} WHERE contact.id = r.contact_id
"""
_RELINKED_TYPES = {"contact_id": "bigint", "to_id": "bigint", "at": "timestamptz"}


def delete(contact_ids: Iterable[int], *, at: datetime) -> list[Statement]:
    """Mark contacts as deleted; they stand alone from now on."""
    rows = [(each, at) for each in sorted(contact_ids)]
    return dialect().with_rows(_DELETE, {"contact_id": "bigint", "at": "timestamptz"}, rows)


def undelete(contacts: Collection[Contact], *, at: datetime) -> list[Statement]:
    """Bring deleted contacts back with their current keys; each stands alone at first."""
    rows = [(each.id, *keyed_columns(each.values), at) for each in contacts]
    return [
        *dialect().with_rows(_UNDELETE, _REKEYED_TYPES, rows),
        *identifiers.replace((each.id, each.values) for each in contacts),
    ]


def rekey(values: Mapping[int, tuple[Value, ...]], *, at: datetime) -> list[Statement]:
    """Give the values of contacts, by the contacts' ids, the keys that they have now."""
    rows = [(id, *keyed_columns(new), at) for id, new in values.items()]
    return [
        *dialect().with_rows(_REKEY, _REKEYED_TYPES, rows),
        *identifiers.replace(values.items()),
    ]


def relink(rows: Sequence[tuple[int, int | None, datetime]]) -> list[Statement]:
    """Move contacts: rows of a contact, its primary or None where it is one, and the time."""
    return dialect().with_rows(_RELINK, _RELINKED_TYPES, rows)
