"""Everything that is stored, a person at a time, for `reunite check` and its like."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby

from reunite.core.consistency import StoredPerson, Violation
from reunite.core.identifiers import Identifier, Kind
from reunite.store.contacts import CONTACT_COLUMNS, contact_from
from reunite.store.dialects import Statement, dialect
from reunite.store.links import OWNERS, ends_from

_PERSONS = f"""
    SELECT coalesce(c.linked_id, c.id) AS person_id, c.workspace_id, {CONTACT_COLUMNS}
    FROM contact c WHERE c.deleted_at IS NULL
    ORDER BY person_id
"""

_LINKS = f"""
    SELECT * FROM (
        SELECT {OWNERS["left"]} AS left_id, {OWNERS["right"]} AS right_id,
               left_kind, left_key, right_kind, right_key, id
        FROM link WHERE state = 'live') AS owned
    WHERE left_id IS NOT NULL AND right_id IS NOT NULL
    ORDER BY left_id
"""

_SHARED_KEYS = """
    SELECT min(coalesce(linked_id, id)), max(coalesce(linked_id, id)), min(id), max(id)
    FROM contact WHERE deleted_at IS NULL AND {kind}_key IS NOT NULL
    GROUP BY workspace_id, {kind}_key
    HAVING min(coalesce(linked_id, id)) <> max(coalesce(linked_id, id))
"""


@contextmanager
def snapshot() -> Iterator[None]:
    """All reads in the block see the same rows, and nobody waits for them."""
    current = dialect()
    current.run([Statement(current.snapshot, prepared=False)])
    try:
        yield
    finally:
        current.rollback()


def stored_persons() -> Iterator[StoredPerson]:
    """Every stored person, by id; within a snapshot. Holds one person in memory at a time."""
    to_time = dialect().to_time
    links = _links_by_person()
    waiting = next(links, None)
    for person_id, group in groupby(dialect().stream(Statement(_PERSONS)), key=lambda row: row[0]):
        rows = list(group)
        own: list[tuple[Identifier, Identifier]] = []
        if waiting is not None and waiting[0] == person_id:
            own, waiting = waiting[1], next(links, None)
        yield StoredPerson(
            person_id,
            frozenset(row[1] for row in rows),
            [contact_from(row[2:], to_time) for row in rows],
            own,
        )


def evidence_across_persons() -> Iterator[Violation]:
    """Keys and live links that are found in two persons; within a snapshot."""
    current = dialect()
    for kind in Kind:
        for one, other, *ids in current.stream(Statement(_SHARED_KEYS.format(kind=kind))):
            yield Violation(
                "key_in_two_persons", f"persons {one} and {other} share a {kind}", tuple(ids)
            )
    for left_id, right_id, *_, link_id in current.stream(select_links()):
        if left_id != right_id:
            yield Violation(
                "link_between_persons",
                f"live link {link_id} joins persons {left_id} and {right_id}",
                (left_id, right_id),
            )


def select_links() -> Statement:
    """Read live links with the persons at both ends, by the left one."""
    return Statement(_LINKS)


def _links_by_person() -> Iterator[tuple[int, list[tuple[Identifier, Identifier]]]]:
    for person_id, rows in groupby(dialect().stream(select_links()), key=lambda row: row[0]):
        yield person_id, [ends_from(row[2:6]) for row in rows]
