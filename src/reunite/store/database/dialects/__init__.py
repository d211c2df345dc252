"""Every difference between SQLite and PostgreSQL, one module per vendor."""

from functools import cache
from importlib import import_module
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from reunite.store.database.dialects.base import (
    Dialect,
    Lock,
    Restart,
    Row,
    RowSource,
    Statement,
    default_connection,
)

__all__ = [
    "Dialect",
    "Lock",
    "Restart",
    "Row",
    "RowSource",
    "Statement",
    "dialect",
    "prepare",
    "supported_vendors",
]

_CLASSES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}
"""By vendor, in a module of its name."""


@cache
def dialect() -> Dialect:
    """The dialect of Django's default connection; raises KeyError for any other vendor."""
    return _of(default_connection().vendor)


def prepare(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Make a new connection what the dialect needs it to be; called for every one."""
    if connection.vendor in _CLASSES:
        _of(connection.vendor).prepare(connection)


def supported_vendors() -> frozenset[str]:
    """The vendors, by Django's name, that have a dialect."""
    return frozenset(_CLASSES)


@cache
def _of(vendor: str) -> Dialect:
    # A process on SQLite needs no driver of PostgreSQL, which takes long to import.
    module = import_module(f"{__name__}.{vendor}")
    found: Dialect = getattr(module, _CLASSES[vendor])()
    return found
