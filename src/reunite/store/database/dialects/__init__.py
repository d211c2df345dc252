"""Every difference between SQLite and PostgreSQL, one module per vendor."""

from functools import cache

from reunite.store.database.dialects.base import (
    Dialect,
    Lock,
    Restart,
    Row,
    RowSource,
    Statement,
    default_connection,
)
from reunite.store.database.dialects.postgresql import PostgreSQL, limit_waits
from reunite.store.database.dialects.sqlite import SQLite, prepare

__all__ = [
    "Dialect",
    "Lock",
    "PostgreSQL",
    "Restart",
    "Row",
    "RowSource",
    "SQLite",
    "Statement",
    "dialect",
    "limit_waits",
    "prepare",
    "supported_vendors",
]


@cache
def dialect() -> Dialect:
    """The dialect of Django's default connection; raises KeyError for any other vendor."""
    return _DIALECTS[default_connection().vendor]


def supported_vendors() -> frozenset[str]:
    """The vendors, by Django's name, that have a dialect."""
    return frozenset(_DIALECTS)


_DIALECTS: dict[str, Dialect] = {each.vendor: each for each in (PostgreSQL(), SQLite())}
