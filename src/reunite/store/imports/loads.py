"""Rows by the thousand and by the million: what imports read and write."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager

from reunite.core.persons.person import Primary
from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, RowSource, Statement, dialect
from reunite.store.database.queries import Query, query
from reunite.store.tables.contacts import OWNER
from reunite.store.tables.orders import Order

Said = tuple[str | None, str | None]
"""A request in canonical form: an email and a phone number."""

CONTACT_COLUMNS = (
    "id",
    "workspace_id",
    "email",
    "phone_number",
    "email_key",
    "phone_key",
    "linked_id",
    "link_precedence",
    "created_at",
    "updated_at",
    "external_id",
    "source",
)
LINK_COLUMNS = (
    "workspace_id",
    "left_kind",
    "left_key",
    "right_kind",
    "right_key",
    "left_value",
    "right_value",
    "origin",
    "state",
    "reason",
    "created_at",
    "import_id",
    "external_id",
    "source",
)

_SINCE = "(SELECT created_at FROM contact WHERE contact.id = owned.{owner})"
# Rows that are left out are known of one person already: they change nothing.
_NEWS = f"""
    WITH owned AS MATERIALIZED (
        SELECT place, email, phone, {OWNER.format(kind="email", key="said.email")} AS by_email,
               {OWNER.format(kind="phone", key="said.phone")} AS by_phone
        FROM {{said}})
    SELECT place, by_email, {_SINCE.format(owner="by_email")},
           by_phone, {_SINCE.format(owner="by_phone")}
    FROM owned
    WHERE by_email IS NULL AND email IS NOT NULL OR by_phone IS NULL AND phone IS NOT NULL
       OR by_email <> by_phone
"""
_SAID = {"place": "bigint", "email": "text", "phone": "text"}
# One row for the person and one for each other contact; in order, so that an event's list is.
_MEMBERS = """
    SELECT c.id, c.id FROM contact c WHERE c.id IN (SELECT id FROM {persons})
    UNION ALL
    SELECT c.linked_id, c.id FROM contact c
    WHERE c.linked_id IN (SELECT id FROM {persons}) AND c.deleted_at IS NULL
    ORDER BY 1, 2
"""
_DESCRIBE = """
    UPDATE contact SET external_id = r.external_id, source = r.source
    FROM {rows} WHERE contact.id = r.described_id
"""
_DESCRIBED = {"described_id": "bigint", "external_id": "text", "source": "text"}
_HAS_CONTACTS = "SELECT EXISTS (SELECT 1 FROM contact WHERE workspace_id = %s)"


Owners = tuple[Primary | None, ...]
"""The persons of the identifiers of a request, one of each kind in the order of ``Kind``."""


def changing_rows(scope: Scope, said: Sequence[Said]) -> Query[dict[int, Owners]]:
    """Those of the requests, by place in order, that would change something, and who is known.

    Outside a transaction it may be out of date by now.
    """
    if not said:
        return Query((), lambda _: {})
    placed = [(place, email, phone) for place, (email, phone) in enumerate(said)]
    table = dialect().table("said", _SAID, placed)
    params = [scope.workspace_id, scope.workspace_id, *table.params]
    return query(Statement(_NEWS.format(said=table.sql), params, prepared=False), _owners_from)


def members(person_ids: Iterable[int]) -> Query[dict[int, list[int]]]:
    """The ids of the persons' live contacts, the primary's first."""
    ids = sorted(person_ids)
    table = dialect().ids("person", ids)
    sql = _MEMBERS.format(persons=table.sql)

    def members_from(rows: list[Row]) -> dict[int, list[int]]:
        found = {id: [id] for id in ids}
        for person_id, contact_id in rows:
            if person_id != contact_id:
                found[person_id].append(contact_id)
        return found

    return query(Statement(sql, [*table.params, *table.params], prepared=False), members_from)


def describe(orders: Mapping[int, Order]) -> list[Statement]:
    """Write the orders that brought contacts, by the contacts' ids."""
    rows = [(id, *order) for id, order in orders.items()]
    return dialect().with_rows(_DESCRIBE, _DESCRIBED, rows)


def has_contacts(scope: Scope) -> Query[bool]:
    """Whether the workspace has, or had, any contact."""
    statement = Statement(_HAS_CONTACTS, [scope.workspace_id])
    return query(statement, lambda rows: bool(rows[0][0]))


def loading() -> AbstractContextManager[None]:
    """To be entered around a transaction that takes ids and loads."""
    return dialect().loading()


def take_contact_ids(count: int) -> int:
    """The first of ``count`` ids in a row that no contact ever had."""
    return dialect().take_contact_ids(count)


def load(tables: Mapping[str, RowSource]) -> None:
    """Load rows into tables, in the open transaction.

    Indexes and constraints are as they were when it commits, and hold. Raises IntegrityError.
    """
    dialect().load(tables)


def _owners_from(rows: Iterable[Row]) -> dict[int, Owners]:
    to_time = dialect().to_time

    def person(id: int | None, since: object) -> Primary | None:
        return None if id is None else Primary(to_time(since), id)

    return {place: (person(*row[:2]), person(*row[2:])) for place, *row in sorted(rows)}
