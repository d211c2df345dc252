"""The set-based plan where the policy declares kinds: rows have any number of identifiers.

It is ``bulk.plan`` with sets in place of pairs, and docs/decisions/0053-declared-kinds-in-files.md
says why it holds. A row makes a contact if and only if one of its identifiers occurs in it first.
The contact hangs on a contact that brought one of its other identifiers before. All contacts that
a row knows become one person, so the row is a star of edges: from the tree of its strongest known
identifier to the trees of the others, in the order of strength. The minimum spanning forest of
these edges, by place and strength, are the merges. A row that makes a contact is the evidence of
its merges; each merge of any other row leaves a link between the ends of its edge.

Values that are carried only make no edge. ``bulk.routing_kinds`` finds the components in which they
may make a contact.
"""

from reunite.bulk.engine import Engine
from reunite.bulk.plan import Planned, counted
from reunite.bulk.spanning import contract_trees, span
from reunite.bulk.sql import quoted
from reunite.core.identifiers.kinds import KINDS, Kind
from reunite.core.policy.policy import Policy

_STEP = 64
"""Ranks of one kind: more than a row has values; a weight is a place and the number of an edge."""

VALUES = "unnest(from_json(others, '[[\"VARCHAR\"]]')) AS value"
"""SQL for the values of declared kinds, one in each row: the kind, as given, the key, the form."""
_BUILT_IN = """
    SELECT place, {rank}::integer AS rank, '{kind}' AS kind, {kind}_key AS key, {column} AS given
    FROM said WHERE {kind}_key IS NOT NULL
"""
_DECLARED = """
    SELECT place, (list_position([{names}], value[1]) - 1) * {step} + number, value[1], value[3],
           value[2]
    FROM (SELECT place, {values}, generate_subscripts(from_json(others, '[["VARCHAR"]]'), 1)
                 AS number
          FROM said WHERE others IS NOT NULL)
    WHERE value[3] IS NOT NULL
"""


def plan_kinds(engine: Engine, policy: Policy) -> Planned:
    """From ``said`` make ``member`` and ``merge``, as ``plan`` does, and ``joined``.

    ``joined`` has the links: the place, a contact of the person, and the two ends, the stronger
    identifier first. ``placed(place, rank, first)`` stays: the identifiers of each place, by
    strength, and the place at which each occurs first.
    """
    _place_identifiers(engine, policy)
    engine.run(
        """CREATE TABLE tree AS
           SELECT place AS node, coalesce(min(first) FILTER (first < place), place) AS parent
           FROM placed GROUP BY place HAVING bool_or(first = place)"""
    )
    rounds = contract_trees(engine, "tree")
    engine.run(
        """CREATE TABLE star AS
           SELECT place, rank, parent AS node,
                  first_value(parent) OVER strongest AS centre,
                  first_value(rank) OVER strongest AS centre_rank,
                  row_number() OVER strongest AS number
           FROM placed JOIN tree ON tree.node = placed.first WHERE first < place
           WINDOW strongest AS (PARTITION BY place ORDER BY rank)"""
    )
    engine.run(
        f"""CREATE TABLE joining AS
            SELECT least(centre, node) AS one, greatest(centre, node) AS other,
                   min(place * {_STEP} + number) AS weight
            FROM star WHERE centre <> node GROUP BY ALL"""
    )
    rounds += span(engine, "joining")
    engine.run(
        """CREATE TABLE member AS
           SELECT t.node AS place, t.parent AS start, coalesce(c.least, t.parent) AS top
           FROM tree t LEFT JOIN component c ON c.node = t.parent"""
    )
    engine.run(
        f"""CREATE TABLE merge AS SELECT weight // {_STEP} AS place, one, other, weight
            FROM joining SEMI JOIN forest USING (weight)"""
    )
    _link(engine)
    for table in ("tree", "star", "joining", "component", "forest", "mentioned"):
        engine.run(f"DROP TABLE {table}")
    return counted(engine, rounds)


def _place_identifiers(engine: Engine, policy: Policy) -> None:
    """Make ``mentioned(place, rank, kind, key, given)`` and ``placed``."""
    selects = [
        _BUILT_IN.format(rank=policy.strength[kind] * _STEP, kind=kind, column=KINDS[kind].column)
        for kind in Kind
    ]
    names = ", ".join(map(quoted, policy.strength))
    selects.append(_DECLARED.format(names=names, step=_STEP, values=VALUES))
    engine.run(f"CREATE TABLE mentioned AS {' UNION ALL '.join(selects)}")
    engine.run(
        """CREATE TABLE placed AS
           SELECT place, rank, min(place) OVER (PARTITION BY kind, key) AS first FROM mentioned"""
    )


def _link(engine: Engine) -> None:
    """Make ``joined``: the links of merges at places that make no contact."""
    engine.run(
        f"""CREATE TABLE joined AS
            SELECT m.place, m.one, l.kind AS left_kind, l.key AS left_key, l.given AS left_value,
                   r.kind AS right_kind, r.key AS right_key, r.given AS right_value, s.number
            FROM (FROM merge ANTI JOIN member USING (place)) m
            JOIN star s ON s.place = m.place AND s.number = m.weight % {_STEP}
            JOIN mentioned l ON l.place = s.place AND l.rank = s.centre_rank
            JOIN mentioned r ON r.place = s.place AND r.rank = s.rank"""
    )
