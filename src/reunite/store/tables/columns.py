"""The columns of the contact table that hold values, one of each kind in the order of ``Kind``."""

from collections.abc import Sequence
from typing import Any

from reunite.core.identifiers.kinds import KINDS, ORDER, Kind, Value

GIVEN = tuple(KINDS[kind].column for kind in Kind)
"""The values as given."""
KEYS = tuple(KINDS[kind].key_column for kind in Kind)
"""The canonical values; NULL where the value is not given or does not count."""
VALUES = ", ".join((*GIVEN, *KEYS))
"""Both, to insert a contact."""
GIVEN_TYPES = dict.fromkeys(GIVEN, "text")
KEY_TYPES = dict.fromkeys(KEYS, "text")
SET_KEYS = ", ".join(f"{column} = r.{column}" for column in KEYS)
"""What an UPDATE sets where rows ``r`` hold new keys."""
UPDATED = "updated_at = {latest}(r.at, contact.created_at)"
"""What an UPDATE sets where rows ``r`` hold the time ``at``: a contact may be of a time to come."""
NO_VALUE = " AND ".join(f"c.{column} IS NULL" for column in GIVEN)
"""Whether the contact ``c`` holds no value: it was erased."""


def of(table: str, columns: Sequence[str]) -> str:
    """The columns of a table, to stand after SELECT."""
    return ", ".join(f"{table}.{column}" for column in columns)


def values_from(row: Sequence[Any], start: int = 0) -> tuple[Value, ...]:
    """The values from the columns of a row from ``start`` on: first all as given, then all keys."""
    values = []
    for place, kind in enumerate(ORDER, start):
        given = row[place]
        if given is not None:
            values.append(Value(kind, given, row[place + len(ORDER)]))
    return tuple(values)
