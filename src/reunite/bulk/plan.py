"""The set-based plan: what sending the rows one by one through identify would have stored.

docs/decisions/0011-bulk-equivalence.md proves it. In short: a row makes a contact if and only if
it is the first in which one of its identifiers occurs; every other row only joins. So every
identifier stands for the contact that first brought it, a contact with one identifier known before
hangs on the contact that brought that, and the rows that say nothing new are edges between those
trees. Of these edges the ones of the minimum spanning forest, by place, are the merges.

The order is (created_at, row); ``place`` numbers it.
"""

from dataclasses import dataclass

from reunite.bulk.engine import Engine
from reunite.bulk.spanning import contract_trees, span


@dataclass(frozen=True, slots=True)
class Planned:
    """How much a plan holds, and the rounds that its components took."""

    rows: int
    refused: int
    contacts: int
    persons: int
    merges: int
    rounds: int


def plan(engine: Engine) -> Planned:
    """From ``said`` make ``member(place, start, top)`` and ``merge(place, one, other)``.

    ``member`` has each place that makes a contact, the place of the contact that started its
    person, and the place of its primary in the end. ``merge`` has the places that join
    two persons, by contacts that had started them or one that they absorbed.
    """
    _place_pairs(engine)
    rounds = _grow_trees(engine)
    engine.run(
        """CREATE TABLE joining AS
           SELECT least(e.parent, p.parent) AS one, greatest(e.parent, p.parent) AS other,
                  min(place) AS weight
           FROM placed JOIN tree e ON e.node = email_place JOIN tree p ON p.node = phone_place
           WHERE email_place <> place AND phone_place <> place AND e.parent <> p.parent
           GROUP BY ALL"""
    )
    rounds += span(engine, "joining")
    engine.run(
        """CREATE TABLE member AS
           SELECT t.node AS place, t.parent AS start, coalesce(c.least, t.parent) AS top
           FROM tree t LEFT JOIN component c ON c.node = t.parent"""
    )
    engine.run(
        """CREATE TABLE merge AS
           SELECT weight AS place, one, other FROM joining SEMI JOIN forest USING (weight)"""
    )
    for table in ("placed", "tree", "joining", "component", "forest"):
        engine.run(f"DROP TABLE {table}")
    return counted(engine, rounds)


def counted(engine: Engine, rounds: int) -> Planned:
    """How much is in ``member`` and ``merge``."""
    contacts, persons = engine.rows("SELECT count(*), count(*) FILTER (top = place) FROM member")[0]
    return Planned(
        rows=engine.number("SELECT count(*) FROM given"),
        refused=engine.number("SELECT count(*) FROM refused"),
        contacts=contacts,
        persons=persons,
        merges=engine.number("SELECT count(*) FROM merge"),
        rounds=rounds,
    )


def _place_pairs(engine: Engine) -> None:
    """Make ``placed``: each pair of keys at its first place, and where its keys came first."""
    # Pairs first: they are fewer than the rows, and each is grouped by keys that are short.
    engine.run(
        """CREATE TABLE pair AS SELECT email_key, phone_key, min(place) AS place
           FROM said GROUP BY ALL"""
    )
    engine.run(
        """CREATE TABLE placed AS
           SELECT pair.place, e.place AS email_place, p.place AS phone_place
           FROM pair
           LEFT JOIN (SELECT email_key, min(place) AS place FROM pair
                      WHERE email_key IS NOT NULL GROUP BY ALL) e USING (email_key)
           LEFT JOIN (SELECT phone_key, min(place) AS place FROM pair
                      WHERE phone_key IS NOT NULL GROUP BY ALL) p USING (phone_key)"""
    )
    engine.run("DROP TABLE pair")


def _grow_trees(engine: Engine) -> int:
    """Make ``tree``: each contact, and the contact that started the person that it came to.

    Both places of a contact are its own, or one is its own and one is an older contact's.
    """
    engine.run(
        """CREATE TABLE tree AS
           SELECT place AS node, least(email_place, phone_place) AS parent FROM placed
           WHERE email_place = place OR phone_place = place"""
    )
    return contract_trees(engine, "tree")
