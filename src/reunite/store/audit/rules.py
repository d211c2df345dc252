"""Rules that stored rows must keep beside the evidence: separations, erased contacts, names."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from reunite.core.audit.consistency import Violation
from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.policy.rekeying import KeyedEnd, Naming
from reunite.store.database.dialects import Row, Statement
from reunite.store.database.queries import Query, Reader, query
from reunite.store.tables.links import CONTACT

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


def broken_rules(reader: Reader) -> Iterator[Violation]:
    """What separations and erased contacts must not be; streamed."""
    for id, left_id, right_id, *_, is_over in reader.stream(Statement(_SEPARATIONS)):
        if is_over:
            message = f"separation {id} holds a deleted contact"
            yield Violation("separation_of_deleted", message, (left_id, right_id))
        else:
            message = f"one person, in spite of separation {id}"
            yield Violation("separated_in_one_person", message, (left_id, right_id))
    for (contact_id,) in reader.stream(Statement(_ERASED)):
        message = "something of an erased contact is left"
        yield Violation("erased_has_values", message, (contact_id,))


def misnamed(reader: Reader, namings: Mapping[int, Naming]) -> Iterator[Violation]:
    """Links, and what is retired, that have other keys than their values; streamed."""
    for workspace_id, name, kind, key, value in reader.stream(Statement(_NAMED)):
        end = KeyedEnd(Identifier(Kind(kind), key), value)
        if namings[workspace_id].identifier(end.kind, end.value) != end.identifier:
            message = f"the canonical value of {name} is not what the rules make of the given one"
            yield Violation("link_or_retired_key_differs", message, ())


def retired_identifiers() -> Query[dict[int, set[Identifier]]]:
    """What is retired, by workspace."""

    def by_workspace(rows: list[Row]) -> dict[int, set[Identifier]]:
        retired: dict[int, set[Identifier]] = defaultdict(set)
        for workspace_id, kind, key in rows:
            retired[workspace_id].add(Identifier(Kind(kind), key))
        return retired

    return query(Statement(_RETIRED), by_workspace)
