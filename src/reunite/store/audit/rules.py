"""Rules that stored rows must keep beside the evidence: separations, erased contacts, names."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import groupby

from reunite.core.audit.consistency import Violation
from reunite.core.identifiers.kinds import Identifier, kind_of
from reunite.core.policy.rekeying import KeyedEnd, Naming
from reunite.core.scope import Scope
from reunite.store.database.dialects import Row, Statement
from reunite.store.database.queries import Query, Reader, query
from reunite.store.tables.columns import NO_VALUE, others_from
from reunite.store.tables.links import CONTACT

_SEPARATIONS = """
    SELECT s.id, s.left_id, s.right_id, coalesce(l.linked_id, l.id), coalesce(r.linked_id, r.id),
           l.deleted_at IS NOT NULL OR r.deleted_at IS NOT NULL AS is_over
    FROM separation s JOIN contact l ON l.id = s.left_id JOIN contact r ON r.id = s.right_id
    WHERE {of} (coalesce(l.linked_id, l.id) = coalesce(r.linked_id, r.id)
                OR l.deleted_at IS NOT NULL OR r.deleted_at IS NOT NULL)
"""

_ERASED = f"""
    SELECT id FROM contact c
    WHERE {{of}} deleted_at IS NOT NULL AND {NO_VALUE}
      AND (external_id IS NOT NULL OR source IS NOT NULL)
"""

# The rows of a contact in the identifier table, as far as it has any of either kind.
_LISTED = """
    SELECT c.id, c.others, i.kind, i.value, i.key, i.counts
    FROM contact c LEFT JOIN identifier i ON i.contact_id = c.id WHERE {of} c.others IS NOT NULL
    UNION ALL
    SELECT c.id, c.others, i.kind, i.value, i.key, i.counts
    FROM identifier i JOIN contact c ON c.id = i.contact_id WHERE {of} c.others IS NULL
    ORDER BY 1
"""

_RETIRED = "SELECT workspace_id, kind, key FROM retired"
_NAMED = f"""
    SELECT workspace_id, 'link ' || id, left_kind, left_key, left_value FROM link
    WHERE {{of}} left_kind <> '{CONTACT}'
    UNION ALL
    SELECT workspace_id, 'link ' || id, right_kind, right_key, right_value FROM link
    WHERE {{of}} right_kind <> '{CONTACT}'
    UNION ALL
    SELECT workspace_id, 'retired identifier ' || id, kind, key, value FROM retired
    WHERE {{of}} TRUE
"""


def broken_rules(reader: Reader, scope: Scope | None = None) -> Iterator[Violation]:
    """What separations and erased contacts must not be, in a workspace or in all; streamed."""
    separations = reader.stream(_of(scope, _SEPARATIONS, "s.workspace_id"))
    for id, left_id, right_id, *_, is_over in separations:
        if is_over:
            message = f"separation {id} holds a deleted contact"
            yield Violation("separation_of_deleted", message, (left_id, right_id))
        else:
            message = f"one person, in spite of separation {id}"
            yield Violation("separated_in_one_person", message, (left_id, right_id))
    for contact_id, _ in wrongly_listed(reader, scope):
        message = "the identifier table has other values of the contact than the contact"
        yield Violation("identifiers_differ", message, (contact_id,))
    for (contact_id,) in reader.stream(_of(scope, _ERASED, "workspace_id")):
        message = "something of an erased contact is left"
        yield Violation("erased_has_values", message, (contact_id,))


def wrongly_listed(reader: Reader, scope: Scope | None = None) -> Iterator[tuple[int, str | None]]:
    """Contacts whose values of declared kinds the identifier table has otherwise; streamed.

    Of a workspace or of all; each with the text of its column.
    """
    rows = reader.stream(_of(scope, _LISTED, "c.workspace_id"))
    for (contact_id, others), listed in groupby(rows, key=lambda row: row[:2]):
        values = [] if others is None else others_from(others)
        expected = {(each.kind, each.given, each.form, each.key is not None) for each in values}
        found = [(*row[2:5], bool(row[5])) for row in listed if row[2] is not None]
        if len(found) != len(expected) or set(found) != expected:
            yield contact_id, others


def misnamed(
    reader: Reader, namings: Mapping[int, Naming], scope: Scope | None = None
) -> Iterator[Violation]:
    """Links and retired rows whose keys do not follow from their values; streamed.

    ``namings`` are those of the workspace, or of all workspaces.
    """
    rows = reader.stream(_of(scope, _NAMED, "workspace_id"))
    for workspace_id, name, kind, key, value in rows:
        end = KeyedEnd(Identifier(kind_of(kind), key), value)
        if namings[workspace_id].identifier(end.kind, end.value) != end.identifier:
            message = f"the canonical value of {name} is not what the rules make of the given one"
            yield Violation("link_or_retired_key_differs", message, ())


def retired_identifiers() -> Query[dict[int, set[Identifier]]]:
    """The retired identifiers, by workspace."""

    def by_workspace(rows: list[Row]) -> dict[int, set[Identifier]]:
        retired: dict[int, set[Identifier]] = defaultdict(set)
        for workspace_id, kind, key in rows:
            retired[workspace_id].add(Identifier(kind_of(kind), key))
        return retired

    return query(Statement(_RETIRED), by_workspace)


def _of(scope: Scope | None, template: str, column: str) -> Statement:
    """The statement for the workspace in a column, or for all."""
    if scope is None:
        return Statement(template.format(of=""))
    places = template.count("{of}")
    return Statement(template.format(of=f"{column} = %s AND"), [scope.workspace_id] * places)
