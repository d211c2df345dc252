"""Cells that hold several values: their row becomes several, as of several columns of a kind."""

from reunite.bulk.canonical import COLUMNS
from reunite.bulk.engine import Engine
from reunite.core.identifiers.kinds import Kind
from reunite.core.policy.cells import SEPARATORS, values_of_cell
from reunite.core.policy.policy import Policy

_CHUNK = 10_000
# A value that is clean has none of the separators.
_UNCLEAN = "NOT {table}{kind}_is_key AND {table}{kind}_key IS NULL"
_CELLS = """
    SELECT DISTINCT {column} FROM given
    WHERE {unclean} AND regexp_matches({column}, '{separators}')
"""
_DIVIDED = f"""
    CREATE TABLE divided AS
    SELECT coalesce(g.row, g.rowid + 1) AS row, g.created_at, coalesce(e.value, g.email) AS email,
           coalesce(p.value, g.phone_number) AS phone_number, g.external_id, g.source, g.is_time,
           g.email_key, g.email_is_key, g.phone_key, g.phone_is_key,
           g.email_column, g.phone_column, g.others
    FROM given g
    LEFT JOIN email_part e
      ON e.cell = CASE WHEN {_UNCLEAN.format(table="g.", kind="email")} THEN g.email END
    LEFT JOIN phone_part p
      ON p.cell = CASE WHEN {_UNCLEAN.format(table="g.", kind="phone")} THEN g.phone_number END
    ORDER BY g.rowid, e.number, p.number
"""


def divide_cells(engine: Engine, policy: Policy) -> bool:
    """Divide rows of ``given`` whose cells hold several values; whether there are any.

    Each email is with each number, in the place of its row.
    """
    if not sum(_find_parts(engine, kind, policy) for kind in Kind):
        return False
    engine.run(_DIVIDED)
    engine.run("DROP TABLE given")
    engine.run("ALTER TABLE divided RENAME TO given")
    return True


def _find_parts(engine: Engine, kind: Kind, policy: Policy) -> int:
    """Make ``{kind}_part(cell, value, number)``; how many there are."""
    engine.run(f"CREATE TABLE {kind}_part (cell VARCHAR, value VARCHAR, number INTEGER)")
    cells = _CELLS.format(
        column=COLUMNS[kind], unclean=_UNCLEAN.format(table="", kind=kind), separators=SEPARATORS
    )
    count = 0
    for rows in engine.stream(cells, size=_CHUNK):
        parts = [
            (cell, value, number)
            for (cell,) in rows
            for number, value in enumerate(values_of_cell(kind, cell, policy))
        ]
        if parts:
            given, values, numbers = map(list, zip(*parts, strict=True))
            engine.add_columns(f"{kind}_part", cell=given, value=values, number=numbers)
        count += len(parts)
    return count
