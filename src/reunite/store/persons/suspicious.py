"""Suspicious persons: who becomes one, and how that is told, in an event and in the log."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence

from reunite.core.events import PersonSuspicious
from reunite.core.identify.growth import grown
from reunite.core.identify.happenings import BecameSuspicious, Happening
from reunite.core.persons.suspicion import MAX_CONTACTS
from reunite.core.policy.keys import Keys
from reunite.core.scope import Scope
from reunite.store.database.dialects import Statement, dialect
from reunite.store.database.transactions import Transaction
from reunite.store.tables import events

MAX_LINES = 20
"""So many persons are logged one by one of those that one transaction makes suspicious."""

_log = logging.getLogger(__name__)

_SIZES = f"""
    SELECT p.id, 1 + (SELECT count(*) FROM (SELECT 1 FROM contact WHERE linked_id = p.id
                                            LIMIT {MAX_CONTACTS}) AS counted)
    FROM {{persons}}
"""
_KEYS = """
    SELECT c.id AS person_id, c.email_key, c.phone_key FROM {persons} CROSS JOIN contact c
    WHERE c.id = p.id
    UNION ALL
    SELECT c.linked_id, c.email_key, c.phone_key FROM {persons} CROSS JOIN contact c
    WHERE c.linked_id = p.id AND c.deleted_at IS NULL
"""
_COUNT = f"""
    SELECT count(*) FROM event WHERE workspace_id = %s AND type = '{PersonSuspicious.type}'
"""


def find(happenings: Iterable[Happening], transaction: Transaction) -> list[BecameSuspicious]:
    """Who will be suspicious by what happened and is about to be written."""
    all_grown = grown(happenings)
    person_ids = {id for each in all_grown for id in each.before}
    (rows,) = transaction.run(select_sizes(person_ids)) if person_ids else ([],)
    sizes: dict[int, int] = dict(rows)
    asked = [each for each in all_grown if each.could_be_suspicious(sizes)]
    person_ids = {id for each in asked for id in each.before}
    stored: defaultdict[int, list[Keys]] = defaultdict(list)
    (rows,) = transaction.run(select_keys(person_ids)) if person_ids else ([],)
    for person_id, email_key, phone_key in rows:
        stored[person_id].append(Keys(email_key, phone_key))
    found = (each.suspicion(stored) for each in asked)
    return [each for each in found if each is not None]


def select_sizes(person_ids: Iterable[int]) -> Statement:
    """Read how many contacts persons have, up to one more than is not suspicious."""
    return _with_persons(_SIZES, person_ids)


def select_keys(person_ids: Iterable[int]) -> Statement:
    """Read the identifiers of the contacts of persons."""
    return _with_persons(_KEYS, person_ids)


def tell(scope: Scope, found: Sequence[BecameSuspicious]) -> list[Statement]:
    """Tell of those who became suspicious, in the transaction that made them so."""
    return events.happened(scope, list(map(entry, found)))


def entry(found: BecameSuspicious) -> events.Entry:
    """The event: numbers alone."""
    contacts, emails, phones = found.counts
    event = PersonSuspicious(contacts=contacts, emails=emails, phone_numbers=phones)
    return events.Entry(found.person_id, event, found.at)


def log(happenings: Iterable[Happening]) -> None:
    """Log who became suspicious: ids and numbers, no values."""
    found = [each for each in happenings if isinstance(each, BecameSuspicious)]
    for each in found[:MAX_LINES]:
        _log.warning(
            "person %d is suspicious: %d contacts, %d emails, %d phone numbers",
            each.person_id,
            *each.counts,
        )
    if len(found) > MAX_LINES:
        _log.warning("and %d more persons are suspicious", len(found) - MAX_LINES)


def select_count(scope: Scope) -> Statement:
    """Read how many persons ever became suspicious."""
    return Statement(_COUNT, [scope.workspace_id])


def _with_persons(template: str, person_ids: Iterable[int]) -> Statement:
    table = dialect().ids("p", person_ids)
    params = [*table.params] * template.count("{persons}")
    return Statement(template.format(persons=table.sql), params, prepared=False)
