"""Export: contacts, persons and the owners of identifiers, as of one moment."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from reunite.core.scope import Scope
from reunite.store.database.queries import outside, snapshot
from reunite.store.persons import exports


@dataclass(frozen=True, slots=True)
class Table:
    """A table to export: the type of each column (``integer``, ``text`` or ``json``), by name."""

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
CONTACTS_WITH_IDENTIFIERS = Table(
    "contacts with identifiers", {**CONTACTS.columns, "identifiers": "json"}
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


TABLES: Mapping[str, Table] = {
    "contacts": CONTACTS,
    "persons": PERSONS,
    "identifiers": IDENTIFIERS,
}


def table_of(scope: Scope, name: str) -> Table:
    """The table of ``TABLES`` as the workspace has it: contacts have ``identifiers`` if any has."""
    if name == CONTACTS.name and outside.read(exports.has_others(scope)):
        return CONTACTS_WITH_IDENTIFIERS
    return TABLES[name]


@contextmanager
def table_rows(scope: Scope, table: Table) -> Iterator[Iterator[Sequence[object]]]:
    """The rows of a table, read while the block lasts; deleted contacts are left out."""
    with snapshot() as current:
        yield exports.rows(scope, current, table.name)
