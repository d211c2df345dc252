"""Which persons of a plan must be replayed row by row, since a guard decides by the order of rows.

Guards on values work on keys, before any plan. Those on persons can stop something only in a
component that, joined as a whole, has more than a limit allows, so all others are what they would
be without guards: no person within them ever had more identifiers, and no identifier more
contacts, than the whole.
"""

from dataclasses import dataclass

from reunite.bulk.engine import Engine
from reunite.bulk.routing_kinds import route_kinds
from reunite.core.identify.guards import may_stop
from reunite.core.identify.hubs import may_hold_hub
from reunite.core.persons.suspicion import Counts
from reunite.core.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class ComponentStats:
    """How much a component holds, and the most contacts that carry one of its identifiers.

    What limits on contacts leave out (``Policy.allowed``) is not counted in ``contacts_per_…``.
    """

    contacts: int
    merges: int
    emails: int
    phones: int
    contacts_per_email: int
    contacts_per_phone: int
    holds_separated: bool = False


def needs_replay(stats: ComponentStats, policy: Policy) -> bool:
    """Whether a guard could have stopped something in this component."""
    limits = policy.limits
    return (
        stats.holds_separated
        # No row of a file is verified, so every merge would be held.
        or (policy.join_only_verified and stats.merges > 0)
        or _exceeds(stats.emails, limits.emails_per_person)
        or _exceeds(stats.phones, limits.phones_per_person)
        or _exceeds(stats.contacts_per_email, limits.contacts_per_email)
        or _exceeds(stats.contacts_per_phone, limits.contacts_per_phone)
        or may_hold_hub(Counts.of_row(stats.contacts, stats.emails, stats.phones), limits)
    )


def _exceeds(count: int, limit: int | None) -> bool:
    return limit is not None and count > limit


_CARRIED = """
    SELECT top, count(*) AS identifiers,
           coalesce(max(carriers) FILTER (NOT is_allowed), 0) AS most
    FROM (SELECT top, {kind}_key, count(*) AS carriers,
                 {kind}_key IN (SELECT unnest($allowed_{kind}::varchar[])) AS is_allowed
          FROM member JOIN said USING (place) WHERE {kind}_key IS NOT NULL GROUP BY ALL)
    GROUP BY top
"""


def route(engine: Engine, policy: Policy) -> int:
    """Make ``replayed(top)``: the components that need it; how many there are."""
    engine.run("CREATE TABLE replayed (top BIGINT)")
    if policy.kinds:
        route_kinds(engine, policy)
    if may_stop(policy):
        _route_guarded(engine, policy)
    engine.run("CREATE OR REPLACE TABLE replayed AS SELECT DISTINCT top FROM replayed")
    return engine.number("SELECT count(*) FROM replayed")


def _route_guarded(engine: Engine, policy: Policy) -> None:
    for kind in ("email", "phone"):
        allowed = [each.key for each in policy.allowed_identifiers if each.kind == kind]
        engine.run(
            f"CREATE TABLE {kind}_carried AS {_CARRIED.format(kind=kind)}",
            **{f"allowed_{kind}": allowed},
        )
    stats = """
        SELECT m.top, m.contacts, coalesce(j.merges, 0), coalesce(e.identifiers, 0),
               coalesce(p.identifiers, 0), coalesce(e.most, 0), coalesce(p.most, 0)
        FROM (SELECT top, count(*) AS contacts FROM member GROUP BY top) m
        LEFT JOIN (SELECT top, count(*) AS merges FROM merge JOIN member ON member.place = one
                   GROUP BY top) j USING (top)
        LEFT JOIN email_carried e USING (top) LEFT JOIN phone_carried p USING (top)
    """
    for rows in engine.stream(stats, size=10_000):
        chosen = [top for top, *counts in rows if needs_replay(ComponentStats(*counts), policy)]
        engine.add_columns("replayed", top=chosen)
    for kind in ("email", "phone"):
        engine.run(f"DROP TABLE {kind}_carried")
