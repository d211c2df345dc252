"""How often guards stepped in, and what waits for an operator."""

from dataclasses import dataclass

from reunite.core.scope import Scope
from reunite.store.database.dialects import Statement, dialect
from reunite.store.persons import suspicious
from reunite.store.tables.retired import IS_FIRST

_LINKS = "SELECT state, count(*) FROM link WHERE workspace_id = %s GROUP BY state"
_HOLDS = """
    SELECT held_for, count(*) FROM link
    WHERE workspace_id = %s AND held_for IS NOT NULL GROUP BY held_for
"""
_RETIRED = f"""
    SELECT r.origin, count(*) FROM retired r
    WHERE r.workspace_id = %s AND {IS_FIRST} GROUP BY r.origin
"""
_SEPARATIONS = "SELECT count(*) FROM separation WHERE workspace_id = %s"


@dataclass(frozen=True, slots=True)
class Stats:
    """Links by state, merges that were ever stopped by reason, what is retired by origin.

    ``suspicious`` is how many persons ever became suspicious.
    """

    links: dict[str, int]
    stopped: dict[str, int]
    retired: dict[str, int]
    separations: int
    suspicious: int


def read_stats(scope: Scope) -> Stats:
    """Count them; the contacts are not read."""
    statements = (_LINKS, _HOLDS, _RETIRED, _SEPARATIONS)
    links, holds, retired, ((separations,),), ((became_suspicious,),) = dialect().run(
        [
            *(Statement(sql, [scope.workspace_id]) for sql in statements),
            suspicious.select_count(scope),
        ]
    )
    return Stats(dict(links), dict(holds), dict(retired), separations, became_suspicious)
