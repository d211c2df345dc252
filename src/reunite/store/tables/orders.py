"""Which order of an import brought a contact or a link: its own id, and its source."""

from collections.abc import Iterable
from typing import NamedTuple

from reunite.store.database.dialects import Statement, dialect
from reunite.store.database.queries import Query, query


class Order(NamedTuple):
    """An order as the file of an import names it; a file may name neither."""

    external_id: str | None = None
    source: str | None = None


NO_ORDER = Order()

_NAMED = """
    SELECT t.id, t.external_id, t.source FROM {ids} CROSS JOIN {table} t
    WHERE t.id = given.id AND (t.external_id IS NOT NULL OR t.source IS NOT NULL)
"""


def of_contacts(contact_ids: Iterable[int]) -> Query[dict[int, Order]]:
    """The orders that brought contacts, where one is named, by the contacts' ids."""
    return _named("contact", contact_ids)


def of_links(link_ids: Iterable[int]) -> Query[dict[int, Order]]:
    """The orders that brought links, where one is named, by the links' ids."""
    return _named("link", link_ids)


def _named(table: str, ids: Iterable[int]) -> Query[dict[int, Order]]:
    given = dialect().ids("given", set(ids))
    statement = Statement(_NAMED.format(ids=given.sql, table=table), given.params, prepared=False)
    return query(statement, lambda rows: {id: Order(*order) for id, *order in rows})
