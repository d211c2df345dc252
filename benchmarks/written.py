"""What a run wrote, held against what was sent: a fast answer that stores nothing is no answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.databases import Database
from benchmarks.population import Row
from benchmarks.traffic import Kind, Request, count_kinds


@dataclass(frozen=True, slots=True)
class Mark:
    """The newest row of each table."""

    contact: int
    link: int
    event: int


def mark(database: Database) -> Mark:
    """Where the tables end now."""
    return Mark(
        _newest(database, "contact", "id"),
        _newest(database, "link", "id") if database.has_events else 0,
        _newest(database, "event", "position") if database.has_events else 0,
    )


def differences(
    database: Database, since: Mark, sent: Sequence[Request], *, unsure: int
) -> list[str]:
    """How the rows written since then differ from what the requests lead to; in the best case not.

    The last ``unsure`` requests may have been written or not: no client waited for their answer.
    """
    certain, all_sent = (
        _expected(requests) for requests in (sent[: max(0, len(sent) - unsure)], sent)
    )
    found = {"contacts": _count(database, f"contact WHERE id > {since.contact}")}
    if database.has_events:
        found["links"] = _count(database, f"link WHERE id > {since.link}")
        for type in ("contact.created", "person.merged"):
            where = f"position > {since.event} AND type = '{type}'"
            found[type] = _count(database, f"event WHERE {where}")
    return [
        f"{number:,} {what} written, {certain[what]:,} to {all_sent[what]:,} expected"
        for what, number in found.items()
        if not certain[what] <= number <= all_sent[what]
    ]


def contact_rows(database: Database) -> list[Row]:
    """All contacts, without times and canonical values."""
    return database.rows(
        "SELECT id, email, phone_number, linked_id, link_precedence FROM contact ORDER BY id"
    )


def other_rows(database: Database) -> list[Row]:
    """All links and events, without times and the ids of requests; and how many have no number."""
    links = database.rows(
        """SELECT left_kind, left_key, left_value, right_kind, right_key, right_value, origin,
                  state, reason
           FROM link ORDER BY id"""
    )
    unnumbered = database.rows("SELECT count(*) FROM unnumbered")
    events = database.rows("SELECT type, person_id, payload FROM event ORDER BY position")
    return [*links, *unnumbered] + [
        (type, person_id, json.loads(payload) if isinstance(payload, str) else payload)
        for type, person_id, payload in events
    ]


def _expected(requests: Sequence[Request]) -> dict[str, int]:
    kinds = count_kinds(requests)
    contacts, merges = kinds[Kind.LINK] + kinds[Kind.CREATE], kinds[Kind.MERGE]
    return {
        "contacts": contacts,
        "links": merges,
        "contact.created": contacts,
        "person.merged": merges,
    }


def _newest(database: Database, table: str, column: str) -> int:
    ((newest,),) = database.rows(f"SELECT coalesce(max({column}), 0) FROM {table}")
    return newest


def _count(database: Database, table_where: str) -> int:
    ((number,),) = database.rows(f"SELECT count(*) FROM {table_where}")
    return number
