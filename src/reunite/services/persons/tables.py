"""Export: contacts, persons and the owners of identifiers, as of one moment."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from reunite.core.scope import Scope
from reunite.store.database.queries import snapshot
from reunite.store.persons import exports


@dataclass(frozen=True, slots=True)
class Table:
    """A table to export: the type (``integer`` or ``text``) of each column, by name, and rows."""

    name: str
    columns: Mapping[str, str]


CONTACTS = Table(
    "contacts",
    {
        "id": "integer",
        "person_id": "integer",
        "email": "text",
        "phone_number": "text",
        "email_key": "text",
        "phone_key": "text",
        "created_at": "text",
        "updated_at": "text",
        "external_id": "text",
        "source": "text",
    },
)
PERSONS = Table(
    "persons",
    {
        "person_id": "integer",
        "contacts": "integer",
        "emails": "integer",
        "phone_numbers": "integer",
        "first_at": "text",
        "last_at": "text",
    },
)
IDENTIFIERS = Table("identifiers", {"kind": "text", "key": "text", "person_id": "integer"})


@contextmanager
def table_rows(scope: Scope, table: Table) -> Iterator[Iterator[Sequence[object]]]:
    """The rows of a table, read while the block lasts; deleted contacts are left out."""
    with snapshot() as current:
        yield exports.rows(scope, current, table.name)
