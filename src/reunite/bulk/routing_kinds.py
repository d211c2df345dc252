"""Which persons of a plan with declared kinds must be replayed row by row.

As in ``bulk.routing``, a limit can stop something only in a component that exceeds it as a whole.
A value that is carried only makes a contact if the persons of its row do not have it yet, which
depends on the order of rows. It makes none where the row makes a contact anyway, or where a contact
of a tree that the row knows had it before.
"""

from reunite.bulk.engine import Engine
from reunite.bulk.plan_kinds import VALUES
from reunite.bulk.sql import quoted
from reunite.core.policy.policy import Policy

_CARRIED = f"""
    CREATE TABLE carried AS
    SELECT place, value[1] AS kind, value[4] AS form
    FROM (SELECT place, {VALUES} FROM said WHERE others IS NOT NULL)
    WHERE value[3] IS NULL AND value[1] IN ({{kinds}}) AND (value[1], value[4]) NOT IN ({{blocked}})
"""
# Each carried value of a place that makes no contact, unless a tree that the place knows has it.
_NEW = """
    INSERT INTO replayed
    SELECT DISTINCT m.top
    FROM (FROM carried ANTI JOIN member USING (place)) c
    JOIN placed p ON p.place = c.place JOIN member m ON m.place = p.first
    ANTI JOIN (
        SELECT n.place, n.kind, n.form
        FROM (FROM carried ANTI JOIN member USING (place)) n
        JOIN placed k ON k.place = n.place JOIN member t ON t.place = k.first
        JOIN (SELECT start, kind, form, min(place) AS since
              FROM carried JOIN member USING (place) GROUP BY ALL) h
          ON h.start = t.start AND h.kind = n.kind AND h.form = n.form AND h.since < n.place) known
      ON known.place = c.place AND known.kind = c.kind AND known.form = c.form
"""
_VALUES_OF_MEMBERS = f"""
    CREATE TABLE counted_value AS
    SELECT top, value[1] AS kind, value[3] AS key
    FROM (SELECT place, {VALUES} FROM said WHERE others IS NOT NULL) JOIN member USING (place)
    WHERE value[3] IS NOT NULL
"""
_OF_PERSON = """
    INSERT INTO replayed SELECT top FROM counted_value WHERE kind = {kind}
    GROUP BY top HAVING count(DISTINCT key) > {limit}
"""
_OF_VALUE = """
    INSERT INTO replayed SELECT DISTINCT top FROM (
        SELECT top FROM counted_value WHERE kind = {kind}
        GROUP BY top, key HAVING count(*) > {limit})
"""


def route_kinds(engine: Engine, policy: Policy) -> None:
    """Add to ``replayed(top)`` the components that need it because of declared kinds."""
    _route_carried(engine, policy)
    engine.run(_VALUES_OF_MEMBERS)
    for name, kind in policy.declared.items():
        for sql, limit in ((_OF_PERSON, kind.per_person), (_OF_VALUE, kind.contacts_per_value)):
            if limit is not None:
                engine.run(sql.format(kind=quoted(name), limit=limit))
    engine.run("DROP TABLE counted_value")


def _route_carried(engine: Engine, policy: Policy) -> None:
    names = [name for name, kind in policy.declared.items() if not kind.links]
    if not names:
        return
    blocked = [
        f"({quoted(name)}, {quoted(form)})"
        for name in names
        for given in policy.declared[name].blocked
        for form in [policy.form(name, given)]
    ]
    kinds = ", ".join(map(quoted, names))
    engine.run(_CARRIED.format(kinds=kinds, blocked=", ".join(blocked) or "('', '')"))
    engine.run(_NEW)
    engine.run("DROP TABLE carried")
