"""The minimum spanning forest of weighted edges, in SQL: components, and what joined them.

Borůvka's algorithm ("O jistém problému minimálním", 1926), as sets: every component hooks onto the
neighbour at the end of its least edge; pointer jumping (Shiloach and Vishkin, "An O(log n)
parallel connectivity algorithm", J. Algorithms 3, 1982) finds who hangs together; the graph is
contracted to them, with the least edge of those that became parallel. Weights are distinct, so the
forest is unique: it is the one that Kruskal finds by taking the edges one by one, in order.

A round leaves at most half of the components that still have edges, for any graph.
"""

from reunite.bulk.engine import Engine


def contract_trees(engine: Engine, table: str) -> int:
    """Let ``parent`` in ``table(node, parent)`` be the root, where it is an ancestor; the rounds.

    A root is its own parent. The rounds grow with the logarithm of the depth.
    """
    _jump(engine, "jumped", table, table)
    engine.run(f"DROP TABLE {table}")
    rounds = 1
    # A node that has come to a root stays there, so only the others go on.
    while engine.number("SELECT count(*) FROM jumped WHERE is_on_its_way"):
        _jump(engine, "moved", "(FROM jumped WHERE is_on_its_way)", "jumped")
        engine.run(
            """CREATE TABLE arrived AS
               FROM jumped WHERE NOT is_on_its_way UNION ALL FROM moved"""
        )
        engine.run("DROP TABLE jumped; DROP TABLE moved")
        engine.run("ALTER TABLE arrived RENAME TO jumped")
        rounds += 1
    engine.run("ALTER TABLE jumped DROP COLUMN is_on_its_way")
    engine.run(f"ALTER TABLE jumped RENAME TO {table}")
    return rounds


def _jump(engine: Engine, made: str, nodes: str, parents: str) -> None:
    """Make a table of nodes with their parents' parents."""
    engine.run(
        f"""CREATE TABLE {made} AS
            SELECT c.node, p.parent, p.parent <> c.parent AS is_on_its_way
            FROM {nodes} c JOIN {parents} p ON p.node = c.parent"""
    )


def span(engine: Engine, edges: str) -> int:
    """From ``edges(one, other, weight)`` make ``forest(weight)`` and ``component(node, least)``.

    Each pair of nodes is joined once at most. ``least`` is the least node of the component; nodes
    without an edge are in none. Returns the rounds.
    """
    engine.run("CREATE TABLE forest (weight BIGINT)")
    engine.run(
        f"""CREATE TABLE component AS SELECT DISTINCT node, node AS top FROM (
            SELECT one AS node FROM {edges} UNION ALL SELECT other FROM {edges})"""
    )
    engine.run(f"CREATE TABLE left_over AS SELECT one, other, weight FROM {edges}")
    rounds = 0
    while engine.number("SELECT count(*) FROM left_over"):
        _contract_once(engine)
        rounds += 1
    engine.run("DROP TABLE left_over")
    engine.run(
        """CREATE TABLE settled AS
           SELECT node, least FROM component JOIN (
               SELECT top, min(node) AS least FROM component GROUP BY top) USING (top)"""
    )
    engine.run("DROP TABLE component")
    engine.run("ALTER TABLE settled RENAME TO component")
    return rounds


def _contract_once(engine: Engine) -> None:
    # 1. The least edge of each node.
    engine.run(
        """CREATE TABLE hook AS
           SELECT node, arg_min(neighbour, weight) AS parent, min(weight) AS weight FROM (
               SELECT one AS node, other AS neighbour, weight FROM left_over
               UNION ALL SELECT other, one, weight FROM left_over)
           GROUP BY node"""
    )
    engine.run("INSERT INTO forest SELECT DISTINCT weight FROM hook")
    # 2. With distinct weights only two nodes that chose each other form a circle: the lesser leads.
    engine.run(
        """CREATE TABLE hooked AS
           SELECT a.node, CASE WHEN b.parent = a.node AND a.node < b.node THEN a.node
                               ELSE a.parent END AS parent
           FROM hook a JOIN hook b ON b.node = a.parent"""
    )
    engine.run("DROP TABLE hook")
    contract_trees(engine, "hooked")
    # 3. The graph of those who hang together.
    engine.run(
        """CREATE TABLE moved AS SELECT node, coalesce(h.parent, c.top) AS top
           FROM component c LEFT JOIN (SELECT node AS top, parent FROM hooked) h USING (top)"""
    )
    engine.run("DROP TABLE component")
    engine.run("ALTER TABLE moved RENAME TO component")
    engine.run(
        """CREATE TABLE contracted AS
           SELECT least(a.parent, b.parent) AS one, greatest(a.parent, b.parent) AS other,
                  min(weight) AS weight
           FROM left_over JOIN hooked a ON a.node = one JOIN hooked b ON b.node = other
           WHERE a.parent <> b.parent GROUP BY ALL"""
    )
    engine.run("DROP TABLE hooked")
    engine.run("DROP TABLE left_over")
    engine.run("ALTER TABLE contracted RENAME TO left_over")
