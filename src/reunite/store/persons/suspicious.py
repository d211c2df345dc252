"""Suspicious persons: who becomes one, and how that is told, in an event and in the log."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from reunite.core.events import PersonSuspicious
from reunite.core.identifiers.kinds import ORDER, Identifier
from reunite.core.identify.growth import Growth
from reunite.core.identify.happenings import BecameSuspicious, Happening
from reunite.core.persons.suspicion import MAX_CONTACTS, MAX_OF_A_KIND
from reunite.core.scope import Scope
from reunite.store.database.dialects import Statement, dialect
from reunite.store.database.transactions import Transaction
from reunite.store.tables import events
from reunite.store.tables.columns import KEYS

MAX_LINES = 20
"""The most persons that are logged one by one if one transaction makes them suspicious."""

_log = logging.getLogger(__name__)

_DISTINCT = [f"count(DISTINCT {key})" for key in KEYS]
# Persons that stay small and those that were suspicious before send no rows. Most persons have few
# contacts, which the index alone tells. A primary brings one identifier of a kind at most.
# With IN, for a join SQLite would first read all secondaries into a Bloom filter.
_KEYS = f"""
    WITH sized AS (
        SELECT p.id, p.least_size,
               1 + (SELECT count(*) FROM (SELECT 1 FROM contact WHERE linked_id = p.id
                                          LIMIT {MAX_CONTACTS}) AS counted) AS size
        FROM {{persons}}),
    large AS MATERIALIZED (
        SELECT id, least_size, size FROM sized
        WHERE size >= least_size AND size <= {MAX_CONTACTS}),
    asked AS MATERIALIZED (
        SELECT id FROM large
        WHERE (SELECT {" AND ".join(f"{count} <= {MAX_OF_A_KIND}" for count in _DISTINCT)}
                      AND (size >= least_size + {MAX_CONTACTS - MAX_OF_A_KIND}
                           OR {" OR ".join(f"{count} + 1 >= least_size" for count in _DISTINCT)})
               FROM contact WHERE linked_id = large.id AND deleted_at IS NULL))
    SELECT id AS person_id, {", ".join(KEYS)} FROM contact
    WHERE id IN (SELECT id FROM asked)
    UNION ALL
    SELECT linked_id, {", ".join(KEYS)} FROM contact
    WHERE linked_id IN (SELECT id FROM asked) AND deleted_at IS NULL
"""
_PERSONS = {"id": "bigint", "least_size": "bigint"}
_COUNT = f"""
    SELECT count(*) FROM event WHERE workspace_id = %s AND type = '{PersonSuspicious.type}'
"""


def find(happenings: Sequence[Happening], transaction: Transaction) -> list[BecameSuspicious]:
    """Who will be suspicious by what happened and is about to be written."""
    growth = Growth(happenings)
    stored: defaultdict[int, list[list[Identifier]]] = defaultdict(list)
    if least_sizes := growth.least_sizes:
        (rows,) = transaction.run(select_keys(least_sizes))
        for person_id, *keys in rows:
            pairs = zip(ORDER, keys, strict=True)
            stored[person_id].append([Identifier(*pair) for pair in pairs if pair[1] is not None])
    found = (each.suspicion(stored) for each in growth.grown(stored.keys()))
    return [each for each in found if each is not None]


def select_keys(least_sizes: Mapping[int, int]) -> Statement:
    """Read the identifiers of the contacts of persons, by the ids of the persons.

    Of each person that has as many contacts as the mapping says, or more, and as many emails or
    phones, unless it was suspicious before. The size is what ``Growth.least_sizes`` says: one less
    for each new contact. Deleted contacts count, but are not read.
    """
    table = dialect().table("p", _PERSONS, sorted(least_sizes.items()))
    return Statement(_KEYS.format(persons=table.sql), table.params)


def tell(scope: Scope, found: Sequence[BecameSuspicious]) -> list[Statement]:
    """Tell of those who became suspicious, in the transaction that made them so."""
    return events.happened(scope, list(map(entry, found)))


def entry(found: BecameSuspicious) -> events.Entry:
    """The event: numbers alone."""
    emails, phones = found.counts.identifiers
    event = PersonSuspicious(contacts=found.counts.contacts, emails=emails, phone_numbers=phones)
    return events.Entry(found.person_id, event, found.at)


def log(happenings: Iterable[Happening]) -> None:
    """Log who became suspicious: ids and numbers, no values."""
    found = [each for each in happenings if isinstance(each, BecameSuspicious)]
    for each in found[:MAX_LINES]:
        _log.warning(
            "person %d is suspicious: %d contacts, %d emails, %d phone numbers",
            each.person_id,
            each.counts.contacts,
            *each.counts.identifiers,
        )
    if len(found) > MAX_LINES:
        _log.warning("and %d more persons are suspicious", len(found) - MAX_LINES)


def select_count(scope: Scope) -> Statement:
    """Read how many persons ever became suspicious."""
    return Statement(_COUNT, [scope.workspace_id])
