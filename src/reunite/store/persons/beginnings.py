"""Contacts whose identifiers begin with a text, for a value that is not typed to its end yet."""

from reunite.core.identifiers.kinds import Identifier
from reunite.core.identifiers.prefixes import LAST_CHARACTER
from reunite.core.scope import Scope
from reunite.store.database.dialects import Statement
from reunite.store.database.queries import Query, query

# Read by the index of the keys, which both databases order by characters.
_BEGINNING = """
    SELECT {kind}_key, coalesce(linked_id, id) FROM contact
    WHERE workspace_id = %s AND {kind}_key >= %s AND {kind}_key < %s AND deleted_at IS NULL
    ORDER BY {kind}_key LIMIT %s
"""


def beginning_with(
    scope: Scope, beginning: Identifier, *, limit: int
) -> Query[list[tuple[Identifier, int]]]:
    """Up to ``limit`` identifiers that begin so, each with the id of its person, in their order."""
    kind, key = beginning
    params = [scope.workspace_id, key, key + LAST_CHARACTER, limit]
    return query(
        Statement(_BEGINNING.format(kind=kind), params),
        lambda rows: [(Identifier(kind, key), person_id) for key, person_id in rows],
    )
