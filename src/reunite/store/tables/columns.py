"""The columns of the contact table that hold values: how they are written and read.

Email and phone have columns of their own, in the order of ``Kind``. The values of declared kinds
stand together in one column, as JSON: so a contact is read and written as one row with any kinds
that its workspace declares. The table ``identifier`` has them one by one, to look them up.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from reunite.core.identifiers.kinds import KINDS, ORDER, Kind, Value, given_columns, key_columns

GIVEN = tuple(KINDS[kind].column for kind in Kind)
"""The values as given."""
KEYS = tuple(KINDS[kind].key_column for kind in Kind)
"""The canonical values; NULL where the value is not given or does not count."""
OTHERS = "others"
"""The values of declared kinds, as given and canonical; NULL where there are none."""
COLUMNS = (*GIVEN, *KEYS, OTHERS)
"""All of them, as ``columns_of`` writes them and ``values_from`` reads them."""
VALUES = ", ".join(COLUMNS)
VALUE_TYPES = dict.fromkeys(COLUMNS, "text")
KEYED = (*KEYS, OTHERS)
"""Those that change with the keys of the values, as ``keyed_columns`` writes them."""
KEYED_TYPES = dict.fromkeys(KEYED, "text")
SET_KEYS = ", ".join(f"{column} = r.{column}" for column in KEYED)
"""The SET clause of an UPDATE, if rows ``r`` hold new keys."""
UPDATED = "updated_at = {latest}(r.at, contact.created_at)"
"""The SET clause of an UPDATE, if rows ``r`` hold the time ``at``: never before ``created_at``."""
NO_VALUE = " AND ".join(f"c.{column} IS NULL" for column in (*GIVEN, OTHERS))
"""Whether the contact ``c`` holds no value: it was erased."""


def of(table: str, columns: Sequence[str]) -> str:
    """The columns of a table, to stand after SELECT."""
    return ", ".join(f"{table}.{column}" for column in columns)


def columns_of(values: Iterable[Value]) -> tuple[str | None, ...]:
    """The ``COLUMNS`` that hold values."""
    values = tuple(values)
    return *given_columns(values), *key_columns(values), others_text(values)


def keyed_columns(values: Iterable[Value]) -> tuple[str | None, ...]:
    """The ``KEYED`` columns of values."""
    values = tuple(values)
    return *key_columns(values), others_text(values)


def values_from(row: Sequence[Any], start: int = 0) -> tuple[Value, ...]:
    """The values from the ``COLUMNS`` of a row from ``start`` on."""
    values = []
    for place, kind in enumerate(ORDER, start):
        given = row[place]
        if given is not None:
            values.append(Value(kind, given, row[place + len(ORDER)]))
    others = row[start + 2 * len(ORDER)]
    if others is not None:
        values += others_from(others)
    return tuple(values)


def others_from(text: str) -> list[Value]:
    """The values of declared kinds from the text of their column."""
    return [Value(*each) for each in orjson.loads(text)]


def others_text(values: Iterable[Value]) -> str | None:
    """The text of the column of declared kinds; None where there is no such value."""
    others = [value for value in values if value.form is not None]
    return orjson.dumps([list(value) for value in others]).decode() if others else None
