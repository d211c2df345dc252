"""Types of columns that several tables have."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


def choices(states: Iterable[StrEnum]) -> list[tuple[str, str]]:
    """The values that a column may have, each with its name."""
    return [(each.value, each.name.capitalize()) for each in states]


class KeyField(models.CharField):  # type: ignore[type-arg]  # Generic for checkers alone.
    """Canonical text: compared and sorted by its bytes, not by the database's language.

    So it is in SQLite anyway. In PostgreSQL an index on it is built faster, and stays right when
    the system's rules of sorting change (docs/decisions/0017-keys-by-their-bytes.md).
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        """The type of its columns, with the order of their values."""
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


class RowIdField(models.BigIntegerField):  # type: ignore[type-arg]  # Generic for checkers alone.
    """A primary key that is the id of a row of another table, and so is given.

    SQLite orders a table by a key of type integer itself. Any other type, bigint too, needs an
    index beside the table: two places to write for each row. Its integers have 64 bits anyway.
    """

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        """The type of its columns."""
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)
