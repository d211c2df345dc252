"""Everything that is stored, a person at a time, for `reunite check` and its like."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby

from reunite.core.audit.consistency import StoredPerson, Violation
from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.persons.person import Ends
from reunite.core.policy.rekeying import KeyedEnd, Naming
from reunite.store.database.dialects import Statement, dialect
from reunite.store.tables.contacts import CONTACT_COLUMNS, contact_from
from reunite.store.tables.links import CONTACT, OWNERS, ends_from
from reunite.store.tables.retired import WITHHELD_COLUMNS, kinds_from

_PERSONS = f"""
    SELECT coalesce(c.linked_id, c.id) AS person_id, c.workspace_id,
           {WITHHELD_COLUMNS}, {CONTACT_COLUMNS}
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

# A live link must have both ends, and a suspended one must not. Those of a settled one must be one
# person, and those of a held one must not.
_LINKS_OUT_OF_STATE = f"""
    SELECT id, state, left_id, right_id FROM (
        SELECT id, state, {OWNERS["left"]} AS left_id, {OWNERS["right"]} AS right_id
        FROM link WHERE state IN ('live', 'suspended', 'held', 'settled')) AS owned
    WHERE (state = 'live' AND (left_id IS NULL OR right_id IS NULL))
       OR (state = 'suspended' AND left_id IS NOT NULL AND right_id IS NOT NULL)
       OR (state = 'held' AND left_id = right_id)
       OR (state = 'settled' AND (left_id IS NULL OR right_id IS NULL OR left_id <> right_id))
"""

_SEPARATIONS = """
    SELECT s.id, s.left_id, s.right_id, coalesce(l.linked_id, l.id), coalesce(r.linked_id, r.id),
           l.deleted_at IS NOT NULL OR r.deleted_at IS NOT NULL AS is_over
    FROM separation s JOIN contact l ON l.id = s.left_id JOIN contact r ON r.id = s.right_id
    WHERE coalesce(l.linked_id, l.id) = coalesce(r.linked_id, r.id)
       OR l.deleted_at IS NOT NULL OR r.deleted_at IS NOT NULL
"""

_ERASED = """
    SELECT id FROM contact
    WHERE deleted_at IS NOT NULL AND email IS NULL AND phone_number IS NULL
      AND (external_id IS NOT NULL OR source IS NOT NULL)
"""

_RETIRED = "SELECT workspace_id, kind, key FROM retired"
_NAMED = f"""
    SELECT workspace_id, 'link ' || id, left_kind, left_key, left_value FROM link
    WHERE left_kind <> '{CONTACT}'
    UNION ALL
    SELECT workspace_id, 'link ' || id, right_kind, right_key, right_value FROM link
    WHERE right_kind <> '{CONTACT}'
    UNION ALL
    SELECT workspace_id, 'retired identifier ' || id, kind, key, value FROM retired
"""
_WORKSPACES = "SELECT id FROM workspace"

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
        own: list[Ends] = []
        if waiting is not None and waiting[0] == person_id:
            own, waiting = waiting[1], next(links, None)
        yield StoredPerson(
            person_id,
            frozenset(row[1] for row in rows),
            [contact_from(row[4:], to_time) for row in rows],
            own,
            {row[4]: kinds_from(row[2:4]) for row in rows if row[2] or row[3]},
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


def broken_rules() -> Iterator[Violation]:
    """What links, separations and erased contacts must not be; within a snapshot."""
    current = dialect()
    for link_id, state, *ends in current.stream(Statement(_LINKS_OUT_OF_STATE)):
        person_ids = tuple(sorted({each for each in ends if each is not None}))
        if state == "live":
            message = f"nobody carries an end of live link {link_id}"
            yield Violation("link_to_nobody", message, person_ids)
        elif state == "suspended":
            message = f"both ends of suspended link {link_id} are carried, so it should count"
            yield Violation("suspended_link_counts", message, person_ids)
        elif state == "held":
            message = f"the ends of held link {link_id} are one person, so it should be settled"
            yield Violation("held_in_one_person", message, person_ids)
        else:
            message = f"the ends of settled link {link_id} are not one person: it should be held"
            yield Violation("settled_between_persons", message, person_ids)
    for id, left_id, right_id, *_, is_over in current.stream(Statement(_SEPARATIONS)):
        if is_over:
            message = f"separation {id} holds a deleted contact"
            yield Violation("separation_of_deleted", message, (left_id, right_id))
        else:
            message = f"one person, in spite of separation {id}"
            yield Violation("separated_in_one_person", message, (left_id, right_id))
    for (contact_id,) in current.stream(Statement(_ERASED)):
        message = "something of an erased contact is left"
        yield Violation("erased_has_values", message, (contact_id,))


def misnamed(namings: Mapping[int, Naming]) -> Iterator[Violation]:
    """Links, and what is retired, that have other keys than their values; within a snapshot."""
    for workspace_id, name, kind, key, value in dialect().stream(Statement(_NAMED)):
        end = KeyedEnd(Identifier(Kind(kind), key), value)
        if namings[workspace_id].identifier(end.kind, end.value) != end.identifier:
            message = f"the canonical value of {name} is not what the rules make of the given one"
            yield Violation("link_or_retired_key_differs", message, ())


def workspace_ids() -> list[int]:
    """All workspaces."""
    (rows,) = dialect().run([Statement(_WORKSPACES)])
    return [id for (id,) in rows]


def retired_identifiers() -> dict[int, set[Identifier]]:
    """What is retired, by workspace."""
    (rows,) = dialect().run([Statement(_RETIRED)])
    retired: dict[int, set[Identifier]] = defaultdict(set)
    for workspace_id, kind, key in rows:
        retired[workspace_id].add(Identifier(Kind(kind), key))
    return retired


def select_links() -> Statement:
    """Read live links with the persons at both ends, by the left one."""
    return Statement(_LINKS)


def _links_by_person() -> Iterator[tuple[int, list[Ends]]]:
    for person_id, rows in groupby(dialect().stream(select_links()), key=lambda row: row[0]):
        yield person_id, [ends_from(row[2:6]) for row in rows]
